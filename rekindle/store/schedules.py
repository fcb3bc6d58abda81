"""Schedules: up to which moment each campaign's was looked at, so that a missed period is named once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from .tables import meta


def schedule_seen(connection: Connection, campaign: str) -> datetime | None:
    """The moment (aware) up to which a run has looked at the schedule of `campaign`; None where none ever did."""
    text = connection.scalar(select(meta.c.value).where(meta.c.key == _key(campaign)))
    return None if text is None else datetime.fromisoformat(text)


def mark_schedule_seen(connection: Connection, campaign: str, moment: datetime) -> None:
    """Remember that the schedule was looked at up to `moment` (aware UTC); never goes back."""
    seen = schedule_seen(connection, campaign)
    if seen is not None and seen >= moment:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = dialect.insert(meta).values(key=_key(campaign), value=moment.isoformat())
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": row.excluded.value}))


def _key(campaign: str) -> str:
    return f"schedule seen: {campaign}"
