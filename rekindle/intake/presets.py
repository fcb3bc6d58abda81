"""Presets: the maps that ship with rekindle, found by name. Each later one registers here."""

from __future__ import annotations

from collections.abc import Collection

from ..model.draft import ImportKind
from ..model.error import UsageError
from ..model.problem import Position, did_you_mean
from .columns import COLUMNS, is_canonical
from .maps import ColumnSource, ImportMap

CANONICAL = "rekindle"
"""The preset of the canonical columns, which holds where none is named."""

PRESETS = (CANONICAL,)


def check_preset(name: str) -> None:
    """Raises UsageError for a preset that is not known."""
    if name not in PRESETS:
        hint = did_you_mean(name, PRESETS)
        raise UsageError(f"there is no preset '{name}' ({hint}); for any other file write a map: --map FILE.yml")


def canonical_map(kind: ImportKind, header: tuple[str, ...], attributes: Collection[str]) -> ImportMap:
    """The map of a file whose columns bear canonical names: each stands for itself, in whatever case it is written."""
    columns: dict[str, ColumnSource] = {}
    for name in header:
        canonical = canonical_name(kind, name, attributes)
        if canonical and canonical not in columns:
            columns[canonical] = ColumnSource((name,), Position("header"))
    return ImportMap(kind, columns, name=CANONICAL)


def canonical_name(kind: ImportKind, name: str, attributes: Collection[str]) -> str:
    """The canonical column that a header's `name` means, or nothing."""
    if is_canonical(kind, name, attributes):
        return name
    lowered = name.lower().replace(" ", "_")
    return lowered if is_canonical(kind, lowered, attributes) else ""


def known_columns(kind: ImportKind, attributes: Collection[str]) -> list[str]:
    """Every canonical column of a kind, for hints."""
    return [*COLUMNS[kind], *(attributes if kind is ImportKind.CONTACTS else ())]
