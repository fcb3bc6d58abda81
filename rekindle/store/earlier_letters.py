"""Who had this campaign before, and whom another took first: what earlier mailings say of a contact."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, cast, exists, false, func, not_, or_, select

from ..model.audience import Verdict
from ..model.delivery import WAITING_STATES, DeliveryState
from ..model.mailing import MailingState
from .audience_terms import AudienceRules, Contacts, any_of
from .functions import unindexed
from .tables import Id, audience_member, contact, delivery, mailing

_NEVER_HAD = (DeliveryState.FAILED.value, DeliveryState.SKIPPED.value, DeliveryState.EXPIRED.value)
HAS_HAD = delivery.c.state.not_in(_NEVER_HAD)
"""True for a delivery whose letter its contact has, or may have, or is about to get."""

MAY_HAVE = delivery.c.state.in_(sorted(state.value for state in (*WAITING_STATES, DeliveryState.UNKNOWN)))
"""True for those of them that are not known to be sent."""


def was_sent_it(rules: AudienceRules) -> ColumnElement[bool]:
    """Whether a contact was sent this campaign in another period: one look into an index that holds all that is asked.

    What is not sent (yet) has no `sent_at` and is none of this.
    """
    others = select(mailing.c.id).where(*_other_periods(rules))
    return (
        exists()
        .where(delivery.c.contact_id == contact.c.id)
        .where(delivery.c.sent_at > rules.had_since, delivery.c.sent_at <= rules.as_of)
        .where(unindexed(delivery.c.state).not_in(_NEVER_HAD), unindexed(delivery.c.mailing_id).in_(others))
        .correlate_except(delivery)
    )


def _other_periods(rules: AudienceRules) -> tuple[ColumnElement[bool], ...]:
    return mailing.c.campaign == rules.campaign, mailing.c.period != rules.period


def had_it(rules: AudienceRules, may_have: ColumnElement[bool]) -> Contacts | None:
    """Who was sent this campaign in another period, or is about to be, after `had_since`, or is still on its ladder.

    By the deliveries that `may_have` is true of.
    """
    if rules.had_since is None:
        return None
    moment = func.coalesce(delivery.c.sent_at, delivery.c.handed_at, mailing.c.created_at)
    # by mailing, whose deliveries lie together: in the order of contacts SQLite would fetch every delivery there is
    had = (
        select(cast(delivery.c.contact_id, Id).label("contact_id"))
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(*_other_periods(rules), may_have, moment > rules.had_since, moment <= rules.as_of)
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


def outranked(rules: AudienceRules) -> Contacts | None:
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
