"""Events: what the world did, appended in batches and never twice."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, not_, select, update

from ..model.event import Event, EventKind
from .fresh import add_fresh
from .tables import event


@dataclass(frozen=True, slots=True)
class Click:
    """One click as it lies in the store, for judging whether a person made it."""

    event_id: int
    delivery_id: int
    link_id: int | None
    occurred_at: datetime


def fingerprint(*parts: object) -> str:
    """One word for one happening, from whatever tells it apart (a journal line; a bounce's Message-ID and time)."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def append_events(connection: Connection, events: Mapping[str, Event], recorded_at: datetime) -> int:
    """Append `events`, given by fingerprint; how many are new. Those whose fingerprint is known are left alone."""
    rows = [
        {
            "kind": one.kind.value,
            "contact_id": one.contact_id,
            "mailing_id": one.mailing_id,
            "delivery_id": one.delivery_id,
            "link_id": one.link_id,
            "occurred_at": one.occurred_at,
            "recorded_at": recorded_at,
            "machine": one.machine,
            "detail": one.detail,
            "fingerprint": mark,
        }
        for mark, one in events.items()
    ]
    return len(add_fresh(connection, event, rows, unique=("fingerprint",)))


def human_clicks(connection: Connection, delivery_ids: Collection[int]) -> list[Click]:
    """The clicks of these deliveries that are taken for a person's, by delivery and moment."""
    statement = (
        select(event.c.id, event.c.delivery_id, event.c.link_id, event.c.occurred_at)
        .where(event.c.delivery_id.in_(delivery_ids), event.c.kind == EventKind.CLICKED.value, not_(event.c.machine))
        .order_by(event.c.delivery_id, event.c.occurred_at, event.c.id)
    )
    return [Click(*row) for row in connection.execute(statement)]


def judge_machine(connection: Connection, event_ids: Collection[int], detail: str) -> int:
    """Take these events for a machine's after all, for the reason in `detail`; how many.

    Only the judgement changes, never what happened: the first clicks of a burst look human until the last has come.
    """
    statement = update(event).where(event.c.id.in_(event_ids)).values(machine=True, detail=detail)
    return connection.execute(statement).rowcount if event_ids else 0


def has_event(connection: Connection, delivery_id: int, kind: EventKind) -> bool:
    """Whether something of this kind was ever heard of the delivery."""
    statement = select(event.c.id).where(event.c.delivery_id == delivery_id, event.c.kind == kind.value).limit(1)
    return connection.scalar(statement) is not None
