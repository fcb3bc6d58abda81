"""A consistent copy of an SQLite store."""

from __future__ import annotations

import os
from pathlib import Path

from ..model.error import StoreError, UsageError
from ..model.store_url import sqlite_url
from .engine import Store, open_engine
from .home import mark_as_copy


def back_up(store: Store, file: Path) -> int:
    """Copy the store to `file` (mode 0600), which must not exist; its size in bytes. Raises UsageError, StoreError.

    The copy knows that it is one: it does not send until it is adopted.
    """
    if not store.is_sqlite:
        raise UsageError("`db backup` copies an SQLite store; for PostgreSQL use pg_dump")
    if file.exists():
        raise UsageError(f"{file} exists already; give another name")
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"cannot write {file}: {error.strerror}") from error
    with store.engine.connect() as connection:
        # VACUUM INTO takes an existing file only when it is empty, which keeps the mode that was set above
        connection.exec_driver_sql("VACUUM INTO ?", (str(file),))
    copy = open_engine(sqlite_url(file))
    with copy.writing() as connection:
        mark_as_copy(connection)
    copy.close()
    return file.stat().st_size
