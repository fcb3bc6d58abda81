"""Adding only rows that are not there yet: INSERT .. ON CONFLICT DO NOTHING, spoken to both databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def add_fresh(
    connection: Connection,
    table: Table,
    rows: Sequence[dict[str, Any]],
    *,
    unique: Sequence[str],
    where: ColumnElement[bool] | None = None,
) -> set[int]:
    """Insert those `rows` whose `unique` columns are not taken yet; the ids of the rows that are new.

    `where` names the partial unique index to look at. Of two equal rows in one call the first is taken.
    """
    if not rows:
        return set()
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing(index_elements=list(unique), index_where=where)
    return set(connection.execute(statement.returning(table.c.id), list(rows)).scalars())
