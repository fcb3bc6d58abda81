"""Whether a mailing's ledger adds up, asked of the rows themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from ..model.audience import Verdict
from ..model.delivery import DeliveryState
from .mailings import tally
from .tables import audience_member, delivery

S = DeliveryState
ENDS = (S.SENT, S.FAILED, S.SKIPPED, S.EXPIRED, S.UNKNOWN)


def ledger_faults(connection: Connection, mailing_id: int) -> list[str]:
    """What does not add up, in words; empty where everything does. History brought in has no audience of its own."""
    faults = [
        f"{count} {words}"
        for words, statement in _questions(mailing_id)
        if (count := connection.execute(statement).scalar_one())
    ]
    ledger = tally(connection, mailing_id)
    return faults if ledger.adds_up else [*faults, f"planned {ledger.planned} is not the sum of its parts"]


def _questions(mailing_id: int) -> list[tuple[str, Any]]:
    own = delivery.c.mailing_id == mailing_id
    chosen = and_(audience_member.c.mailing_id == mailing_id, audience_member.c.verdict == Verdict.CHOSEN.value)
    same = and_(
        audience_member.c.mailing_id == delivery.c.mailing_id, audience_member.c.contact_id == delivery.c.contact_id
    )
    doubled = (
        select(delivery.c.message_id).where(own, delivery.c.message_id != "").group_by(delivery.c.message_id)
    ).having(func.count() > 1)
    return [
        ("chosen without a delivery", _count(audience_member, chosen, ~exists().where(same))),
        ("deliveries of nobody chosen", _count(delivery, own, ~exists().where(and_(same, chosen)))),
        ("deliveries in no known state", _count(delivery, own, delivery.c.state.not_in([s.value for s in S]))),
        ("sent without a moment or a Message-ID", _count(delivery, own, _in(S.SENT), _unmarked())),
        ("ended without a moment", _count(delivery, own, _in(*ENDS), delivery.c.settled_at.is_(None))),
        ("deferred without a next try", _count(delivery, own, _in(S.DEFERRED), delivery.c.due_at.is_(None))),
        ("in hand of nobody", _count(delivery, own, _in(S.CLAIMED, S.HANDING), delivery.c.claimed_by.is_(None))),
        ("Message-IDs used twice", select(func.count()).select_from(doubled.subquery())),
    ]


def _count(table: Any, *conditions: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(table).where(*conditions)


def _in(*states: DeliveryState) -> ColumnElement[bool]:
    return delivery.c.state.in_([state.value for state in states])


def _unmarked() -> ColumnElement[bool]:
    return or_(delivery.c.sent_at.is_(None), delivery.c.message_id == "")
