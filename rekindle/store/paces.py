"""Paces: how many letters may leave now, of all workers together: a relay's rate, a domain's rate and connections.

A pace is one row that all workers draw from in the transaction that claims (the generic cell rate algorithm, ITU-T
I.371: one moment says how far the rate is used up). A domain that a letter was turned away from with 421 or 4.7.x goes
at half its rate, and at half of that if it does so again; every quiet minute doubles it until it is what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import floor
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import NullType

from ..model.configuration import Sending
from ..model.delivery import DeliveryState
from ..model.mailing import MailingState
from .leases import dead_claimants
from .prepared import prepared
from .tables import delivery, mailing, pace

EVERYWHERE = ""
"""The pace of all letters, and the lane of the domains that nothing is said about."""

BURST = timedelta(milliseconds=200)
"""So much of a rate may be used at once."""

SKEW = timedelta(seconds=2)
"""So far the clocks of two hosts may differ."""

RECOVERY = timedelta(seconds=60)
"""A quiet time after which a domain that was slowed goes twice as fast again."""

AT_ONCE = timedelta(seconds=5)
"""Letters turned away within this time of each other are one complaint about our speed."""

MOST_HALVINGS = 8
LEAST_RATE = 0.1
"""Letters a second that a domain of unknown speed is slowed from at least."""

IN_HAND_AGAIN = timedelta(milliseconds=50)
"""How soon to look again at a domain whose connections are all in use."""

_WAITING = (DeliveryState.QUEUED.value, DeliveryState.DEFERRED.value)
_IN_HAND = (DeliveryState.CLAIMED.value, DeliveryState.HANDING.value)


@dataclass(frozen=True, slots=True)
class Pace:
    """One row: how far the rate is used up, the rate where no file says one, and how often it was halved since when."""

    name: str
    used_until: datetime | None = None
    base: float | None = None
    halvings: int = 0
    slowed_at: datetime | None = None

    def halvings_at(self, now: datetime) -> int:
        """How often the rate still counts as halved."""
        if self.slowed_at is None:
            return 0
        return max(0, self.halvings - max(now - self.slowed_at, timedelta(0)) // RECOVERY)

    def rate(self, sending: Sending, now: datetime) -> float | None:
        """Letters a second, as they are allowed at `now`; None: as fast as it goes."""
        limit, halvings = sending.domains.get(self.name), self.halvings_at(now)
        of_domain = None if limit is None else limit.per_second
        said = sending.per_second if self.name == EVERYWHERE else of_domain
        known = float(said) if said is not None else self.base if halvings else None
        return None if known is None else known / 2**halvings

    def used(self, now: datetime, burst: timedelta) -> datetime:
        """Until when the rate is used up; further ahead than it can be, a clock was put back: that must stop nobody."""
        if self.used_until is None or self.used_until > now + burst + SKEW:
            return now
        return max(self.used_until, now)


@dataclass
class Allowance:
    """What one claim may take: letters by lane, `total` at most; `closed`: how long each shut lane stays shut."""

    total: int
    by_lane: dict[str, int] = field(default_factory=dict)
    closed: dict[str, timedelta] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)

    def grant(self, pace: Pace, rate: float | None, now: datetime) -> None:
        """As many as the rate has left at `now`."""
        self.by_lane[pace.name] = self.total
        if rate is None:
            return
        self.rates[pace.name] = rate
        one = timedelta(seconds=1 / rate)
        burst = max(BURST, one)
        used = pace.used(now, burst)
        free = max(0, floor((now + burst - used) / one + 1e-6))
        self.hold(pace.name, free, used + one - burst - now)

    def hold(self, lane: str, free: int, again: timedelta) -> None:
        """No more than `free` of this lane; where that is none, it opens after `again`."""
        self.by_lane[lane] = min(self.by_lane[lane], free)
        if free <= 0:
            self.closed.setdefault(lane, again)


def open_lanes(connection: Connection, mailing_id: int, sending: Sending) -> None:
    """Tell the domains apart that have a pace of their own: their letters stand in a lane each."""
    slowed = connection.scalars(select(pace.c.name).where(pace.c.halvings > 0, pace.c.name != EVERYWHERE))
    if sending.per_second is not None:
        _ensure(connection, EVERYWHERE)  # first, as everybody locks it: `draw` must not be the one who makes it
    for domain in sorted({*sending.domains, *slowed}):
        _ensure(connection, domain)  # the row that two who claim at once wait for each other at
        _into_lane(connection, mailing_id, domain)


def _into_lane(connection: Connection, mailing_id: int, domain: str) -> None:
    mine = (delivery.c.mailing_id == mailing_id, delivery.c.state.in_(_WAITING), delivery.c.lane == EVERYWHERE)
    connection.execute(update(delivery).where(*mine, delivery.c.domain == domain).values(lane=domain))


def allowance(connection: Connection, sending: Sending, now: datetime, limit: int) -> Allowance:
    """How many letters of which lanes may be claimed at `now`, `limit` at most."""
    # locked in the order of their names by everybody, or two would wait for each other for ever
    paces = {name: Pace(name, *row) for name, *row in prepared(connection, _all_paces).read(connection)}
    everywhere, granted = paces.pop(EVERYWHERE, Pace(EVERYWHERE)), Allowance(limit)
    granted.grant(everywhere, everywhere.rate(sending, now), now)
    granted.total = granted.by_lane.pop(EVERYWHERE)
    for lane in sorted({*sending.domains, *paces}):
        own = paces.get(lane, Pace(lane))
        granted.grant(own, own.rate(sending, now), now)
        limits = sending.domains.get(lane)
        if limits is not None and limits.connections is not None:
            granted.hold(lane, limits.connections - _in_hand(connection, lane, now), IN_HAND_AGAIN)
    granted.by_lane[EVERYWHERE] = granted.total
    return granted


def _all_paces(dialect: str) -> Select[Any]:
    base = type_coerce(pace.c.base, NullType())  # both drivers give a float, of which there is nothing to be read
    columns = (pace.c.name, pace.c.used_until, base, pace.c.halvings, pace.c.slowed_at)
    # Python's order, which `slow_down` locks by: the database's own may put a-b.test behind ab.test
    order = pace.c.name if dialect == "sqlite" else pace.c.name.collate("C")
    return select(*columns).order_by(order).with_for_update()


def _in_hand(connection: Connection, lane: str, now: datetime) -> int:
    """A domain has as many connections as it has letters in hand, of all mailings and workers together.

    Those of a process that has died are in no hand any more, though nobody may have settled them yet.
    """
    theirs = (*in_hand_anywhere(), delivery.c.lane == lane)
    hands = connection.execute(
        select(delivery.c.claimed_by, func.count()).where(*theirs).group_by(delivery.c.claimed_by)
    ).all()
    dead = dead_claimants(connection, now) if hands else frozenset()
    return sum(count for hand, count in hands if hand not in dead)


def in_hand_anywhere() -> tuple[ColumnElement[bool], ...]:
    """True for a delivery that is in a sender's hands, of whatever mailing."""
    # by the index (mailing, state ..): the mailings that are not done are few
    begun = select(mailing.c.id).where(mailing.c.state != MailingState.DONE.value)
    return delivery.c.mailing_id.in_(begun), delivery.c.state.in_(_IN_HAND)


def draw(connection: Connection, granted: Allowance, taken: Mapping[str, int], now: datetime) -> None:
    """Write down what was claimed of each lane, so that the next claim finds it used up."""
    counts = {**taken, EVERYWHERE: sum(taken.values())}
    for lane, rate in granted.rates.items():
        if counts.get(lane):
            burst, used = max(BURST, timedelta(seconds=1 / rate)), timedelta(seconds=counts[lane] / rate)
            until = _ensure(connection, lane).used(now, burst) + used
            connection.execute(update(pace).where(pace.c.name == lane).values(used_until=until))


def wait_for_lanes(connection: Connection, mailing_id: int, granted: Allowance, now: datetime) -> timedelta | None:
    """How long until a lane with letters that are due opens; None where no closed lane has any."""
    spans = [span for lane, span in granted.closed.items() if _is_due(connection, mailing_id, lane, now)]
    return max(min(spans), timedelta(milliseconds=1)) if spans else None


def _is_due(connection: Connection, mailing_id: int, lane: str, now: datetime) -> bool:
    own = [delivery.c.mailing_id == mailing_id, or_(delivery.c.due_at.is_(None), delivery.c.due_at <= now)]
    if lane != EVERYWHERE:
        own.append(delivery.c.lane == lane)
    first = select(delivery.c.id).where(*own).order_by(delivery.c.lane, delivery.c.due_at).limit(1)
    return any(connection.scalar(first.where(delivery.c.state == state)) for state in _WAITING)


def slow_down(connection: Connection, mailing_id: int, domains: Iterable[str], now: datetime) -> None:
    """These domains have turned letters away for coming too fast: half the rate for each."""
    for domain in sorted(set(domains)):
        known = _ensure(connection, domain)
        if known.slowed_at is not None and now - known.slowed_at < AT_ONCE:
            continue
        halvings = min(known.halvings_at(now) + 1, MOST_HALVINGS)
        base = known.base if halvings > 1 and known.base else max(_pace_of_late(connection, domain, now), LEAST_RATE)
        changed = {"halvings": halvings, "slowed_at": now, "base": base}
        connection.execute(update(pace).where(pace.c.name == domain).values(**changed))
        _into_lane(connection, mailing_id, domain)


def _pace_of_late(connection: Connection, domain: str, now: datetime) -> float:
    """Letters a second that this domain took in the last ten."""
    since = now - timedelta(seconds=10)
    late = (delivery.c.domain == domain, delivery.c.sent_at > since, delivery.c.sent_at <= now)
    return (connection.scalar(select(func.count()).select_from(delivery).where(*late)) or 0) / 10


def hold_paces(connection: Connection) -> None:
    """Let no other worker count what may leave until this transaction ends."""
    if connection.dialect.name != "sqlite":  # of which a writing transaction is alone anyway
        _ensure(connection, EVERYWHERE)


def _ensure(connection: Connection, name: str) -> Pace:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(pace).values(name=name, halvings=0).on_conflict_do_nothing())
    return Pace(*connection.execute(select(pace).where(pace.c.name == name).with_for_update()).one())
