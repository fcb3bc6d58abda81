"""The warm-up of a new sender: so many letters on the first day, more by a factor each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from math import floor

from sqlalchemy import Connection, and_, func, or_, select, update

from ..model.configuration import Warmup
from ..model.delivery import DeliveryState
from ..model.duration import local_moment
from .leases import dead_claimants
from .paces import hold_paces, in_hand_anywhere
from .remembered import recall, remember
from .tables import delivery

WARMING = "warmup"
"""The reason of a delivery that waits for the next day's allowance, and the key that the first day is kept under."""


@dataclass(frozen=True, slots=True)
class WarmupTerms:
    """The allowance, the timezone whose days count, and the hour at which a day's letters begin."""

    warmup: Warmup
    zone: tzinfo
    begins: time

    def midnight(self, now: datetime, days: int = 0) -> datetime:
        """When today began, or the day that many days later."""
        day = now.astimezone(self.zone).date() + timedelta(days=days)
        return local_moment(datetime.combine(day, time()), self.zone)

    def beginning(self, now: datetime, days: int = 1) -> datetime:
        """When tomorrow's letters begin, or those of the day that many days later."""
        day = now.astimezone(self.zone).date() + timedelta(days=days)
        return local_moment(datetime.combine(day, self.begins), self.zone)


def warmup_left(connection: Connection, terms: WarmupTerms, now: datetime) -> int:
    """How many letters more may leave today, of all mailings together.

    The first day is the first on which this was asked with these terms.
    """
    hold_paces(connection)
    midnight = terms.midnight(now)
    since = _first_day(connection, terms, now)
    days = (now.astimezone(terms.zone).date() - since).days
    allowed = floor(terms.warmup.start * terms.warmup.factor**days)
    return allowed - _left_since(connection, midnight) - _in_hand(connection, midnight, now)


def put_off(connection: Connection, terms: WarmupTerms, mailing_id: int, now: datetime) -> int:
    """What is due of the mailing waits for tomorrow's allowance; how many deliveries."""
    waiting = delivery.c.state.in_([DeliveryState.QUEUED.value, DeliveryState.DEFERRED.value])
    due = or_(delivery.c.due_at.is_(None), delivery.c.due_at <= now)
    late = update(delivery).where(delivery.c.mailing_id == mailing_id, waiting, due)
    return connection.execute(late.values(due_at=terms.beginning(now), reason=WARMING)).rowcount


def warmed_up(connection: Connection, terms: WarmupTerms, now: datetime) -> tuple[int | None, int]:
    """Which day of these terms today is (0: the first, None: they have not begun) and how many letters left today."""
    first, today = _known_day(connection, terms), now.astimezone(terms.zone).date()
    return None if first is None else max((today - first).days, 0), _left_since(connection, terms.midnight(now))


def _first_day(connection: Connection, terms: WarmupTerms, now: datetime) -> date:
    """The first day of these terms; others begin anew."""
    known, today = _known_day(connection, terms), now.astimezone(terms.zone).date()
    if known is None:
        remember(connection, WARMING, f"{_said(terms)} {today.isoformat()}")
    return known or today


def _known_day(connection: Connection, terms: WarmupTerms) -> date | None:
    known = (recall(connection, WARMING) or "").split(" ")
    return date.fromisoformat(known[1]) if known[0] == _said(terms) else None


def _said(terms: WarmupTerms) -> str:
    return f"{terms.warmup.start}x{terms.warmup.factor}"


def _left_since(connection: Connection, midnight: datetime) -> int:
    """Letters of any mailing that left since, and those that may have."""
    row = delivery.c
    maybe = and_(row.state == DeliveryState.UNKNOWN.value, row.handed_at >= midnight)
    counted = (select(func.count()).where(row.sent_at >= midnight), select(func.count()).where(maybe))
    return sum(connection.scalar(one.select_from(delivery)) or 0 for one in counted)


def _in_hand(connection: Connection, midnight: datetime, now: datetime) -> int:
    """Letters of any mailing that are about to leave; what a dead process was handing over since may have left."""
    row = delivery.c
    maybe = and_(row.state == DeliveryState.HANDING.value, row.handed_at >= midnight).label("maybe")
    counted = select(row.claimed_by, maybe, func.count()).where(*in_hand_anywhere()).group_by(row.claimed_by, maybe)
    hands = connection.execute(counted).all()
    dead = dead_claimants(connection, now) if hands else frozenset()
    return sum(count for hand, may_be_out, count in hands if may_be_out or hand not in dead)
