"""Deliveries whose answer nobody saw: settled by what the world did to the letter, or by a person's word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from ..model.address import address_key
from ..model.delivery import DeliveryState
from ..model.error import UsageError
from ..model.event import EventKind
from ..model.mailing import MailingState
from .deliveries import requeue_unknown
from .rungs import open_rung
from .tables import delivery, event, mailing

SEEN = tuple(EventKind)
"""Whatever is said of a letter, it had left: it was opened, clicked, complained about, or came back."""

BY_HAND = "settled by hand"


def settle_by_evidence(connection: Connection, mailing_id: int, now: datetime) -> int:
    """Those that an event speaks of were sent, at the moment they were handed over; how many."""
    of_it = (event.c.delivery_id == delivery.c.id, event.c.kind.in_([kind.value for kind in SEEN]))
    first = select(func.min(event.c.kind)).where(*of_it).scalar_subquery()
    evidence = select(event.c.id).where(*of_it).exists()
    return _settle(connection, mailing_id, evidence, now, reply="no answer was seen; it was " + first)


def settle_by_word(
    connection: Connection, mailing_id: int, to: DeliveryState, addresses: Sequence[str], now: datetime
) -> int:
    """A person says what became of them: `sent`, `failed`, or `queued` to send them again; how many.

    `addresses`: only these; none: all that are left. The Message-ID stays whatever is said. Raises UsageError for
    `queued` where the mailing is cancelled: nobody would ever send them.
    """
    if to is DeliveryState.QUEUED:
        _look_whether_it_sends(connection, mailing_id)
    if to is DeliveryState.QUEUED and not addresses:
        return requeue_unknown(connection, mailing_id)
    named = delivery.c.address_key.in_([address_key(address) for address in addresses]) if addresses else _ALL
    if to is DeliveryState.QUEUED:
        again = {"state": to.value, "claimed_by": None, "fence": None, "reason": "", "settled_at": None}
        return connection.execute(update(delivery).where(*_unknown(mailing_id), named).values(**again)).rowcount
    if to is DeliveryState.SENT:
        return _settle(connection, mailing_id, named, now, reply=BY_HAND)
    failed = {"state": to.value, "reason": BY_HAND, "settled_at": now}
    return connection.execute(update(delivery).where(*_unknown(mailing_id), named).values(**failed)).rowcount


def _look_whether_it_sends(connection: Connection, mailing_id: int) -> None:
    # locked, so that who cancels meanwhile finds the letters that are queued here
    state = connection.scalar(select(mailing.c.state).where(mailing.c.id == mailing_id).with_for_update())
    if state == MailingState.CANCELLED.value:
        raise UsageError(
            f"mailing {mailing_id} is cancelled: nothing of it is sent again; say --as sent or --as failed,"
            " whichever is nearer to the truth"
        )


_ALL = delivery.c.id.is_not(None)


def _unknown(mailing_id: int) -> tuple[ColumnElement[bool], ...]:
    return delivery.c.mailing_id == mailing_id, delivery.c.state == DeliveryState.UNKNOWN.value


def _settle(connection: Connection, mailing_id: int, which: ColumnElement[bool], now: datetime, *, reply: Any) -> int:
    """Those of unknown fate were sent: one that a ladder has passed by gets its next step and its silence after all."""
    unknown = _unknown(mailing_id)
    moment = func.coalesce(delivery.c.handed_at, delivery.c.settled_at, type_=delivery.c.sent_at.type)
    earliest = connection.scalar(select(func.min(moment, type_=moment.type)).where(*unknown, which))
    if earliest is None:
        return 0
    open_rung(connection, mailing_id, earliest)
    sent = {"state": DeliveryState.SENT.value, "reason": "", "reply": reply, "sent_at": moment, "settled_at": now}
    return connection.execute(update(delivery).where(*unknown, which).values(**sent)).rowcount
