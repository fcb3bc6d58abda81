"""Mailings: one row per (campaign, period, step), its state, and the ledger that must add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from ..model.audience import LeftOutReason, Verdict
from ..model.delivery import WAITING_STATES, DeliveryState
from ..model.error import InputError, StoreError
from ..model.mailing import Mailing, MailingState, Tally
from .tables import audience_member, delivery, mailing

ALLOWED_STEPS: Mapping[MailingState, frozenset[MailingState]] = {
    MailingState.PLANNED: frozenset({MailingState.SENDING, MailingState.HELD, MailingState.CANCELLED}),
    MailingState.HELD: frozenset({MailingState.SENDING, MailingState.CANCELLED}),
    MailingState.SENDING: frozenset({MailingState.PAUSED, MailingState.DONE, MailingState.CANCELLED}),
    MailingState.PAUSED: frozenset({MailingState.SENDING, MailingState.CANCELLED}),
    # an unknown delivery may be queued again (reconcile, resend): the mailing has work once more
    MailingState.DONE: frozenset({MailingState.SENDING}),
    MailingState.CANCELLED: frozenset(),
}
"""The steps a mailing may take; the store refuses every other."""


@dataclass(frozen=True, slots=True)
class NewMailing:
    """What a mailing is made with; `frozen` is the JSON of its file texts (workspace/freeze)."""

    campaign: str
    period: str
    as_of: datetime
    created_at: datetime
    step: int = 1
    state: MailingState = MailingState.SENDING
    topic: str = ""
    frozen: str = "{}"
    definition_hash: str = ""
    held_reason: str = ""
    expires_at: datetime | None = None
    imported: bool = False


def insert_mailing(connection: Connection, new: NewMailing) -> Mailing | None:
    """The mailing, now in the store; None where this (campaign, period, step) has one already."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {name: getattr(new, name) for name in NewMailing.__slots__}
    started = new.created_at if new.state is MailingState.SENDING else None
    statement = dialect.insert(mailing).values(**values, started_at=started)
    unless_there = statement.on_conflict_do_nothing(index_elements=["campaign", "period", "step"])
    made = connection.execute(unless_there.returning(mailing.c.id)).scalar()
    return None if made is None else get_mailing(connection, made)


def find_mailing(connection: Connection, campaign: str, period: str, step: int = 1) -> Mailing | None:
    """The mailing of an occasion, or None."""
    found = _mailings().where(mailing.c.campaign == campaign, mailing.c.period == period, mailing.c.step == step)
    row = connection.execute(found).first()
    return None if row is None else _mailing(row)


def was_for_nobody(connection: Connection, made: Mailing) -> bool:
    """Whether it is done and was for nobody: none was chosen, held out, or handed over to a person."""
    for_somebody = or_(
        audience_member.c.verdict != Verdict.LEFT_OUT.value,
        audience_member.c.reason == LeftOutReason.HANDED_OVER.value,
    )
    some = select(audience_member.c.contact_id).where(audience_member.c.mailing_id == made.mailing_id, for_somebody)
    return made.state is MailingState.DONE and connection.execute(some.limit(1)).first() is None


def drop_if_for_nobody(connection: Connection, campaign: str, period: str) -> None:
    """Forget the mailing of a period where it was for nobody, with the reasons of those who were left out."""
    made = find_mailing(connection, campaign, period)
    if made is not None and was_for_nobody(connection, made):
        connection.execute(delete(audience_member).where(audience_member.c.mailing_id == made.mailing_id))
        connection.execute(delete(mailing).where(mailing.c.id == made.mailing_id))


def get_mailing(connection: Connection, mailing_id: int) -> Mailing:
    """One mailing. Raises InputError where there is none of this number."""
    row = connection.execute(_mailings().where(mailing.c.id == mailing_id)).first()
    if row is None:
        raise InputError(f"there is no mailing {mailing_id}; `rekindle mailing list` shows them")
    return _mailing(row)


def frozen_files(connection: Connection, mailing_id: int) -> str:
    """The JSON of the files as they were when the mailing was made."""
    return str(connection.execute(select(mailing.c.frozen).where(mailing.c.id == mailing_id)).scalar_one())


def held_reason(connection: Connection, mailing_id: int) -> str:
    """Why a mailing was held, in words; empty where it was not."""
    return str(connection.execute(select(mailing.c.held_reason).where(mailing.c.id == mailing_id)).scalar_one())


def step_mailing(
    connection: Connection,
    mailing_id: int,
    to: MailingState,
    now: datetime,
    *,
    reason: str | None = None,
    paused_until: datetime | None = None,
) -> Mailing:
    """Bring a mailing into the state `to` at `now`. Raises StoreError for a step that is not allowed.

    One UPDATE that names the states it may come from, so two that step at once cannot both succeed wrongly.
    """
    sources = [state.value for state, targets in ALLOWED_STEPS.items() if to in targets]
    values: dict[str, Any] = {"state": to.value, "paused_until": paused_until}
    if reason is not None:
        values["held_reason"] = reason
    if to is MailingState.SENDING:
        moment = literal(now, mailing.c.started_at.type)
        values |= {"started_at": func.coalesce(mailing.c.started_at, moment), "finished_at": None, "climbed_at": None}
    if to in (MailingState.DONE, MailingState.CANCELLED):
        values["finished_at"] = now
    moved = connection.execute(
        update(mailing).where(mailing.c.id == mailing_id, mailing.c.state.in_(sources)).values(**values)
    )
    found = get_mailing(connection, mailing_id)
    if moved.rowcount == 0 and found.state is not to:
        raise StoreError(f"mailing {mailing_id} is {found.state}: it cannot become {to}")
    return found


def tally(connection: Connection, mailing_id: int) -> Tally:
    """The ledger of one mailing, by one grouped statement, so that its counts are of one moment."""
    return tallies(connection, [mailing_id]).get(mailing_id, Tally())


def tallies(connection: Connection, mailing_ids: Sequence[int] | None = None) -> dict[int, Tally]:
    """The ledgers of these mailings (None: of all that have any row) by one grouped statement."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(_counts(mailing_ids)):
        mailing_id, state, count = row
        counts[mailing_id][state] = count
    return {mailing_id: _tally(states) for mailing_id, states in counts.items()}


def list_mailings(connection: Connection) -> list[tuple[Mailing, Tally]]:
    """Every mailing with its ledger, newest first."""
    found = [_mailing(row) for row in connection.execute(_mailings().order_by(mailing.c.id.desc()))]
    ledgers = tallies(connection)
    return [(each, ledgers.get(each.mailing_id, Tally())) for each in found]


def made_periods(connection: Connection, campaign: str) -> list[str]:
    """The periods that this campaign has a mailing for (its first step), history brought in included."""
    found = select(mailing.c.period).where(mailing.c.campaign == campaign, mailing.c.step == 1)
    return list(connection.scalars(found.order_by(mailing.c.id)))


def last_mailing(connection: Connection, campaign: str, before: datetime) -> Mailing | None:
    """The campaign's latest first-step mailing with an as_of before `before`, cancelled ones aside."""
    found = _mailings().where(
        mailing.c.campaign == campaign,
        mailing.c.step == 1,
        mailing.c.as_of < before,
        mailing.c.state != MailingState.CANCELLED.value,
    )
    row = connection.execute(found.order_by(mailing.c.as_of.desc(), mailing.c.id.desc()).limit(1)).first()
    return None if row is None else _mailing(row)


def mailings_to_resume(connection: Connection, now: datetime) -> list[Mailing]:
    """Those that have something to do at `now`, oldest first.

    In `sending`: a delivery is due, or was left in hand, or has expired, or none waits any more (only the end is to be
    written down).
    In `paused`: the pause is over.
    """
    waits = and_(delivery.c.mailing_id == mailing.c.id, delivery.c.state.in_([state.value for state in WAITING_STATES]))
    in_hand = delivery.c.state.in_([DeliveryState.CLAIMED.value, DeliveryState.HANDING.value])
    due = or_(delivery.c.due_at.is_(None), delivery.c.due_at <= now, in_hand)
    over = mailing.c.expires_at <= now
    works: ColumnElement[bool] = or_(exists().where(waits, due), ~exists().where(waits), over)
    at_work = and_(mailing.c.state == MailingState.SENDING.value, works)
    rested = and_(mailing.c.state == MailingState.PAUSED.value, mailing.c.paused_until <= now)
    return [_mailing(row) for row in connection.execute(_mailings().where(or_(at_work, rested)).order_by(mailing.c.id))]


def mailings_to_help(connection: Connection, now: datetime) -> list[Mailing]:
    """Those in `sending` with a delivery that is due at `now` and in nobody's hands, oldest first."""
    free = delivery.c.state.in_([DeliveryState.QUEUED.value, DeliveryState.DEFERRED.value])
    due = or_(delivery.c.due_at.is_(None), delivery.c.due_at <= now)
    works = exists().where(delivery.c.mailing_id == mailing.c.id, free, due)
    found = _mailings().where(mailing.c.state == MailingState.SENDING.value, works)
    return [_mailing(row) for row in connection.execute(found.order_by(mailing.c.id))]


def _mailings() -> Select[Any]:
    columns = ("campaign", "period", "step", "state", "as_of", "started_at", "finished_at")
    return select(mailing.c.id, *(mailing.c[name] for name in columns))


def _mailing(row: Row[Any]) -> Mailing:
    made = Mailing(*tuple(row))
    return replace(made, state=MailingState(made.state))


def _counts(mailing_ids: Sequence[int] | None) -> Any:
    letters = select(delivery.c.mailing_id, delivery.c.state, func.count().label("count"))
    unmailed = select(audience_member.c.mailing_id, literal(Verdict.HELD_OUT.value), func.count())
    unmailed = unmailed.where(audience_member.c.verdict == Verdict.HELD_OUT.value)
    if mailing_ids is not None:
        letters = letters.where(delivery.c.mailing_id.in_(mailing_ids))
        unmailed = unmailed.where(audience_member.c.mailing_id.in_(mailing_ids))
    return union_all(
        letters.group_by(delivery.c.mailing_id, delivery.c.state), unmailed.group_by(audience_member.c.mailing_id)
    )


def _tally(states: Mapping[str, int]) -> Tally:
    def of(names: Iterable[str]) -> int:
        return sum(states.get(name, 0) for name in names)

    return Tally(
        planned=of(DeliveryState),
        held_out=of([Verdict.HELD_OUT]),
        sent=of([DeliveryState.SENT]),
        failed=of([DeliveryState.FAILED]),
        skipped=of([DeliveryState.SKIPPED]),
        expired=of([DeliveryState.EXPIRED]),
        unknown=of([DeliveryState.UNKNOWN]),
        waiting=of(WAITING_STATES),
    )


def next_due_of_all(connection: Connection) -> datetime | None:
    """The earliest moment at which a waiting delivery of any mailing in `sending` is due; None where none waits."""
    waiting = delivery.c.state.in_([DeliveryState.QUEUED.value, DeliveryState.DEFERRED.value])
    found = select(func.min(delivery.c.due_at)).join(mailing, mailing.c.id == delivery.c.mailing_id)
    moment: datetime | None = connection.scalar(found.where(waiting, mailing.c.state == MailingState.SENDING.value))
    return moment
