"""Rows as a table, CSV, JSON, NDJSON or bare addresses: streamed, so that a million of them take no memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from .csv_lines import csv_line
from .door import Door

MEASURED = 200
"""Rows that the widths of a table are taken from."""

Row = tuple[Any, ...]


def give_rows(door: Door, shape: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    """Print rows in one of the shapes table, csv, json, ndjson, emails."""
    match shape:
        case "csv":
            lines = _csv(columns, rows)
        case "json":
            lines = _json(columns, rows)
        case "ndjson":
            lines = (json.dumps(_named(columns, row), ensure_ascii=False) for row in rows)
        case "emails":
            lines = (row[0] for row in rows if row[0])
        case _:
            lines = _table(columns, rows)
    for line in lines:
        door.give(line)


def cell(value: Any) -> str:
    """A value as text: numbers without a tail of zeros, moments to the second."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _json_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return cell(value) if isinstance(value, date) else value


def _named(columns: tuple[str, ...], row: Row) -> dict[str, Any]:
    return {name: _json_value(value) for name, value in zip(columns, row, strict=True)}


def _json(columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    """One array, a member a line."""
    before = ""
    yield "["
    for row in rows:
        if before:
            yield before + ","
        before = json.dumps(_named(columns, row), ensure_ascii=False)
    yield before + "]"


def _csv(columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    yield csv_line(columns)
    for row in rows:
        yield csv_line(map(cell, row))


def _table(columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    shown = (tuple(map(cell, row)) for row in rows)
    first = list(islice(shown, MEASURED))
    widths = [max(map(len, column)) for column in zip(columns, *first, strict=True)]
    for row in chain([columns, tuple("-" * width for width in widths)], first, shown):
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
