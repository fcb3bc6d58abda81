"""The circuit breaker: whether so many letters of a mailing bounced, or were called spam, that it must pause."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, distinct, func, select

from ..model.configuration import StopWhen
from ..model.delivery import DeliveryState
from ..model.event import EventKind
from .remembered import recall_moment, remember
from .tables import delivery, event

OUR_FAULTS = ("recipient", "policy")
"""Reasons of failed letters that speak against the list or the sender; a full mailbox does not."""


def why_stopped(connection: Connection, mailing_id: int, stop_when: StopWhen) -> str:
    """Why the mailing must pause, in words; empty where it may go on. What came before a `trust` is forgiven."""
    since = recall_moment(connection, _key(mailing_id))
    mine = [delivery.c.mailing_id == mailing_id, *([] if since is None else [delivery.c.settled_at > since])]
    sent = _count(connection, *mine, delivery.c.state == DeliveryState.SENT.value)
    refused = _count(
        connection, *mine, delivery.c.state == DeliveryState.FAILED.value, delivery.c.reason.in_(OUR_FAULTS)
    )
    out = sent + refused
    if out < max(stop_when.after, 1):
        return ""
    bounced = refused + _returned(connection, mailing_id, EventKind.BOUNCED, since)
    complained = _returned(connection, mailing_id, EventKind.COMPLAINED, since)
    for count, most, key, verb in (
        (bounced, stop_when.bounced, "bounced", "bounced or were refused"),
        (complained, stop_when.complained, "complained", "were called spam"),
    ):
        if count > most * out:
            share, limit = _share(Decimal(count) / out), _share(most)
            return f"{count:,} of {out:,} letters {verb} ({share}; stop_when.{key} is {limit})"
    return ""


def trust(connection: Connection, mailing_id: int, now: datetime) -> None:
    """A person lets the mailing go on: only what happens from `now` on counts."""
    remember(connection, _key(mailing_id), now.isoformat())


def _key(mailing_id: int) -> str:
    return f"breaker of mailing {mailing_id}"


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(delivery).where(*conditions)) or 0


def _returned(connection: Connection, mailing_id: int, kind: EventKind, since: datetime | None) -> int:
    """Letters that had left, and of which the world said this later."""
    said = [event.c.mailing_id == mailing_id, event.c.kind == kind.value, delivery.c.state == DeliveryState.SENT.value]
    if kind is EventKind.BOUNCED:
        said.append(event.c.detail.startswith("permanent"))
    if since is not None:
        said.append(event.c.recorded_at > since)
    letters = select(func.count(distinct(event.c.delivery_id))).join(delivery, delivery.c.id == event.c.delivery_id)
    return connection.scalar(letters.where(*said)) or 0


def _share(share: Decimal) -> str:
    return f"{(share * 100).quantize(Decimal('0.01')).normalize():f} %"
