"""Facts that the store remembers about itself, one row each in `meta`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from .tables import meta


def recall(connection: Connection, key: str) -> str | None:
    """What is remembered under `key`, or None."""
    return connection.scalar(select(meta.c.value).where(meta.c.key == key))


def remember(connection: Connection, key: str, value: str) -> None:
    """Remember `value` under `key` in place of what stood there."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = dialect.insert(meta).values(key=key, value=value)
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": row.excluded.value}))


def recall_moment(connection: Connection, key: str) -> datetime | None:
    """The moment (aware) remembered under `key`, or None."""
    text = recall(connection, key)
    return None if text is None else datetime.fromisoformat(text)


def remember_later(connection: Connection, key: str, moment: datetime) -> None:
    """Remember `moment` (aware UTC) under `key`, unless a later one stands there: such a mark never goes back."""
    known = recall_moment(connection, key)
    if known is None or known < moment:
        remember(connection, key, moment.isoformat())
