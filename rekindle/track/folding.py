"""Folding: records of the journal into events and consents, one transaction a batch, nothing twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..model.consent import EVERY_TOPIC
from ..model.event import Event, EventKind
from ..model.suppression import SuppressionKind, SuppressionReason
from ..store.consents import grant, sharing_mailbox, withdraw
from ..store.engine import Connection
from ..store.events import append_events, fingerprint, has_event, human_clicks, judge_machine
from ..store.suppressions import lift
from ..store.tracked import TrackedDelivery, existing_links, tracked_deliveries
from .machines import bursts, machine_moment
from .record import Record, RecordKind

SOURCE = "rekindle serve"
"""Where the consents that come in here are from."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What a batch came to: events that are new, and records of deliveries or links that this store does not know."""

    events: int
    strays: tuple[Record, ...]


def fold_records(
    connection: Connection, records: Sequence[Record], recorded_at: datetime, *, tracking_default: bool
) -> Folded:
    """Take `records` into the store. Opens and clicks of contacts who do not want to be tracked leave nothing."""
    deliveries = tracked_deliveries(connection, {record.delivery_id for record in records})
    links = existing_links(connection, {record.link_id for record in records if record.link_id})
    known = [record for record in records if record.delivery_id in deliveries and _leads(record, links)]
    strays = tuple(record for record in records if record not in set(known))
    events = append_events(connection, _seen(known, deliveries, tracking_default), recorded_at)
    _judge_bursts(connection, known)
    for record in known:
        if record.kind in (RecordKind.UNSUBSCRIBED, RecordKind.CHOSE):
            events += _act(connection, record, deliveries[record.delivery_id], recorded_at)
    return Folded(events, strays)


def _leads(record: Record, links: set[int]) -> bool:
    return record.kind is not RecordKind.CLICKED or record.link_id in links


def _seen(
    records: Sequence[Record], deliveries: Mapping[int, TrackedDelivery], tracking_default: bool
) -> dict[str, Event]:
    """Opens and clicks as events, by fingerprint."""
    events: dict[str, Event] = {}
    for record in records:
        delivery = deliveries[record.delivery_id]
        wanted = tracking_default if delivery.tracking is None else delivery.tracking
        if wanted and record.kind in (RecordKind.OPENED, RecordKind.CLICKED):
            events[fingerprint("journal", record.line().decode())] = _event(record, delivery)
    return events


def _event(record: Record, delivery: TrackedDelivery) -> Event:
    machine = record.machine or machine_moment(record.occurred_at, delivery.sent_at)
    return Event(
        kind=EventKind(record.kind.value),
        contact_id=delivery.contact_id,
        mailing_id=delivery.mailing_id,
        delivery_id=delivery.delivery_id,
        occurred_at=record.occurred_at,
        machine=bool(machine),
        link_id=record.link_id or None,
        detail=machine,
    )


def _judge_bursts(connection: Connection, records: Sequence[Record]) -> None:
    clicked = {record.delivery_id for record in records if record.kind is RecordKind.CLICKED}
    judge_machine(connection, bursts(human_clicks(connection, clicked)), "burst")


def _act(connection: Connection, record: Record, delivery: TrackedDelivery, recorded_at: datetime) -> int:
    """Change what the contact allows; 1 where that ends letters of this kind and becomes an event."""
    if record.kind is RecordKind.CHOSE and record.chosen:
        ended = _choose(connection, record, delivery, recorded_at)
    else:
        everything = record.every_topic or record.kind is RecordKind.CHOSE or not delivery.topic
        topic = EVERY_TOPIC if everything else delivery.topic
        ended = _withdraw(connection, record, delivery, topic, recorded_at)
        ended = ended or not has_event(connection, delivery.delivery_id, EventKind.UNSUBSCRIBED)
    if not ended:
        return 0
    event = Event(
        EventKind.UNSUBSCRIBED, delivery.contact_id, delivery.mailing_id, delivery.delivery_id, record.occurred_at,
        detail=record.how,
    )  # fmt: skip
    return append_events(connection, {fingerprint("journal", record.line().decode()): event}, recorded_at)


def _choose(connection: Connection, record: Record, delivery: TrackedDelivery, recorded_at: datetime) -> bool:
    """Whether the topic of this very letter was among those taken back."""
    for topic in record.chosen:
        proof = _proof(record, delivery)
        grant(connection, delivery.contact_id, topic, record.occurred_at, SOURCE, proof=proof, recorded_at=recorded_at)
    # who asks for letters from the mailbox itself takes back an earlier "no more"; bounces and complaints stand
    lift(
        connection, SuppressionKind.ADDRESS, delivery.current_address_key, record.occurred_at,
        topic=None, reason=SuppressionReason.UNSUBSCRIBED,
    )  # fmt: skip
    refused = [topic for topic in record.offered if topic not in record.chosen]
    ended = {topic for topic in refused if _withdraw(connection, record, delivery, topic, recorded_at)}
    return delivery.topic in ended


def _withdraw(
    connection: Connection, record: Record, delivery: TrackedDelivery, topic: str, recorded_at: datetime
) -> bool:
    """Take the consent back for all contacts behind the mailbox; whether any had not been taken back before."""
    mailboxes = {delivery.address_key, delivery.current_address_key}
    proof = _proof(record, delivery)
    withdrawn = [
        withdraw(connection, contact_id, topic, record.occurred_at, SOURCE, proof=proof, recorded_at=recorded_at)
        for contact_id in sharing_mailbox(connection, delivery.contact_id, mailboxes)
    ]
    return any(withdrawn)


def _proof(record: Record, delivery: TrackedDelivery) -> str:
    return f"{record.how} by the reader of delivery {delivery.delivery_id}"
