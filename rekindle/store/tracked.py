"""What the tracker must know of a delivery whose seal came back to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from .reach import reachable_clause
from .tables import contact, delivery, link, mailing


@dataclass(frozen=True, slots=True)
class TrackedDelivery:
    """A delivery with what its contact and mailing say; `tracking` None: by the workspace's default."""

    delivery_id: int
    contact_id: int
    mailing_id: int
    topic: str
    address_key: str
    current_address_key: str
    locale: str
    tracking: bool | None
    sent_at: datetime | None
    arm: str
    offer: int | None


def tracked_deliveries(connection: Connection, delivery_ids: Collection[int]) -> dict[int, TrackedDelivery]:
    """The deliveries of these ids that are there, by id."""
    statement = (
        select(
            delivery.c.id,
            delivery.c.contact_id,
            delivery.c.mailing_id,
            mailing.c.topic,
            delivery.c.address_key,
            contact.c.address_key,
            contact.c.locale,
            contact.c.tracking,
            delivery.c.sent_at,
            delivery.c.arm,
            delivery.c.offer,
        )
        .join(contact, contact.c.id == delivery.c.contact_id)
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(delivery.c.id.in_(delivery_ids))
    )
    return {row[0]: TrackedDelivery(*row) for row in connection.execute(statement)}


def existing_links(connection: Connection, link_ids: Collection[int]) -> set[int]:
    """Those of `link_ids` that are there."""
    return set(connection.scalars(select(link.c.id).where(link.c.id.in_(link_ids))))


def reachable_topics(connection: Connection, contact_id: int, topics: Sequence[str], as_of: datetime) -> set[str]:
    """Those of `topics` about which the contact gets letters as things stand at `as_of`."""
    if not topics:
        return set()
    answers = [reachable_clause(topic, as_of) for topic in topics]
    row = connection.execute(select(*answers).where(contact.c.id == contact_id)).one_or_none()
    return {topic for topic, answer in zip(topics, row or (), strict=False) if answer}
