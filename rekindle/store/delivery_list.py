"""The deliveries of a mailing as a list for people and files, and why those that did not leave did not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from ..model.delivery import DeliveryState
from .tables import contact, contact_reference, delivery


def reason_counts(connection: Connection, mailing_id: int) -> dict[tuple[str, str], int]:
    """How many deliveries ended, or wait, for each (state, reason) that has one; largest first."""
    counted = (
        select(delivery.c.state, delivery.c.reason, func.count())
        .where(
            delivery.c.mailing_id == mailing_id, delivery.c.reason != "", delivery.c.state != DeliveryState.SENT.value
        )
        .group_by(delivery.c.state, delivery.c.reason)
        .order_by(func.count().desc(), delivery.c.state, delivery.c.reason)
    )
    return {(state, reason): count for state, reason, count in connection.execute(counted)}


def replies(connection: Connection, mailing_id: int) -> dict[tuple[str, str], str]:
    """For each (state, reason) of `reason_counts` one of the answers that are behind it."""
    said = (
        select(delivery.c.state, delivery.c.reason, func.min(delivery.c.reply))
        .where(delivery.c.mailing_id == mailing_id, delivery.c.reason != "", delivery.c.reply != "")
        .group_by(delivery.c.state, delivery.c.reason)
    )
    return {(state, reason): reply for state, reason, reply in connection.execute(said)}


DELIVERY_COLUMNS = (
    "delivery", "external_id", "email", "arm", "state", "reason", "attempts", "reply", "message_id", "sent_at",
)  # fmt: skip
"""`mailing show ID --deliveries csv` (COMMANDS 3)."""


def delivery_rows(connection: Connection, mailing_id: int, page: int = 1000) -> Iterable[tuple[Any, ...]]:
    """The deliveries of a mailing as DELIVERY_COLUMNS, by id, in keyset pages (no long read)."""
    last = 0
    while True:
        rows = connection.execute(_page(mailing_id, last, page)).all()
        yield from (tuple(row) for row in rows)
        if len(rows) < page:
            return
        last = rows[-1][0]


def _page(mailing_id: int, after: int, size: int) -> Select[Any]:
    reference = (
        select(func.min(contact_reference.c.external_id))
        .where(and_(contact_reference.c.contact_id == delivery.c.contact_id, contact_reference.c.source == "main"))
        .scalar_subquery()
    )
    known_by = func.coalesce(func.nullif(contact.c.external_id, ""), reference, "")
    names = ("arm", "state", "reason", "attempts", "reply", "message_id", "sent_at")
    return (
        select(delivery.c.id, known_by, delivery.c.address, *(delivery.c[name] for name in names))
        .join(contact, contact.c.id == delivery.c.contact_id)
        .where(delivery.c.mailing_id == mailing_id, delivery.c.id > after)
        .order_by(delivery.c.id)
        .limit(size)
    )
