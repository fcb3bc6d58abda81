"""When a deferred letter is tried again (LEDGER), for three days."""

from __future__ import annotations

from datetime import datetime, timedelta

SCHEDULE = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=60),
    timedelta(hours=4),
)
"""The pause after the first, second .. try; the last one repeats."""

GIVE_UP_AFTER = timedelta(days=3)
JITTER = 0.2
"""A pause is stretched by up to this share, so that letters deferred together do not come back together."""


def next_try(attempts: int, first_tried_at: datetime, now: datetime, draw: float) -> datetime | None:
    """When to try again after `attempts` (1 and up) tries, or None when the three days are over.

    `draw` in [0, 1) is the jitter's random number, given from outside.
    """
    pause = SCHEDULE[min(max(attempts, 1), len(SCHEDULE)) - 1]
    again = now + pause * (1 + JITTER * draw)
    return None if again - first_tried_at > GIVE_UP_AFTER else again
