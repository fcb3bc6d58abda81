"""Kinds made of other kinds: lists, free mappings, and tables of declared keys.

A `Table` is data: the reference, the editors' JSON Schema and the reader all come from the same keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ..model.document import Mapping, Node, Scalar, Sequence
from ..model.problem import did_you_mean
from .reading import Kind, Reading

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A list of `kind`, at least `least` long. `or_one`: a single one may stand without the list's brackets."""

    kind: Kind[T]
    what: str
    or_one: bool = False
    least: int = 1

    def __call__(self, node: Node, reading: Reading) -> tuple[T, ...] | None:
        if not isinstance(node, Sequence):
            return self._read_one(node, reading)
        values = [self.kind(item, reading) for item in node]
        if len(values) < self.least:
            reading.fault(node.at, f"the list is empty; {self.what} is expected", "take the key away if none is meant")
            return None
        good = tuple(value for value in values if value is not None)
        return good if len(good) == len(values) else None

    def _read_one(self, node: Node, reading: Reading) -> tuple[T, ...] | None:
        if not self.or_one:
            reading.expected(node, self.what, "each entry on its own line after '- '")
            return None
        value = self.kind(node, reading)
        return None if value is None else (value,)


@dataclass(frozen=True, slots=True)
class Free(Generic[T]):
    """Keys of the user's own, each of kind `key`, with values of one kind."""

    key: Kind[str]
    kind: Kind[T]
    what: str

    def __call__(self, node: Node, reading: Reading) -> dict[str, T] | None:
        if not isinstance(node, Mapping):
            reading.expected(node, self.what)
            return None
        values: dict[str, T] = {}
        for key, below in node:
            name, value = self.key(key, reading), self.kind(below, reading)
            if name is not None and value is not None:
                values[name] = value
        return values if len(values) == len(node.entries) else None


@dataclass(frozen=True, slots=True)
class Key:
    """One declared key: its kind, what it means (for the reference), whether it must be there."""

    name: str
    kind: Kind[Any]
    meaning: str
    required: bool = False


Values = dict[str, Any]
"""What a table read: the declared keys that were there and right."""


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """A mapping of declared keys. `check` looks at values together and notes problems; `build` makes the value.

    `build` is called only when no problem was found in this mapping.
    """

    what: str
    keys: tuple[Key, ...]
    build: Callable[[Values], T]
    check: Callable[[Values, Mapping, Reading], None] | None = None
    other: tuple[Kind[str], Kind[Any]] | None = None
    """The kinds of a key that is not declared and of its value, where the user may add some; else it is a problem."""
    by_name: dict[str, Key] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {key.name: key for key in self.keys})

    def __call__(self, node: Node, reading: Reading) -> T | None:
        values = self.values(node, reading)
        return None if values is None else self.build(values)

    def values(self, node: Node, reading: Reading) -> Values | None:
        """What was read, or None where any problem (not a warning) came up, or a needed value could not be judged."""
        values, sound = self.salvage(node, reading)
        whole = all(key.name in values for key in self.keys if key.required)
        return values if sound and whole else None

    def salvage(self, node: Node, reading: Reading) -> tuple[Values, bool]:
        """What could be read in spite of problems, and whether there were none."""
        if not isinstance(node, Mapping):
            reading.expected(node, f"{self.what} as lines of key: value", f"its keys are {self._keys_shown()}")
            return {}, False
        before = _faults(reading)
        values = self._entries(node, reading)
        meant = self._meant(node)
        for key in self.keys:
            if key.required and node.get(key.name) is None and key.name not in meant:
                reading.fault(node.at, f"'{key.name}' is missing in {self.what}", f"it is {key.meaning}")
        if self.check is not None:
            self.check(values, node, reading)
        return values, _faults(reading) == before

    def _keys_shown(self) -> str:
        """The keys, those first that must be there, not more than six."""
        names = [key.name for key in sorted(self.keys, key=lambda key: not key.required)]
        return ", ".join(names[:6]) + (", .." if len(names) > 6 else "")

    def _meant(self, node: Mapping) -> set[str]:
        """The declared keys that misspelt ones stand for: each is one fault, not an unknown and a missing key."""
        unknown = [name.text for name, _ in node if name.text not in self.by_name]
        if unknown and len(self.keys) == 1:
            return set(self.by_name)
        return {key for key in self.by_name if any(f"'{key}'" in did_you_mean(name, self.by_name) for name in unknown)}

    def _entries(self, node: Mapping, reading: Reading) -> Values:
        values: Values = {}
        for name, below in node:
            kind = self._kind(name, reading)
            value = kind(below, reading) if kind is not None else None
            if value is not None:
                values[name.text] = value
        return values

    def _kind(self, name: Scalar, reading: Reading) -> Kind[Any] | None:
        if name.text in self.by_name:
            return self.by_name[name.text].kind
        if self.other is None:
            reading.fault(name.at, f"unknown key '{name.text}' in {self.what}", did_you_mean(name.text, self.by_name))
            return None
        key, kind = self.other
        return None if key(name, reading) is None else kind


def _faults(reading: Reading) -> int:
    return sum(not problem.warning for problem in reading.problems)


def place(node: Mapping, key: str) -> Node:
    """The node under `key`, else the mapping itself: where a problem about that key is shown."""
    return node.get(key) or node
