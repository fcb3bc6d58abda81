"""Caps: who has had as many letters as one contact may get, over the letters of all campaigns (LANGUAGE 4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, or_, select, union_all

from ..model.delivery import DeliveryState
from .tables import delivery


def letters_received(since: datetime, until: datetime, of: FromClause = delivery) -> ColumnElement[bool]:
    """True for a delivery (or an alias of it) whose letter went out in since < t <= until.

    A letter whose fate is unknown may have arrived: it counts from when it was handed over.
    """
    sent = and_(of.c.sent_at > since, of.c.sent_at <= until)
    maybe = and_(of.c.state == DeliveryState.UNKNOWN.value, of.c.handed_at > since, of.c.handed_at <= until)
    return or_(sent, maybe)


def capped_contacts(letters: int, since: datetime, until: datetime) -> Select[tuple[int]]:
    """The ids of the contacts with `letters` or more letters in since < t <= until."""
    sent = select(delivery.c.contact_id).where(delivery.c.sent_at > since, delivery.c.sent_at <= until)
    # spelled apart from the sent ones, so that each half is a range of its own index
    maybe = select(delivery.c.contact_id).where(
        delivery.c.state == DeliveryState.UNKNOWN.value, delivery.c.handed_at > since, delivery.c.handed_at <= until
    )
    received = union_all(sent, maybe).subquery("received")
    return select(received.c.contact_id).group_by(received.c.contact_id).having(func.count() >= letters)
