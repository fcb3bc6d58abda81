"""A bundle: many small rows bound to one statement as one JSON value.

One statement for a group of rows instead of one for each row: the driver is entered once, so that the thread that
writes need not queue for the interpreter after every row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, cast, column, func, literal_column, type_coerce
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.types import TypeEngine

from .types import EPOCH, MICROSECOND

BUNDLE = "bundle"
"""The name that a bundle is bound by."""


def bundle_columns(dialect: str, types: Mapping[str, TypeEngine[Any]]) -> dict[str, ColumnElement[Any]]:
    """What stands for each row's values, in this order, in a statement for `dialect`."""
    bound = bindparam(BUNDLE, type_=Text())
    if dialect != "sqlite":
        columns = [column(name, type_) for name, type_ in types.items()]
        rows = func.json_to_recordset(cast(bound, JSON)).table_valued(*columns).render_derived(with_types=True)
        return dict(rows.c)
    value = func.json_each(bound).table_valued("value").c.value
    # the paths are of our own making: numbers, not names
    paths: list[ColumnElement[Any]] = [literal_column(f"'$[{index}]'") for index in range(len(types))]
    return {
        name: type_coerce(func.json_extract(value, path), type_)
        for (name, type_), path in zip(types.items(), paths, strict=True)
    }


def bundled(dialect: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The rows as they are bound; moments as the dialect keeps them."""
    if dialect == "sqlite":
        return json.dumps(list(rows), default=_microseconds, ensure_ascii=False)
    return json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=datetime.isoformat)


def kept(row: Sequence[Any]) -> list[Any]:
    """One row's values as SQLite's driver takes them."""
    return [_microseconds(value) if isinstance(value, datetime) else value for value in row]


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
