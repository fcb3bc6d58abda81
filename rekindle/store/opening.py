"""Opening a store that is ready to use: a fresh one is made, an older one asks for `db upgrade`."""

from __future__ import annotations

from .engine import Store, open_engine
from .tables import metadata


def open_store(url: str) -> Store:
    """The client store at `url`, its tables made when it is fresh. Raises StoreError."""
    store = open_engine(url)
    with store.writing() as connection:
        metadata.create_all(connection)
    return store
