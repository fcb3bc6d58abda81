"""The figures of a campaign's periods: one grouped statement each for the audience, the deliveries and the events.

Everything is counted over the frozen audience of the period's first step, chosen and held out alike (intention to
treat), and nothing that happened after `as_of` is seen. Steps after the first send to the same contacts: their
deliveries and events count for the contact's arm, each contact once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select

from ..model.audience import HOLDOUT, Verdict
from ..model.delivery import DeliveryState
from ..model.duration import Duration
from ..model.event import EventKind
from ..model.figures import ArmFigures, PeriodFigures
from ..model.order import OrderStatus
from . import tables
from .types import Moment

DAY = timedelta(days=1)
COUNTED_STATES = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN)
EVENT_COUNTS: dict[tuple[str, bool], str] = {
    (EventKind.OPENED, False): "opened",
    (EventKind.OPENED, True): "opened_machine",
    (EventKind.CLICKED, False): "clicked",
    (EventKind.BOUNCED, False): "bounced",
    (EventKind.COMPLAINED, False): "complained",
    (EventKind.UNSUBSCRIBED, False): "unsubscribed",
}
"""(kind, by a machine) -> the count that such an event is for; clicks by machines are in no count."""

_member = tables.audience_member
_mailing = tables.mailing
_first_delivery = tables.delivery.alias("first_delivery")
_arm = case((_member.c.verdict == Verdict.HELD_OUT, HOLDOUT), else_=_member.c.arm).label("drawn_arm")


@dataclass(frozen=True, slots=True)
class Occasion:
    """One period of a campaign in the store: its mailings by step. `frozen` is the first step's frozen workspace."""

    campaign: str
    period: str
    mailing_ids: tuple[int, ...]
    started_at: datetime | None
    imported: bool
    frozen: str


@dataclass(frozen=True, slots=True)
class _Window:
    """Orders count from `opens` (the earliest start) to `closes`; `last_start` is the latest contact's start."""

    opens: datetime
    last_start: datetime
    closes: datetime
    complete: bool


def campaigns_mailed(connection: Connection, as_of: datetime) -> tuple[str, ...]:
    """The names of the campaigns that had a mailing by `as_of`, in order of name."""
    asked = select(_mailing.c.campaign).where(_begun_by(as_of)).distinct().order_by(_mailing.c.campaign)
    return tuple(connection.execute(asked).scalars())


def occasions(connection: Connection, campaign: str, as_of: datetime) -> tuple[Occasion, ...]:
    """The periods of `campaign` that had begun by `as_of`, oldest first."""
    begun = func.coalesce(_mailing.c.started_at, _mailing.c.created_at)
    asked = select(_mailing).where(_mailing.c.campaign == campaign, _begun_by(as_of)).order_by(begun, _mailing.c.id)
    steps: dict[str, list[tuple[int, tuple[int, datetime | None, bool, str]]]] = defaultdict(list)
    for row in connection.execute(asked):
        steps[row.period].append((row.step, (row.id, row.started_at, row.imported, row.frozen)))
    return tuple(_occasion(campaign, period, [row for _, row in sorted(rows)]) for period, rows in steps.items())


def _occasion(campaign: str, period: str, rows: list[tuple[int, datetime | None, bool, str]]) -> Occasion:
    _, started_at, imported, frozen = rows[0]
    return Occasion(campaign, period, tuple(row[0] for row in rows), started_at, imported, frozen)


def _begun_by(as_of: datetime) -> ColumnElement[bool]:
    return func.coalesce(_mailing.c.started_at, _mailing.c.created_at) <= literal(as_of, Moment)


def period_figures(
    connection: Connection, occasion: Occasion, goal: Duration, zone: tzinfo, as_of: datetime
) -> PeriodFigures:
    """What is known at `as_of` of one period. A conversion is a contact with a paid order in (start, start + goal]."""
    return _Counting(connection, occasion, goal, zone, as_of).figures()


@dataclass(frozen=True)
class _Counting:
    """One period being counted."""

    connection: Connection
    occasion: Occasion
    goal: Duration
    zone: tzinfo
    as_of: datetime
    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Arm -> name of a count -> how many."""

    def figures(self) -> PeriodFigures:
        window = self.window()
        self.count_audience()
        self.count_deliveries()
        self.count_events()
        by_day = self.count_orders(window) if window else {}
        return PeriodFigures(
            period=self.occasion.period,
            arms={arm: ArmFigures(**named, converted_by_day=by_day.get(arm, ())) for arm, named in self.counts.items()},
            left_out=self.left_out(),
            started_at=window.opens if window else None,
            counted_until=window.closes if window else None,
            complete=window is not None and window.complete,
        )

    def start(self) -> ColumnElement[datetime]:
        """The moment since which a contact's goal counts: the mailing's own, for history brought in the contact's."""
        own = literal(self.occasion.started_at, Moment)
        if not self.occasion.imported:
            return own
        return func.coalesce(_member.c.counted_from, _first_delivery.c.sent_at, own)

    def over_drawn(self, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
        """`columns` over the members that were drawn into an arm."""
        drawn = and_(
            _member.c.mailing_id == self.occasion.mailing_ids[0],
            _member.c.verdict.in_([Verdict.CHOSEN, Verdict.HELD_OUT]),
        )
        asked = select(*columns).select_from(_member)
        if not self.occasion.imported:
            return asked.where(drawn)
        first, start = _first_delivery, self.start()
        own = and_(first.c.mailing_id == _member.c.mailing_id, first.c.contact_id == _member.c.contact_id)
        return asked.outerjoin(first, own).where(drawn, or_(start.is_(None), start <= literal(self.as_of, Moment)))

    def window(self) -> _Window | None:
        """The time of the goal over all contacts; None where the mailing has not started."""
        opens = last = self.occasion.started_at
        if self.occasion.imported:
            start = self.start()
            opens, last = self.connection.execute(self.over_drawn(func.min(start), func.max(start))).one()
        if opens is None or last is None:
            return None
        ends = self.goal.after(last, self.zone)
        return _Window(opens, last, min(ends, self.as_of), ends <= self.as_of)

    def left_out(self) -> dict[str, int]:
        """The members of the segment in no arm, by reason."""
        asked = (
            select(_member.c.reason, func.count())
            .where(_member.c.mailing_id == self.occasion.mailing_ids[0], _member.c.verdict == Verdict.LEFT_OUT)
            .group_by(_member.c.reason)
            .order_by(_member.c.reason)
        )
        return {reason: contacts for reason, contacts in self.connection.execute(asked)}  # noqa: C416

    def count_audience(self) -> None:
        """Fill `audience` of every arm."""
        for arm, contacts in self.connection.execute(self.over_drawn(_arm, func.count()).group_by(_arm)):
            self.counts[arm]["audience"] = contacts

    def count_deliveries(self) -> None:
        """Fill `sent`, `failed`, `unknown` (contacts) and `letters` (deliveries sent) of every arm."""
        row, as_of = tables.delivery.c, literal(self.as_of, Moment)
        asked = (
            self.over_drawn(_arm, row.state, func.count(), func.count(row.contact_id.distinct()))
            .join(tables.delivery, row.contact_id == _member.c.contact_id)
            .where(
                row.mailing_id.in_(self.occasion.mailing_ids),
                row.state.in_(COUNTED_STATES),
                func.coalesce(row.sent_at, row.settled_at, row.handed_at, as_of) <= as_of,
            )
            .group_by(_arm, row.state)
        )
        for arm, state, letters, contacts in self.connection.execute(asked):
            self.counts[arm][state] = contacts
            if state == DeliveryState.SENT:
                self.counts[arm]["letters"] = letters

    def count_events(self) -> None:
        """Fill what came back, in contacts: human opens and clicks, opens by machines, bounces, complaints, leavers."""
        row = tables.event.c
        asked = (
            self.over_drawn(_arm, row.kind, row.machine, func.count(row.contact_id.distinct()))
            .join(tables.event, row.contact_id == _member.c.contact_id)
            .where(row.mailing_id.in_(self.occasion.mailing_ids), row.occurred_at <= literal(self.as_of, Moment))
            .group_by(_arm, row.kind, row.machine)
        )
        for arm, kind, machine, contacts in self.connection.execute(asked):
            name = EVENT_COUNTS.get((kind, machine))
            if name:
                self.counts[arm][name] = contacts

    def count_orders(self, window: _Window) -> dict[str, tuple[int, ...]]:
        """Fill `converted`, `revenue` and `revenue_squares` of every arm; returns the first orders by day."""
        days = -((window.last_start - window.closes) // DAY)
        by_day = {arm: [0] * days for arm in self.counts}
        for arm, day, revenue in self.buyers(window):
            self.counts[arm].update(converted=1, revenue=revenue, revenue_squares=revenue * revenue)
            if day <= days:
                by_day[arm][day - 1] += 1
        return {arm: tuple(firsts) for arm, firsts in by_day.items()}

    def buyers(self, window: _Window) -> Iterator[tuple[str, int, int]]:
        """(arm, day of the first order from 1, revenue in minor units) of each contact that bought in time.

        The statement cuts to the window of the whole mailing; each contact's own end is found here, because months go
        by the calendar of the workspace's timezone, which the two databases do not count alike.
        """
        ends = lru_cache(maxsize=4096)(lambda start: self.goal.after(start, self.zone))
        rows = self.connection.execute(self.orders_in(window), execution_options={"yield_per": 5000})
        for _, own in groupby(rows, key=itemgetter(0)):
            in_time = [row for row in own if row[2] < row[3] <= ends(row[2])]
            if in_time:
                _, arm, start, first, _ = in_time[0]
                yield arm, -((start - first) // DAY), sum(row[4] for row in in_time)

    def orders_in(self, window: _Window) -> Select[*tuple[Any, ...]]:
        """(contact, arm, start, moment, amount) of the paid orders in the window, each contact's together by time."""
        row = tables.orders.c
        return (
            self.over_drawn(_member.c.contact_id, _arm, self.start(), row.placed_at, row.amount)
            .join(tables.orders, row.contact_id == _member.c.contact_id)
            .where(
                row.status == OrderStatus.PAID,
                row.placed_at > literal(window.opens, Moment),
                row.placed_at <= literal(window.closes, Moment),
            )
            .order_by(_member.c.contact_id, row.placed_at)
        )
