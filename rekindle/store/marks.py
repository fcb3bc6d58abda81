"""The marks of the ledger: `handing` before the content leaves, and how it ended. Refused to whoever lost its claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Update, bindparam, insert, select, update

from ..model.address import address_key
from ..model.delivery import Delivery, DeliveryState
from ..model.event import Event, EventKind
from ..model.suppression import Suppression, SuppressionKind, SuppressionReason
from .deliveries import Claimant, may_become
from .events import append_events, fingerprint
from .suppressions import suppress
from .tables import attempt, delivery

S = DeliveryState


@dataclass(frozen=True, slots=True)
class Handing:
    """The letter of this delivery is about to leave."""

    delivery_id: int
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an attempt ended; `hard_bounce`: the address does not exist, the contact is not to be mailed again."""

    delivery: Delivery
    state: DeliveryState
    at: datetime
    reason: str = ""
    reply: str = ""
    due_at: datetime | None = None
    hard_bounce: bool = False


_HAND = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("row"),
        may_become(S.HANDING),
        delivery.c.claimed_by == bindparam("who"),
        delivery.c.fence == bindparam("number"),
    )
    .values(
        state=S.HANDING.value,
        message_id=bindparam("mid"),
        handed_at=bindparam("moment"),
        attempts=delivery.c.attempts + 1,
    )
)


def mark_handing(connection: Connection, claimant: Claimant, marks: Sequence[Handing]) -> set[int]:
    """Write `handing` on those that are still ours; the ids of these. The others must not leave."""
    common = {"who": claimant.name, "number": claimant.fence}
    rows = [{"row": m.delivery_id, "mid": m.message_id, "moment": m.at, **common} for m in marks]
    moments = {mark.delivery_id: mark.at for mark in marks}
    if connection.execute(_HAND, rows).rowcount == len(marks):
        return set(moments)
    # some were not ours: those that are bear our fence and the moment of this very mark
    ours = select(delivery.c.id, delivery.c.handed_at).where(
        delivery.c.id.in_(moments),
        delivery.c.state == S.HANDING.value,
        delivery.c.claimed_by == claimant.name,
        delivery.c.fence == claimant.fence,
    )
    return {row.id for row in connection.execute(ours) if row.handed_at == moments[row.id]}


def settle(connection: Connection, claimant: Claimant, settlements: Sequence[Settlement]) -> None:
    """Write how attempts ended, with their tries, and for hard bounces the event and the suppression.

    A row that another worker has taken over meanwhile is left alone, except that an `unknown` one is settled by the
    answer that we did see.
    """
    by_state: dict[DeliveryState, list[Settlement]] = {}
    for one in settlements:
        by_state.setdefault(one.state, []).append(one)
    for state, group in by_state.items():
        _write(connection, claimant, state, group)
        if state is not S.SENT:
            _keep_tries(connection, group)
    for one in settlements:
        if one.hard_bounce:
            _bounce(connection, one)


def _write(connection: Connection, claimant: Claimant, state: DeliveryState, group: Sequence[Settlement]) -> None:
    statement = _SETTLE[state]
    connection.execute(
        statement,
        [
            {
                "row": one.delivery.delivery_id,
                "number": claimant.fence,
                "why": one.reason,
                "words": one.reply[:500],
                "moment": one.at,
                "again": one.due_at,
            }
            for one in group
        ],
    )


def _settling(state: DeliveryState) -> Update:
    values: dict[str, Any] = {"state": state.value, "reason": bindparam("why"), "reply": bindparam("words")}
    if state is S.SENT:
        values["sent_at"] = bindparam("moment")
    if state in (S.DEFERRED, S.QUEUED):
        values["due_at"] = bindparam("again")
    else:
        values["settled_at"] = bindparam("moment")
    return (
        update(delivery)
        .where(
            delivery.c.id == bindparam("row"),
            may_become(state),
            delivery.c.fence == bindparam("number"),
        )
        .values(**values)
    )


_SETTLE = {state: _settling(state) for state in (S.SENT, S.DEFERRED, S.FAILED, S.UNKNOWN, S.QUEUED)}


def _keep_tries(connection: Connection, group: Sequence[Settlement]) -> None:
    tries = [
        {
            "delivery_id": one.delivery.delivery_id,
            "attempted_at": one.at,
            "outcome": one.state.value,
            "reply": (one.reply or one.reason)[:500],
        }
        for one in group
        if one.state is not S.QUEUED
    ]
    if tries:
        connection.execute(insert(attempt), tries)


def _bounce(connection: Connection, one: Settlement) -> None:
    row = one.delivery
    bounced = Event(
        EventKind.BOUNCED,
        row.contact_id,
        row.mailing_id,
        row.delivery_id,
        one.at,
        detail=f"permanent: {one.reply[:300]}",
    )
    append_events(connection, {fingerprint("refused", row.delivery_id, row.attempts + 1): bounced}, one.at)
    wanted = Suppression(
        SuppressionKind.ADDRESS, address_key(row.address), SuppressionReason.BOUNCED, one.at, note=one.reply[:300]
    )
    suppress(connection, wanted, row.delivery_id)
