"""A store that is there already, for those who only want to look: none is made by looking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from ..model.error import StoreError
from .engine import Store, open_engine, redacted
from .opening import open_store
from .upgrade import revision


@contextmanager
def existing_store(url: str) -> Iterator[Store | None]:
    """The store at `url` when there is one that holds our tables, else None. Raises StoreError."""
    if not _may_exist(url):
        yield None
        return
    looking = open_engine(url)
    try:
        with looking.reading() as connection:
            found = revision(connection)
    finally:
        looking.close()
    if found is None:
        yield None
        return
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


def _may_exist(url: str) -> bool:
    """False for an SQLite file that is not there or empty: connecting would make it one."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError(f"'{redacted(url)}' is not a database URL; write sqlite:///rekindle.db") from error
    if parsed.get_backend_name() != "sqlite":
        return True
    file = Path(parsed.database or ":memory:")
    return file.is_file() and file.stat().st_size > 0
