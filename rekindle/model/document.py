"""A YAML document as written: texts with their positions, nothing resolved yet.

The languages of a workspace want the scalar's own characters where a text is expected (`007`, `NO`, `12:30`) and its
written decimal where a number is, so no YAML type is guessed before the reader knows what it expects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .problem import Position


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: `text` its own characters; `plain` when it stood without quotes (only so can it be null or a flag)."""

    text: str
    at: Position
    plain: bool = True

    @property
    def is_null(self) -> bool:
        """True for an empty value, `~` and `null` (YAML 1.2 core schema)."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")

    @property
    def flag(self) -> bool | None:
        """`true` / `false` as YAML 1.2 spells them, else None."""
        if not self.plain:
            return None
        return {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}.get(self.text)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    at: Position

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys (always scalars) and their nodes, in file order, keys unique."""

    entries: tuple[tuple[Scalar, Node], ...]
    at: Position

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries)

    def get(self, key: str) -> Node | None:
        """The node under `key`, or None."""
        return next((node for name, node in self.entries if name.text == key), None)

    def keys(self) -> tuple[str, ...]:
        """The keys as written, in file order."""
        return tuple(name.text for name, _ in self.entries)


Node = Scalar | Sequence | Mapping
