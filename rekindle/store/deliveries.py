"""Deliveries: the ledger's rows and the only steps they may take: every UPDATE names the states that it may leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    func,
    literal_column,
    or_,
    select,
    update,
)

from ..model.delivery import ALLOWED_STEPS, WAITING_STATES, DeliveryState
from .tables import delivery

S = DeliveryState


def may_become(to: DeliveryState, among: Iterable[DeliveryState] = tuple(DeliveryState)) -> ColumnElement[bool]:
    """True for a row (of the states `among`) that is allowed to take the step to `to`."""
    # not by the index on states: rows are told by their ids, and many another one is, or lately was, in that state
    state = delivery.c.state.concat(literal_column("''"))
    return or_(*(state == one.value for one in among if to in ALLOWED_STEPS[one]))


def state_clauses(*states: DeliveryState) -> list[ColumnElement[bool]]:
    """True for a row in the state, for each of them."""
    # spelt out, since a statement for many rows at once takes no IN with a list
    return [delivery.c.state == state.value for state in states]


def recover(
    connection: Connection, mailing_id: int, fence: int, now: datetime, helpers: Sequence[str] = ()
) -> tuple[int, int]:
    """Settle what workers with a lower fence left in hand: (claimed ones put back, handed ones now unknown).

    For the holder of the mailing's lease, before it claims: whoever holds a lower fence is dead or late, and its next
    mark is refused. What living `helpers` have in hand is left to them.
    """
    left = [delivery.c.mailing_id == mailing_id, delivery.c.fence < fence, delivery.c.claimed_by.not_in(helpers)]
    handed = update(delivery).where(*left, delivery.c.state == S.HANDING.value)
    unknown = connection.execute(
        handed.values(state=S.UNKNOWN.value, settled_at=now, reason="the sender died between the letter and the answer")
    ).rowcount
    claimed = update(delivery).where(*left, delivery.c.state == S.CLAIMED.value)
    return connection.execute(claimed.values(put_back())).rowcount, unknown


def requeue_unknown(connection: Connection, mailing_id: int) -> int:
    """`--on-unknown=resend`: those whose fate nobody saw are queued again, with the same Message-ID."""
    found = [delivery.c.mailing_id == mailing_id, delivery.c.state == S.UNKNOWN.value]
    return connection.execute(update(delivery).where(*found).values(**put_back(), reason="", settled_at=None)).rowcount


def expire_waiting(connection: Connection, mailing_id: int, now: datetime) -> int:
    """The mailing's time is over: what still waits expires."""
    return _end_waiting(connection, mailing_id, S.EXPIRED, "", now)


def cancel_waiting(connection: Connection, mailing_id: int, now: datetime) -> int:
    """The mailing is cancelled: what still waits is skipped."""
    return _end_waiting(connection, mailing_id, S.SKIPPED, "cancelled", now)


def _end_waiting(connection: Connection, mailing_id: int, to: DeliveryState, reason: str, now: datetime) -> int:
    # what a worker holds at this moment is left to it: it settles it, or puts it back and the next claim ends it
    waiting = [delivery.c.mailing_id == mailing_id, delivery.c.state.in_([S.QUEUED.value, S.DEFERRED.value])]
    ended = update(delivery).where(*waiting).values(state=to.value, reason=reason, settled_at=now)
    return connection.execute(ended).rowcount


def put_back() -> Mapping[str, Any]:
    """What a row says that is in nobody's hands again."""
    return {"state": S.QUEUED.value, "claimed_by": None, "fence": None}


def count_waiting(connection: Connection, mailing_id: int) -> int:
    """How many wait at all, due or not: 0 means that the mailing is done."""
    waiting = delivery.c.state.in_([state.value for state in WAITING_STATES])
    counted = select(func.count()).select_from(delivery).where(delivery.c.mailing_id == mailing_id, waiting)
    return int(connection.execute(counted).scalar_one())


def count_free(connection: Connection, mailing_id: int, most: int) -> int:
    """How many wait in nobody's hands, due or not; no more than `most` are looked at."""
    # in the order of the index by states, which PostgreSQL would not look for otherwise
    own = select(delivery.c.id).where(delivery.c.mailing_id == mailing_id).order_by(delivery.c.lane, delivery.c.due_at)
    some = (own.where(clause).limit(most).subquery() for clause in state_clauses(S.QUEUED, S.DEFERRED))
    counts = [select(func.count()).select_from(each).scalar_subquery() for each in some]
    return min(most, sum(connection.execute(select(*counts)).one()))


def next_due(connection: Connection, mailing_id: int) -> datetime | None:
    """The earliest moment at which a waiting delivery is due, or None where none waits for a moment."""
    waiting = delivery.c.state.in_([S.QUEUED.value, S.DEFERRED.value])
    found = select(func.min(delivery.c.due_at)).where(delivery.c.mailing_id == mailing_id, waiting)
    moment: datetime | None = connection.execute(found).scalar()
    return moment
