"""`rekindle segment overlap` and `crosstab`: how segments share contacts, and the base read across and down."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

import click

from ..model.error import UsageError
from .asked import Asked, asked_of, warn_of_stale_statuses, where_option
from .door import Door
from .member_shapes import cell, give_rows
from .row_format import row_format

if TYPE_CHECKING:
    from ..report.crosstab import Crosstab
    from ..segment.asking import Asking

MOST = 10
"""Segments whose intersections are counted: each more doubles their number."""
WIDEST, LONGEST = 12, 40
"""Columns and rows that a table for people shows; the rest is put together."""
REST = "others"


@click.command(short_help="How many contacts segments share.")
@click.argument("names", nargs=-1, metavar="A B ...")
@click.option("--where", "wheres", multiple=True, metavar="YAML", help="A condition to compare too; again for more.")
@row_format
@click.pass_obj
def overlap(door: Door, names: tuple[str, ...], wheres: tuple[str, ...]) -> None:
    """How many contacts are in each and all of the segments A B ..., and how many in no other of them."""
    from ..line.asking import asking as ask
    from ..store.segments import regions

    asked = {name: asked_of(door.workspace, name, None) for name in names}
    asked |= {f"where: {where}": Asked("", asked_of(door.workspace, None, where).condition) for where in wheres}
    if not 2 <= len(asked) <= MOST:
        raise UsageError(f"name from two to {MOST} segments; conditions to try out count too")
    asking = ask(door.workspace, door.now)
    conditions = {name: one.condition for name, one in asked.items()}
    with door.store.reading() as connection:
        warn_of_stale_statuses(door, connection, asking, *conditions.values())
        found = regions(connection, conditions, asking)
    rows = list(_intersections(tuple(asked), found))
    if door.as_json:
        as_of = _as_of(asking)
        door.give_json([{"segments": list(names), "as_of": as_of, "count": n, "only": only} for names, n, only in rows])
        return
    shown = ((" & ".join(names), f"{count:,}", f"{only:,}") for names, count, only in rows)
    give_rows(door, "table", ("in all of", "count", "and in no other"), shown)


def _intersections(
    names: tuple[str, ...], found: dict[frozenset[str], int]
) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Every choice of one or more of the names: how many are in all of them, and how many of those in no other."""
    for size in range(1, len(names) + 1):
        for chosen in combinations(names, size):
            inside = frozenset(chosen)
            yield chosen, sum(count for region, count in found.items() if inside <= region), found.get(inside, 0)


def _as_of(asking: Asking) -> str:
    return asking.as_of.astimezone(asking.zone).isoformat()


@click.command(short_help="The base read across and down, any two fields.")
@click.argument("row")
@click.argument("column")
@click.option("--segment", "name", metavar="NAME", help="Only its members (default: everyone).")
@where_option
@click.option("--value", type=click.Choice(["count", "revenue"]), default="count", show_default=True)
@click.option("--format", "shape", type=click.Choice(["table", "csv", "json"]), default=None)
@click.pass_obj
def crosstab(  # noqa: PLR0917 - click hands over one argument an option
    door: Door, row: str, column: str, name: str | None, where: str | None, value: str, shape: str | None
) -> None:
    """How many contacts, or how much revenue, by the fields ROW and COLUMN (statuses too).

    Dates are put together by month, many different numbers in ranges; a contact counts under each item of a list.
    """
    from ..line.asking import asking as ask
    from ..report.crosstab import crosstab as table_of
    from ..store.member_rows import member_rows

    everyone = name is None and where is None
    asked = asked_of(door.workspace, name, "everyone: true" if everyone else where)
    asking = ask(door.workspace, door.now)
    fields = (row, column, *(("revenue",) if value == "revenue" else ()))
    lists = (_is_list(asking, row), _is_list(asking, column))
    with door.store.reading() as connection:
        warn_of_stale_statuses(door, connection, asking, asked.condition, *_questions(asking, row, column))
        rows = member_rows(connection, asked.condition, asking, fields)
        table = table_of(((one[0], one[1], one[2] if len(one) > 2 else Decimal(1)) for one in rows), lists=lists)
    shape = shape or ("json" if door.as_json else "table")
    if shape == "json":
        head = {"row": row, "column": column, "value": value, "segment": asked.name or None, "as_of": _as_of(asking)}
        door.give_json({**head, **_document(table)})
        return
    shown = _narrowed(table) if shape == "table" else table
    give_rows(door, shape, (f"{row} \\ {column}", *shown.columns, "total"), _lines(shown, shape))


def _is_list(asking: Asking, field: str) -> bool:
    return str(asking.catalogue.fields.get(field, "")) == "list"


def _questions(asking: Asking, *fields: str) -> Iterator[Any]:
    """A question for each ladder among the fields, so that a stale one is said."""
    from ..model.segment import StatusTest

    ladders = (asking.catalogue.ladder(field) for field in fields)
    yield from (StatusTest(ladder.name) for ladder in ladders if ladder is not None)


def _document(table: Crosstab) -> dict[str, Any]:
    def numbers(cells: tuple[Decimal, ...]) -> list[int | float]:
        return [int(one) if one == int(one) else float(one) for one in cells]

    return {
        "rows": list(table.rows),
        "columns": list(table.columns),
        "cells": [numbers(cells) for cells in table.cells],
        "row_totals": numbers(table.row_totals),
        "column_totals": numbers(table.column_totals),
        "total": numbers((table.total,))[0],
    }


def _lines(table: Crosstab, shape: str) -> Iterator[tuple[str, ...]]:
    places = 0 if all(one == int(one) for cells in table.cells for one in cells) else 2

    def text(number: Decimal) -> str:
        return f"{number:,.{places}f}" if shape == "table" else cell(number)

    for row, cells, total in zip(table.rows, table.cells, table.row_totals, strict=True):
        yield (row, *map(text, cells), text(total))
    yield ("total", *map(text, table.column_totals), text(table.total))


def _narrowed(table: Crosstab) -> Crosstab:
    """The table as a person can read it: what is beyond the first rows and columns is put together."""
    from ..report.crosstab import put_together

    return put_together(table, LONGEST, WIDEST, REST)
