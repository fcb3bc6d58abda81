"""What an attempt's outcome makes of the row: sent, another try at a time, given up, or parked."""

from __future__ import annotations

from datetime import datetime

from ..model.delivery import DeliveryState, Outcome, OutcomeKind
from ..store.claims import Claim
from ..store.marks import Settlement
from .retry import next_try
from .verdict import Fault


def settlement(claim: Claim, outcome: Outcome, now: datetime, draw: float) -> Settlement:
    """The row's next state at `now`; `draw` in [0, 1) is the jitter of a retry."""
    row, reply = claim.delivery, outcome.reply
    if outcome.kind is OutcomeKind.ACCEPTED:
        return Settlement(row, DeliveryState.SENT, now, reply=reply)
    if outcome.kind is OutcomeKind.UNKNOWN:
        return Settlement(row, DeliveryState.UNKNOWN, now, outcome.reason, reply)
    if outcome.kind is OutcomeKind.REFUSED:
        gone = outcome.reason == Fault.RECIPIENT
        return Settlement(row, DeliveryState.FAILED, now, outcome.reason, reply, hard_bounce=gone)
    tries = row.attempts + 1
    again = next_try(tries, claim.first_tried_at or now, now, draw)
    if again is None:
        return Settlement(row, DeliveryState.FAILED, now, f"{outcome.reason}: given up after {tries} tries", reply)
    hurried = outcome.reason == Fault.THROTTLE
    return Settlement(row, DeliveryState.DEFERRED, now, outcome.reason, reply, again, throttled=hurried)
