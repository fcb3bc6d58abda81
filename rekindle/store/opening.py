"""Opening a store that is ready to use: a fresh one is made, an older one asks for `db upgrade`."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from ..model.error import StoreError
from .engine import Store, open_engine
from .home import move_in
from .migrations import HEAD
from .tables import metadata
from .upgrade import revision, stamp

MAKING_LOCK = 0x72656B69
"""PostgreSQL's advisory lock under which a fresh store is made, so that two first commands do not both make it."""


def open_store(url: str) -> Store:
    """The client store at `url`, its tables made when it is fresh. Raises StoreError."""
    store = open_engine(url)
    with store.reading() as connection:
        found = revision(connection)
    if found is None:
        with store.writing() as connection:
            found = _make(store, connection)
    if found != HEAD:
        raise StoreError(_other_revision(found))
    return store


def _make(store: Store, connection: Connection) -> str:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MAKING_LOCK})
    found = revision(connection)
    if found is not None:
        return found
    if set(inspect(connection).get_table_names()) & set(metadata.tables):
        raise StoreError("the database holds tables of these names that rekindle did not make; give it one of its own")
    # equal to running every migration on an empty database (tests/store/test_migrations.py), and twenty times faster
    metadata.create_all(connection)
    stamp(connection)
    move_in(store, connection)
    return HEAD


def _other_revision(found: str) -> str:
    if found.isdigit() and found < HEAD:
        return f"the store is of an older rekindle (revision {found}, ours is {HEAD}); run `rekindle db upgrade`"
    if not found.isdigit():
        return f"the database is another program's (revision {found}); give rekindle one of its own"
    return f"the store is of a newer rekindle (revision {found}, ours is {HEAD}); upgrade rekindle"
