"""Ladders: who is due for a campaign's next step, who has answered meanwhile, who stayed silent to the end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
)

from ..model.audience import Verdict
from ..model.delivery import DeliveryState
from ..model.event import EventKind
from ..model.mailing import Mailing, MailingState
from ..model.order import OrderStatus
from ..segment.catalogue import INQUIRY
from .mailings import find_mailing
from .remembered import recall_moment, remember_later
from .tables import activity, audience_member, contact, delivery, event, mailing, orders, status_history
from .waves import WindowTerms, due_column, zone_counts

_ANSWERS = ("clicked", "bought", "ordered", "inquired")
"""What ends a silence: a click, an order of any kind, an inquiry."""
_RESTING = (MailingState.PAUSED.value, MailingState.HELD.value, MailingState.CANCELLED.value)
_EARLIER = delivery.alias("earlier")


@dataclass(frozen=True, slots=True)
class Rung:
    """One step (from 2) of an occasion, and what since the previous letter keeps a contact from it."""

    campaign: str
    period: str
    step: int
    unless: tuple[str, ...] = ()


def answered(connection: Connection, rung: Rung, contact_ids: Collection[int], now: datetime) -> dict[int, str]:
    """Which of these contacts have done one of `unless` since the previous step's letter, and what."""
    if not rung.unless:
        return {}
    what = _answer(_EARLIER, rung, now)
    asked = (
        select(_EARLIER.c.contact_id, what)
        .join(mailing, mailing.c.id == _EARLIER.c.mailing_id)
        .where(mailing.c.campaign == rung.campaign, mailing.c.period == rung.period, mailing.c.step == rung.step - 1)
        .where(_EARLIER.c.contact_id.in_(contact_ids))
    )
    return {row[0]: row[1] for row in connection.execute(asked) if row[1]}


def occasions_on_the_way(connection: Connection, campaign: str, steps: int) -> list[Mailing]:
    """The first-step mailings of `campaign` that somebody was sent a letter of, at a step below `steps`, and no next.

    Not those brought in from elsewhere, nor those of which a mailing rests (paused, held, cancelled).
    """
    first, resting = mailing.alias("first"), mailing.alias("resting")
    own = mailing.alias("own")
    next_one = mailing.alias("next_one")
    same = and_(own.c.campaign == first.c.campaign, own.c.period == first.c.period)
    taken = exists().where(
        next_one.c.campaign == own.c.campaign,
        next_one.c.period == own.c.period,
        next_one.c.step == own.c.step + 1,
        audience_member.c.mailing_id == next_one.c.id,
        audience_member.c.contact_id == delivery.c.contact_id,
    )
    waits = exists().where(
        same,
        own.c.step < steps,
        delivery.c.mailing_id == own.c.id,
        delivery.c.state == DeliveryState.SENT.value,
        not_(taken.correlate(own, delivery)),
    )
    rests = exists().where(
        resting.c.campaign == first.c.campaign, resting.c.period == first.c.period, resting.c.state.in_(_RESTING)
    )
    found = select(first.c.period).where(first.c.campaign == campaign, first.c.step == 1, first.c.imported == false())
    found = found.where(waits.correlate(first), not_(rests.correlate(first))).order_by(first.c.id)
    mailings = [find_mailing(connection, campaign, period) for period in connection.scalars(found)]
    return [each for each in mailings if each is not None]


def has_due(connection: Connection, earlier_id: int, later_id: int | None, sent_by: datetime) -> bool:
    """Whether somebody who was sent the earlier step by that moment has not been looked at for the later one."""
    return connection.scalar(select(_due(earlier_id, later_id, sent_by).exists())) or False


def take_up_rung(
    connection: Connection, rung: Rung, earlier_id: int, later_id: int, *, sent_by: datetime, now: datetime
) -> int:
    """Write the audience of a step for those who were sent the earlier one by that moment; how many get a letter.

    Chosen with the arm and the offer that they have, or left out with what they did since.
    """
    told = _due(earlier_id, later_id, sent_by, _answer(_EARLIER, rung, now).label("answer")).subquery("told")
    silent = told.c.answer == ""
    rows = select(
        literal(later_id),
        told.c.contact_id,
        case((silent, Verdict.CHOSEN.value), else_=Verdict.LEFT_OUT.value),
        case((silent, told.c.arm), else_=""),
        told.c.answer,
        case((silent, told.c.offer), else_=None),
    )
    columns = ["mailing_id", "contact_id", "verdict", "arm", "reason", "offer"]
    connection.execute(insert(audience_member).from_select(columns, rows))
    return _count_new(connection, later_id)


def queue_rung(
    connection: Connection, earlier_id: int, later_id: int, due_at: datetime, window: WindowTerms | None
) -> None:
    """A queued delivery for each newly chosen member, to the address that the earlier letter went to."""
    zones = zone_counts(connection, audience_member, later_id) if window and window.window.contact_timezone else ()
    source = (
        select(
            literal(later_id),
            _EARLIER.c.contact_id,
            *(_EARLIER.c[name] for name in ("address", "address_key", "domain", "arm", "offer")),
            literal(DeliveryState.QUEUED.value),
            due_column(window, zones, due_at),
        )
        .join(contact, contact.c.id == _EARLIER.c.contact_id)
        .where(_EARLIER.c.mailing_id == earlier_id, _EARLIER.c.contact_id.in_(_new(later_id)))
        .order_by(_EARLIER.c.contact_id)
    )
    columns = ["mailing_id", "contact_id", "address", "address_key", "domain", "arm", "offer", "state", "due_at"]
    connection.execute(insert(delivery).from_select(columns, source))


def silent_contacts(
    connection: Connection, campaign: str, last_step: int, unless: Sequence[str], *, sent_by: datetime, now: datetime
) -> list[int]:
    """Who was sent the last step of `campaign` by that moment, has not answered since, and was not pinned for it yet.

    Who unsubscribed or complained did not stay silent either. Letters brought in from elsewhere do not count, nor those
    that were looked at before: `mark_silence_seen`.
    """
    seen = recall_moment(connection, _silence(campaign))
    pinned = exists().where(
        status_history.c.contact_id == _EARLIER.c.contact_id,
        status_history.c.pinned_by == campaign,
        status_history.c.since >= _EARLIER.c.sent_at,
    )
    left = _reacted((EventKind.UNSUBSCRIBED, EventKind.COMPLAINED), _EARLIER, now)
    reactions = [_happened(name, _EARLIER, now) for name in dict.fromkeys((*_ANSWERS, *unless))]
    found = (
        select(_EARLIER.c.contact_id)
        .join(mailing, mailing.c.id == _EARLIER.c.mailing_id)
        .where(mailing.c.campaign == campaign, mailing.c.step == last_step, mailing.c.imported == false())
        .where(_EARLIER.c.state == DeliveryState.SENT.value, _EARLIER.c.sent_at <= sent_by)
        .where(not_(pinned), not_(left), not_(or_(*reactions)))
    )
    if seen is not None:
        found = found.where(_EARLIER.c.sent_at > seen)
    return list(connection.scalars(found.distinct().order_by(_EARLIER.c.contact_id)))


def mark_silence_seen(connection: Connection, campaign: str, sent_by: datetime) -> None:
    """Remember that whoever was sent the last letter by that moment was looked at: a run must not read all history."""
    remember_later(connection, _silence(campaign), sent_by)


def _silence(campaign: str) -> str:
    return f"silence seen: {campaign}"


def _due(
    earlier_id: int, later_id: int | None, sent_by: datetime, *more: ColumnElement[Any]
) -> Select[*tuple[Any, ...]]:
    row = _EARLIER.c
    seen = exists().where(audience_member.c.mailing_id == later_id, audience_member.c.contact_id == row.contact_id)
    due = select(row.contact_id, row.arm, row.offer, *more)
    due = due.where(row.mailing_id == earlier_id, row.state == DeliveryState.SENT.value, row.sent_at <= sent_by)
    return due if later_id is None else due.where(not_(seen))


def _new(mailing_id: int) -> Select[tuple[int]]:
    """The chosen who have no delivery yet."""
    has_one = exists().where(delivery.c.mailing_id == mailing_id, delivery.c.contact_id == audience_member.c.contact_id)
    chosen = audience_member.c.verdict == Verdict.CHOSEN.value
    return select(audience_member.c.contact_id).where(audience_member.c.mailing_id == mailing_id, chosen, not_(has_one))


def _count_new(connection: Connection, mailing_id: int) -> int:
    return connection.scalar(select(func.count()).select_from(_new(mailing_id).subquery())) or 0


def _answer(letter: FromClause, rung: Rung, now: datetime) -> ColumnElement[str]:
    """The first of `unless` that the letter's contact did after it, by `now`; '' for none."""
    tests = [(_happened(name, letter, now, rung), literal(name)) for name in rung.unless]
    return case(*tests, else_=literal("")) if tests else literal("")


def _happened(name: str, letter: FromClause, now: datetime, rung: Rung | None = None) -> ColumnElement[bool]:
    """Whether the letter's contact did so after it; opens and clicks of that occasion's letters only, where given."""
    contact_id, since = letter.c.contact_id, letter.c.sent_at
    if name == "inquired":
        row = activity.c
        own = (row.contact_id == contact_id, row.kind_folded == INQUIRY)
        return exists().where(*own, row.occurred_at > since, row.occurred_at <= now)
    if name in ("bought", "ordered"):
        row = orders.c
        paid = (row.status == OrderStatus.PAID.value,) if name == "bought" else ()
        return exists().where(row.contact_id == contact_id, row.placed_at > since, row.placed_at <= now, *paid)
    return _reacted((EventKind(name),), letter, now, rung)


def _reacted(
    kinds: Sequence[EventKind], letter: FromClause, now: datetime, rung: Rung | None = None
) -> ColumnElement[bool]:
    row = event.c
    clauses = [
        row.contact_id == letter.c.contact_id,
        row.kind.in_([kind.value for kind in kinds]),
        row.machine == false(),
        row.occurred_at > letter.c.sent_at,
        row.occurred_at <= now,
    ]
    if rung is not None:
        of_occasion = select(mailing.c.id).where(mailing.c.campaign == rung.campaign, mailing.c.period == rung.period)
        clauses.append(row.mailing_id.in_(of_occasion.correlate(None)))
    return exists().where(*clauses)
