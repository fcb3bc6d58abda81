"""Verdicts: for every member of a campaign's segments the first reason that keeps it out, else its arm and offer.

One statement over the whole set; the order of the reasons is the contract's (COMMANDS 3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    Update,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    union,
    update,
)

from ..model.audience import HOLDOUT, LeftOutReason, Verdict
from ..model.delivery import DeliveryState
from ..model.mailing import MailingState
from ..plan.arms import Arm
from .caps import capped_contacts
from .draw import sample_number_of
from .reach import consented_clause, has_address, suppressed_clause
from .tables import Id, audience_member, contact, delivery, mailing

Contacts = Select[Any]
"""A statement that gives ids of contacts, each once."""

_UNREACHABLE = (LeftOutReason.SUPPRESSED.value, LeftOutReason.NO_CONSENT.value, LeftOutReason.NO_ADDRESS.value)
_NEVER_HAD = (DeliveryState.FAILED.value, DeliveryState.SKIPPED.value, DeliveryState.EXPIRED.value)


@dataclass(frozen=True, slots=True)
class AudienceRules:
    """What decides about each contact, in the terms of the store. Moments are aware; spans are from < t <= as_of.

    `members` of the segments; `offers` as (index, who it is for: None, everyone) in the order in which they are tried;
    `capped` as (letters, since); `had_since`: who had this campaign after that is not taken again (None: all are);
    `ladder_steps`: where above 1, nor is who waits for a later one of so many steps;
    `outranked_by`: campaigns of higher priority, whose mailings of `day` (start, end) come first.
    """

    campaign: str
    period: str
    topic: str
    as_of: datetime
    members: Contacts
    salt: str
    arms: Sequence[Arm]
    excluded: Contacts | None = None
    handed_over: Contacts | None = None
    capped: tuple[int, datetime] | None = None
    had_since: datetime | None = None
    ladder_steps: int = 0
    outranked_by: Sequence[str] = ()
    day: tuple[datetime, datetime] | None = None
    offers: Sequence[tuple[int, Contacts | None]] = ()


def any_of(statements: Sequence[Contacts]) -> Contacts:
    """Who is in any of these, each once."""
    if len(statements) == 1:
        return statements[0]
    together = union(*statements).subquery()
    return select(together.c[0])


def audience_statement(mailing_id: int, rules: AudienceRules) -> Select[Any]:
    """The rows of `audience_member` as one statement, duplicates not yet found."""
    # OFFSET 0 keeps the planners from folding the layers into one, which would ask every question several times
    told = _told(rules).offset(0).subquery("told")
    in_draw = told.c.reason == ""
    number = case((in_draw, sample_number_of(literal(rules.salt), told.c.address_key)), else_=null())
    drawn = select(told, number.label("number")).offset(0).subquery("drawn")
    in_draw = drawn.c.reason == ""
    arm = case(
        (not_(in_draw), ""),
        *((drawn.c.number < each.end, each.name) for each in rules.arms[:-1]),
        else_=rules.arms[-1].name,
    )
    held_end = next((each.end for each in rules.arms if each.name == HOLDOUT), 0)
    verdict = case(
        (not_(in_draw), Verdict.LEFT_OUT.value),
        (drawn.c.number < held_end, Verdict.HELD_OUT.value),
        else_=Verdict.CHOSEN.value,
    )
    source, offer = _with_offer(rules, drawn)
    return select(literal(mailing_id), drawn.c.contact_id, verdict, arm, drawn.c.reason, offer).select_from(source)


def _told(rules: AudienceRules) -> Select[Any]:
    """Each member with the first reason that keeps it out, in the contract's order; '' for none."""
    person = contact.alias("person")
    sets = {
        LeftOutReason.CAPPED: _capped(rules),
        LeftOutReason.OUTRANKED: _outranked(rules),
        LeftOutReason.EXCLUDED: rules.excluded,
        LeftOutReason.HAD_IT: _had_it(rules),
        LeftOutReason.HANDED_OVER: rules.handed_over,
    }
    source, held = _joined(person, person.c.id, {f"is_{name}": ids for name, ids in sets.items() if ids is not None})
    tests = [
        (suppressed_clause(rules.topic, rules.as_of, person), LeftOutReason.SUPPRESSED),
        (not_(consented_clause(rules.topic, rules.as_of, person)), LeftOutReason.NO_CONSENT),
        (not_(has_address(person)), LeftOutReason.NO_ADDRESS),
        *((held[f"is_{name}"], name) for name, ids in sets.items() if ids is not None),
    ]
    reason = case(*((test, literal(name.value)) for test, name in tests), else_=literal(""))
    told = select(person.c.id.label("contact_id"), person.c.address_key, reason.label("reason")).select_from(source)
    return told.where(person.c.id.in_(rules.members.correlate(None)))


def _joined(
    left: FromClause, contact_id: ColumnElement[int], sets: Mapping[str, Contacts]
) -> tuple[FromClause, dict[str, ColumnElement[bool]]]:
    """`left` with each set of contact ids (each id once) joined to its side, and whether a row is in it.

    Not IN: PostgreSQL would look such a list through anew for every row once it outgrows its memory for hashing.
    """
    held: dict[str, ColumnElement[bool]] = {}
    for name, ids in sets.items():
        side = ids.subquery(name)
        left = left.outerjoin(side, side.c[0] == contact_id)
        held[name] = side.c[0].is_not(None)
    return left, held


def _with_offer(rules: AudienceRules, drawn: FromClause) -> tuple[FromClause, ColumnElement[Any]]:
    """What to select from, and the index of the first offer whose condition holds, for those in the draw."""
    sets = {f"offer_{index}": ids for index, ids in rules.offers if ids is not None}
    source, held = _joined(drawn, drawn.c.contact_id, sets)
    choices: list[tuple[ColumnElement[bool], Any]] = [(drawn.c.reason != "", cast(null(), Integer))]
    for index, ids in rules.offers:
        choices.append((true() if ids is None else held[f"offer_{index}"], literal(index, Integer)))
    return source, case(*choices, else_=null())


def _capped(rules: AudienceRules) -> Contacts | None:
    if rules.capped is None:
        return None
    letters, since = rules.capped
    return capped_contacts(letters, since, rules.as_of)


def _had_it(rules: AudienceRules) -> Contacts | None:
    """Who was sent this campaign in another period, or is about to be, after `had_since`, or is still on its ladder."""
    if rules.had_since is None:
        return None
    moment = func.coalesce(delivery.c.sent_at, delivery.c.handed_at, mailing.c.created_at)
    # by mailing, whose deliveries lie together: in the order of contacts SQLite would fetch every delivery there is
    had = (
        select(cast(delivery.c.contact_id, Id).label("contact_id"))
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(mailing.c.campaign == rules.campaign, mailing.c.period != rules.period)
        .where(delivery.c.state.not_in(_NEVER_HAD), moment > rules.had_since, moment <= rules.as_of)
        .distinct()
    )
    return had if rules.ladder_steps < 2 else any_of([had, _on_the_ladder(rules)])


def _on_the_ladder(rules: AudienceRules) -> Contacts:
    """Who was sent a step of another period and has not been looked at for the next one; cancelled ones aside."""
    own, later, cancelled = mailing.alias("own"), mailing.alias("later"), mailing.alias("cancelled")
    occasion = (own.c.campaign == rules.campaign, own.c.period != rules.period)
    seen = (
        exists()
        .where(later.c.campaign == own.c.campaign, later.c.period == own.c.period, later.c.step == own.c.step + 1)
        .where(audience_member.c.mailing_id == later.c.id, audience_member.c.contact_id == delivery.c.contact_id)
    )
    ended = exists().where(
        cancelled.c.campaign == own.c.campaign,
        cancelled.c.period == own.c.period,
        cancelled.c.state == MailingState.CANCELLED.value,
    )
    return (
        select(delivery.c.contact_id)
        .join(own, own.c.id == delivery.c.mailing_id)
        .where(*occasion, own.c.step < rules.ladder_steps, own.c.climbed_at.is_(None), own.c.imported == false())
        .where(delivery.c.state == DeliveryState.SENT.value, delivery.c.sent_at <= rules.as_of)
        .where(not_(seen.correlate(own, delivery)), not_(ended.correlate(own)))
    )


def _outranked(rules: AudienceRules) -> Contacts | None:
    """Whom a campaign of higher priority took on the same day."""
    if not rules.outranked_by or rules.day is None:
        return None
    start, end = rules.day[0], min(rules.day[1] - timedelta(microseconds=1), rules.as_of)
    begun = and_(mailing.c.step == 1, _within_day(mailing.c.as_of, start, end))
    # a ladder's later step takes its contacts day by day
    unfinished = or_(mailing.c.finished_at.is_(None), mailing.c.finished_at >= start)
    climbed = and_(mailing.c.step > 1, unfinished, _within_day(audience_member.c.counted_from, start, end))
    return (
        select(audience_member.c.contact_id)
        .join(mailing, mailing.c.id == audience_member.c.mailing_id)
        .where(mailing.c.campaign.in_(rules.outranked_by), mailing.c.state != MailingState.CANCELLED.value)
        .where(or_(begun, climbed), audience_member.c.verdict == Verdict.CHOSEN.value)
        .distinct()
    )


def _within_day(moment: Column[Any], start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(moment >= start, moment <= end)


def duplicates_left_out(table: Table, mailing_id: int) -> Update:
    """Of the members whom letters may reach and who share one mailbox the earliest stays, whatever else keeps it out.

    A mailbox whose first holder had the campaign, or is excluded or handed over, must not get it by way of the second.
    Only addresses that come twice are looked at.
    """
    row, kept = table.alias("row"), table.alias("kept")
    person, other = contact.alias("person"), contact.alias("other")
    shared = select(contact.c.address_key).where(contact.c.address_key != "")
    shared = shared.group_by(contact.c.address_key).having(func.count() > 1)
    earlier = (
        exists()
        .select_from(other.join(kept, and_(kept.c.contact_id == other.c.id, kept.c.mailing_id == mailing_id)))
        .where(other.c.address_key == person.c.address_key, other.c.id < person.c.id)
        .where(kept.c.reason.not_in(_UNREACHABLE))
    )
    doubled = (
        select(row.c.contact_id)
        .join(person, person.c.id == row.c.contact_id)
        .where(row.c.mailing_id == mailing_id, row.c.reason.not_in(_UNREACHABLE))
        .where(person.c.address_key.in_(shared), earlier)
    )
    return (
        update(table)
        .where(table.c.mailing_id == mailing_id, table.c.contact_id.in_(doubled))
        .values(**left_out_values(LeftOutReason.DUPLICATE))
    )


def left_out_values(reason: LeftOutReason) -> dict[str, Any]:
    """What a row of the audience says when its contact is left out because of `reason`."""
    return {"verdict": Verdict.LEFT_OUT.value, "arm": "", "reason": reason.value, "offer": None}
