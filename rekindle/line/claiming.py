"""Claiming for a mailing: what may be taken next, by its limit, its warm-up and its circuit breaker."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ..model.mailing import MailingState
from ..store.breaker import why_stopped
from ..store.claims import Claimant, Claimed, claim
from ..store.deliveries import count_free, count_waiting
from ..store.engine import Connection
from ..store.mailings import step_mailing
from ..store.warmup import put_off, warmup_left
from .press import Press

BATCH = 100
"""Deliveries claimed at once: what a crash puts back, and what is in memory as letters."""

LEAST = 5
"""Deliveries that one claim may take however few are left: each has a transaction of its own."""

PLENTY = 20
"""Batches for each sender that are known to be there by one look."""


@dataclass
class Claiming:
    """Claims for all senders of one mailing, in one thread; `remaining`: the most letters yet.

    Of `senders` that claim by turns none takes the last letters for itself, to hand them over while the others idle.
    """

    claimant: Claimant
    press: Press
    running_now: Callable[[], datetime]
    remaining: int | None = None
    senders: int = 1
    _free: int = field(default=0, init=False)
    _look_again_at: float = field(default=0.0, init=False)

    def next(self, connection: Connection) -> Claimed:
        """The next deliveries whose contacts may still be written to."""
        press, now = self.press, self.running_now()
        if self.remaining == 0 or self._breaks(connection, now):
            return Claimed(standing=False)
        size = BATCH if self.remaining is None else min(BATCH, self.remaining)
        if press.warmup is not None:
            size = min(size, warmup_left(connection, press.warmup, now))
            if size <= 0:
                return Claimed(passed_over=put_off(connection, press.warmup, self.claimant.mailing_id, now))
        size = min(size, self._part(connection))
        claimed = claim(connection, self.claimant, now, size, press.cap, press.window, press.rung, press.sending)
        if self.remaining is not None:
            self.remaining -= len(claimed.claims)
        return claimed

    def _part(self, connection: Connection) -> int:
        """The most that one sender takes: half of its even part of what is left, so that turns even out."""
        if self.senders == 1:
            return BATCH
        if self._free < 2 * self.senders * BATCH:
            self._free = count_free(connection, self.claimant.mailing_id, PLENTY * self.senders * BATCH)
        part = max(LEAST, min(BATCH, self._free // (2 * self.senders)))
        self._free -= part
        return part

    def _breaks(self, connection: Connection, now: datetime) -> bool:
        """Let the mailing pause where too much comes back; looked at as often as it costs a twentieth of our time."""
        began = time.monotonic()
        if began < self._look_again_at:
            return False
        why = why_stopped(connection, self.claimant.mailing_id, self.press.stop_when)
        if why and count_waiting(connection, self.claimant.mailing_id):
            step_mailing(connection, self.claimant.mailing_id, MailingState.PAUSED, now, reason=why)
            return True
        self._look_again_at = time.monotonic() + max(0.1, 20 * (time.monotonic() - began))
        return False
