"""Events: what the world did to a delivery; appended, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What happened. `sent` is a delivery's state, not an event."""

    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing the world did; `machine` when a scanner or proxy did it, not a person."""

    kind: EventKind
    contact_id: int
    mailing_id: int | None
    delivery_id: int | None
    occurred_at: datetime
    machine: bool = False
    link_id: int | None = None
    detail: str = ""
