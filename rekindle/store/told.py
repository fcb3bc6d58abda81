"""Mailings that wait for a person, and when that was last said: cron runs every few minutes and mails what it hears."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from ..model.mailing import MailingState
from .engine import Connection
from .mailings import get_mailing, held_reason
from .remembered import recall_moment, remember_later
from .tables import mailing

QUIET = timedelta(days=1)
"""What still waits is not said again sooner."""


def waiting_for_a_person(connection: Connection) -> list[int]:
    """The mailings held by a guard or paused by the breaker, oldest first; one that somebody paused is not waiting."""
    is_held = mailing.c.state == MailingState.HELD.value
    is_stopped = and_(
        mailing.c.state == MailingState.PAUSED.value, mailing.c.held_reason != "", mailing.c.paused_until.is_(None)
    )
    return list(connection.scalars(select(mailing.c.id).where(or_(is_held, is_stopped)).order_by(mailing.c.id)))


def was_told(connection: Connection, mailing_id: int, now: datetime) -> bool:
    """Whether it was said within a day before `now` (aware) that this mailing waits, for the reason that it has now."""
    told = recall_moment(connection, _key(connection, mailing_id))
    return told is not None and now - told < QUIET


def note_told(connection: Connection, mailing_id: int, now: datetime) -> None:
    """Remember that it is said at `now`."""
    remember_later(connection, _key(connection, mailing_id), now)


def _key(connection: Connection, mailing_id: int) -> str:
    state = get_mailing(connection, mailing_id).state
    return f"told: mailing {mailing_id} {state} {held_reason(connection, mailing_id)}"
