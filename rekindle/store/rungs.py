"""Ladders: who is due for a campaign's next step, who has answered meanwhile, who stayed silent to the end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    update,
)

from ..model.audience import Verdict
from ..model.delivery import DeliveryState
from ..model.event import EventKind
from ..model.mailing import Mailing, MailingState
from ..model.order import OrderStatus
from ..segment.catalogue import INQUIRY
from .functions import unindexed
from .mailings import find_mailing, get_mailing
from .remembered import recall_moment, remember, remember_later
from .tables import activity, audience_member, contact, delivery, event, mailing, orders, status_history
from .types import Moment
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


def occasions_on_the_way(connection: Connection, campaign: str) -> list[Mailing]:
    """The first-step mailings of `campaign` of whose ladders a step may still have somebody to look at, oldest first.

    Not those brought in from elsewhere, nor those of which a mailing rests (paused, held, cancelled).
    """
    first, own, resting = mailing.alias("first"), mailing.alias("own"), mailing.alias("resting")
    lives = exists().where(_same_occasion(own, first), own.c.climbed_at.is_(None))
    rests = exists().where(_same_occasion(resting, first), resting.c.state.in_(_RESTING))
    found = select(first.c.period).where(first.c.campaign == campaign, first.c.step == 1, first.c.imported == false())
    found = found.where(lives, not_(rests)).order_by(first.c.id)
    mailings = [find_mailing(connection, campaign, period) for period in connection.scalars(found)]
    return [each for each in mailings if each is not None]


def _same_occasion(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(one.c.campaign == other.c.campaign, one.c.period == other.c.period)


def has_due(connection: Connection, earlier_id: int, later_id: int | None, sent_by: datetime) -> bool:
    """Whether somebody who was sent the earlier step by that moment has not been looked at for the later one."""
    return connection.scalar(select(_due(earlier_id, later_id, sent_by).exists())) or False


def rung_is_over(connection: Connection, earlier_id: int) -> bool:
    """Whether everyone who was sent that step has been looked at for the next one, or there is none."""
    return connection.scalar(select(mailing.c.climbed_at.is_not(None)).where(mailing.c.id == earlier_id)) or False


def end_rung(connection: Connection, earlier_id: int, later_id: int | None, now: datetime, *, last: bool) -> None:
    """Remember that a step has nobody left to look at: its letters are out and everyone sent one was looked at.

    So it is from the beginning where it is the `last` of its ladder. A letter that goes out, or turns out to have gone
    out, opens it again (`step_mailing`, `open_rung`).
    """
    over = mailing.c.id == earlier_id
    if not last:
        over = and_(over, mailing.c.state == MailingState.DONE.value, not_(_due(earlier_id, later_id).exists()))
    connection.execute(update(mailing).where(over, mailing.c.climbed_at.is_(None)).values(climbed_at=now))


def end_occasion(connection: Connection, of: Mailing, now: datetime) -> bool:
    """End every rung of a mailing's occasion; whether one was open."""
    own = (mailing.c.campaign == of.campaign, mailing.c.period == of.period, mailing.c.climbed_at.is_(None))
    return connection.execute(update(mailing).where(*own).values(climbed_at=now)).rowcount > 0


def open_rung(connection: Connection, mailing_id: int, sent_since: datetime) -> None:
    """Have the ladder look at a step anew: letters of it turned out to have been sent, at that moment or later."""
    connection.execute(update(mailing).where(mailing.c.id == mailing_id).values(climbed_at=None))
    campaign = connection.scalar(select(mailing.c.campaign).where(mailing.c.id == mailing_id))
    seen = recall_moment(connection, _silence(str(campaign)))
    if seen is not None and seen >= sent_since:
        remember(connection, _silence(str(campaign)), (sent_since - timedelta(microseconds=1)).isoformat())


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
        literal(now, Moment),
    )
    columns = ["mailing_id", "contact_id", "verdict", "arm", "reason", "offer", "counted_from"]
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


def silence_awaited(connection: Connection, campaign: str) -> list[Mailing]:
    """The mailings of `campaign` with letters after which a silence was not looked for yet (`mark_silence_seen`).

    Not those brought in from elsewhere.
    """
    seen = recall_moment(connection, _silence(campaign))
    found = select(mailing.c.id).where(mailing.c.campaign == campaign, mailing.c.imported == false())
    if seen is not None:
        found = found.where(or_(mailing.c.finished_at.is_(None), mailing.c.finished_at > seen))
    return [get_mailing(connection, number) for number in connection.scalars(found.order_by(mailing.c.id)).all()]


def silent_contacts(
    connection: Connection, last: Mailing, unless: Sequence[str], *, sent_by: datetime, now: datetime
) -> list[int]:
    """Who was sent a letter of `last` by that moment, has not answered since, and was not pinned for it yet.

    Who unsubscribed or complained did not stay silent either. Letters that were looked at before do not count:
    `mark_silence_seen`.
    """
    seen = recall_moment(connection, _silence(last.campaign))
    pinned = exists().where(
        status_history.c.contact_id == _EARLIER.c.contact_id,
        status_history.c.pinned_by == last.campaign,
        status_history.c.since >= _EARLIER.c.sent_at,
    )
    left = _reacted((EventKind.UNSUBSCRIBED, EventKind.COMPLAINED), _EARLIER, now)
    reactions = [_happened(name, _EARLIER, now) for name in dict.fromkeys((*_ANSWERS, *unless))]
    found = (
        select(_EARLIER.c.contact_id)
        # by the moment: of a large mailing few letters have come of age since the last look
        .where(unindexed(_EARLIER.c.mailing_id) == last.mailing_id)
        .where(_EARLIER.c.state == DeliveryState.SENT.value, _EARLIER.c.sent_at <= sent_by)
        .where(not_(pinned), not_(left), not_(or_(*reactions)))
    )
    if seen is not None:
        found = found.where(_EARLIER.c.sent_at > seen)
    return list(connection.scalars(found.order_by(_EARLIER.c.contact_id)))


def mark_silence_seen(connection: Connection, campaign: str, sent_by: datetime) -> None:
    """Remember that whoever was sent the last letter by that moment was looked at: a run must not read all history."""
    remember_later(connection, _silence(campaign), sent_by)


def _silence(campaign: str) -> str:
    return f"silence seen: {campaign}"


def _due(
    earlier_id: int, later_id: int | None, sent_by: datetime | None = None, *more: ColumnElement[Any]
) -> Select[*tuple[Any, ...]]:
    """Who was sent the earlier step (by that moment) and has not been looked at for the later one."""
    row = _EARLIER.c
    seen = exists().where(audience_member.c.mailing_id == later_id, audience_member.c.contact_id == row.contact_id)
    due = select(row.contact_id, row.arm, row.offer, *more)
    due = due.where(row.mailing_id == earlier_id, row.state == DeliveryState.SENT.value)
    due = due if sent_by is None else due.where(row.sent_at <= sent_by)
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
        row.kind == kinds[0].value if len(kinds) == 1 else unindexed(row.kind).in_([kind.value for kind in kinds]),
        row.machine == false(),
        row.occurred_at > letter.c.sent_at,
        row.occurred_at <= now,
    ]
    if rung is not None:
        of_occasion = select(mailing.c.id).where(mailing.c.campaign == rung.campaign, mailing.c.period == rung.period)
        clauses.append(row.mailing_id.in_(of_occasion.correlate(None)))
    return exists().where(*clauses)
