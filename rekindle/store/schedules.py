"""Schedules: up to which moment each campaign's was looked at, so that a missed period is named once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from .engine import Connection
from .remembered import recall_moment, remember_later
from .tables import meta

_SEEN = "schedule seen: "


def schedule_seen(connection: Connection, campaign: str) -> datetime | None:
    """The moment (aware) up to which a run has looked at the schedule of `campaign`; None where none ever did."""
    return recall_moment(connection, _key(campaign))


def mark_schedule_seen(connection: Connection, campaign: str, moment: datetime) -> None:
    """Remember that the schedule was looked at up to `moment` (aware UTC); never goes back."""
    remember_later(connection, _key(campaign), moment)


def scheduled_campaigns(connection: Connection) -> list[str]:
    """The campaigns whose schedules a run has looked at."""
    keys = connection.scalars(select(meta.c.key).where(meta.c.key.startswith(_SEEN)).order_by(meta.c.key))
    return [key.removeprefix(_SEEN) for key in keys]


def _key(campaign: str) -> str:
    return f"{_SEEN}{campaign}"
