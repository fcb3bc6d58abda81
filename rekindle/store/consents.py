"""Consents: the append-only record of who allowed what, and when it was taken back (GDPR art. 7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select

from ..model.consent import EVERY_TOPIC, Consent
from .tables import consent, contact


def current(connection: Connection, contact_id: int, as_of: datetime) -> dict[str, Consent]:
    """The latest entry of each topic (and of `*`) at `as_of`, the later ones last; see `holds` for what they mean."""
    rows = connection.execute(
        select(consent)
        .where(consent.c.contact_id == contact_id, consent.c.occurred_at <= as_of)
        .order_by(consent.c.occurred_at, consent.c.id)
    )
    entries: dict[str, Consent] = {}
    for row in rows:
        entries.pop(row.topic, None)
        entries[row.topic] = Consent(row.contact_id, row.topic, row.given, row.occurred_at, row.source, row.proof)
    return entries


def holds(entries: Mapping[str, Consent], topic: str) -> bool:
    """Whether the latest entry of `topic` or `*` is a grant; `entries` as `current` gives them."""
    covering = [entry for entry in entries.values() if entry.topic in (topic, EVERY_TOPIC)]
    return bool(covering) and covering[-1].given


def grant(
    connection: Connection,
    contact_id: int,
    topic: str,
    at: datetime,
    source: str,
    *,
    proof: str = "",
    recorded_at: datetime | None = None,
) -> bool:
    """Record that the contact allows letters about `topic` (`*`: all). False, and nothing new, where it already did."""
    if holds(current(connection, contact_id, at), topic):
        return False
    _append(connection, Consent(contact_id, topic, True, at, source, proof), recorded_at)
    return True


def withdraw(
    connection: Connection,
    contact_id: int,
    topic: str,
    at: datetime,
    source: str,
    *,
    proof: str = "",
    recorded_at: datetime | None = None,
) -> bool:
    """Record that the contact takes `topic` (`*`: everything) back. False, and no new entry, where it already had.

    A contact who never consented is recorded too: the demand to stop outlives a later import of an older consent.
    """
    if _is_withdrawn(current(connection, contact_id, at), topic):
        return False
    _append(connection, Consent(contact_id, topic, False, at, source, proof), recorded_at)
    return True


def sharing_mailbox(connection: Connection, contact_id: int, address_keys: Collection[str]) -> list[int]:
    """The contact and all others whose letters go to one of these mailboxes, by id: who reads there speaks for all."""
    keys = [key for key in address_keys if key]
    statement = select(contact.c.id).where(or_(contact.c.id == contact_id, contact.c.address_key.in_(keys)))
    return list(connection.scalars(statement.order_by(contact.c.id)))


def _is_withdrawn(entries: Mapping[str, Consent], topic: str) -> bool:
    if topic == EVERY_TOPIC:
        # an entry for `*` must be there: topics without an entry of their own are covered by it alone
        return EVERY_TOPIC in entries and not any(holds(entries, each) for each in entries)
    return bool({topic, EVERY_TOPIC} & entries.keys()) and not holds(entries, topic)


def _append(connection: Connection, entry: Consent, recorded_at: datetime | None) -> None:
    row = {name: getattr(entry, name) for name in Consent.__slots__}
    connection.execute(insert(consent), row | {"recorded_at": recorded_at or entry.occurred_at})
