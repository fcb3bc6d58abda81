"""A bundle: many small rows bound to one statement, as one JSON value (SQLite) or an array a column (PostgreSQL).

One statement for a group of rows instead of one for each row: the driver is entered once, so that the thread that
writes need not queue for the interpreter after every row. Arrays are written here and read by the server: the driver
of PostgreSQL looks at each value of a list by regular expression, which took a third of the time of a group of marks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, cast, column, func, literal_column, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from .types import microseconds

BUNDLE = "bundle"
"""The name that a bundle is bound by, where it is a statement's only one."""


def bundle_columns(
    dialect: str, types: Mapping[str, TypeEngine[Any]], bundle: str = BUNDLE
) -> dict[str, ColumnElement[Any]]:
    """What stands for each row's values, in this order, in a statement for `dialect`."""
    if dialect != "sqlite":
        # arrays, which PostgreSQL takes for short: it looks their rows up by a key and does not read the whole table
        arrays = [cast(bindparam(f"{bundle}_{name}", type_=Text()), ARRAY(type_)) for name, type_ in types.items()]
        columns = [column(name, type_) for name, type_ in types.items()]
        return dict(func.unnest(*arrays).table_valued(*columns, name=f"{bundle}_rows").render_derived().c)
    bound = bindparam(bundle, type_=Text())
    value = func.json_each(bound).table_valued("value").c.value
    # the paths are of our own making: numbers, not names
    paths: list[ColumnElement[Any]] = [literal_column(f"'$[{index}]'") for index in range(len(types))]
    return {
        name: type_coerce(func.json_extract(value, path), type_)
        for (name, type_), path in zip(types.items(), paths, strict=True)
    }


def bundled(dialect: str, names: Sequence[str], rows: Iterable[Sequence[Any]], bundle: str = BUNDLE) -> dict[str, Any]:
    """The rows as they are bound, one at least; moments as the dialect keeps them."""
    if dialect == "sqlite":
        return {bundle: json.dumps(list(rows), default=microseconds, ensure_ascii=False)}
    columns = zip(*rows, strict=True)
    return {f"{bundle}_{name}": _array(values) for name, values in zip(names, columns, strict=True)}


def _array(values: Sequence[Any]) -> str:
    """As PostgreSQL reads an array (its manual, 8.15.6): numbers as they are, everything else in quotes."""
    if type(values[0]) is str and None not in values:
        joined = '","'.join(values)
        if joined.count('"') == 2 * len(values) - 2 and "\\" not in joined:  # as nearly always: nothing to be escaped
            return '{"' + joined + '"}'
    return "{" + ",".join([str(value) if type(value) is int else _quoted(value) for value in values]) + "}"


def _quoted(value: Any) -> str:
    if value is None:
        return "NULL"
    text: str = value.isoformat() if isinstance(value, datetime) else value
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
