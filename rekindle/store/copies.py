"""A copy of the store to try things on: always an SQLite file, whatever the store is."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Table, delete, insert, select

from ..model.store_url import sqlite_url
from .backup import back_up
from .engine import Store, open_engine
from .opening import open_store
from .tables import lease, metadata

ROWS = 5_000
"""Rows copied at a time."""


def copy_store(store: Store, file: Path) -> Store:
    """The store as it stands, copied to `file` (which must not exist), with nobody at work in it. Raises StoreError."""
    url = sqlite_url(file)
    if store.is_sqlite and store.engine.url.database not in (None, "", ":memory:"):
        back_up(store, file)
        copy = open_engine(url)
    else:
        copy = open_store(url)
        with store.reading() as source, copy.writing() as target:
            for table in metadata.sorted_tables:
                _copy(source, target, table)
    with copy.writing() as connection:
        connection.execute(delete(lease))
    return copy


def _copy(source: Connection, target: Connection, table: Table) -> None:
    # meta and the like may have rows of their own in a fresh store
    target.execute(delete(table))
    rows = source.execution_options(yield_per=ROWS).execute(select(table))
    for part in rows.mappings().partitions(ROWS):
        target.execute(insert(table), [dict(row) for row in part])
