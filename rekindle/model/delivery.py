"""A delivery: our duty to bring one letter to one contact; a row with a state (LEDGER)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class DeliveryState(StrEnum):
    """Where a delivery stands. The last five are ends, though `unknown` may be settled later."""

    QUEUED = "queued"
    DEFERRED = "deferred"
    CLAIMED = "claimed"
    HANDING = "handing"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


ALLOWED_STEPS: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.QUEUED: frozenset({DeliveryState.CLAIMED, DeliveryState.SKIPPED, DeliveryState.EXPIRED}),
    DeliveryState.DEFERRED: frozenset({DeliveryState.CLAIMED, DeliveryState.SKIPPED, DeliveryState.EXPIRED}),
    DeliveryState.CLAIMED: frozenset(
        {
            DeliveryState.QUEUED,
            DeliveryState.SKIPPED,
            DeliveryState.EXPIRED,
            DeliveryState.FAILED,
            DeliveryState.DEFERRED,
            DeliveryState.HANDING,
        }
    ),
    DeliveryState.HANDING: frozenset(
        {DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.FAILED, DeliveryState.UNKNOWN}
    ),
    DeliveryState.UNKNOWN: frozenset({DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.QUEUED}),
    DeliveryState.SENT: frozenset(),
    DeliveryState.FAILED: frozenset(),
    DeliveryState.SKIPPED: frozenset(),
    DeliveryState.EXPIRED: frozenset(),
}
"""The steps a delivery may take; the store refuses every other."""

WAITING_STATES = frozenset({DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.CLAIMED, DeliveryState.HANDING})
"""planned = sent + failed + skipped + expired + unknown + waiting; these are the waiting ones."""


class OutcomeKind(StrEnum):
    """What one attempt came to."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Outcome(NamedTuple):
    """The end of one attempt; `reply` is the server's words; `about_recipient` is False where the refusal is about us.

    `reason` is one word for the ledger: whose fault it is (empty when accepted).
    """

    kind: OutcomeKind
    reply: str = ""
    code: int = 0
    enhanced: str = ""
    about_recipient: bool = True
    reason: str = ""


class Delivery(NamedTuple):
    """One row of the ledger, as the sending engine claims it."""

    delivery_id: int
    mailing_id: int
    contact_id: int
    address: str
    arm: str
    state: DeliveryState
    attempts: int
    message_id: str
    due_at: datetime | None = None
    offer: int | None = None
