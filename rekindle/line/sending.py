"""One sender at work: claims from the store, letters from the press, marks and outcomes back to the store."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from ..compose.values import LetterFacts
from ..deliver.dispatch import Patience, Pump
from ..deliver.envelope import Envelope
from ..deliver.settling import settlement
from ..deliver.transport import LostClaimError, Transport
from ..model.delivery import DeliveryState, Outcome
from ..model.letter import UnrenderableError
from ..store.deliveries import Claim, Claimant, Claimed, claim, release
from ..store.engine import Store
from ..store.links import ensure_links
from ..store.marks import Handing, Settlement
from ..store.writer import ClaimLostError, StoreThread
from .press import Press

BATCH = 100
"""Deliveries claimed at once: what a crash puts back, and what is in memory as facts."""


@dataclass
class Sending:
    """The work of one process at one mailing: what the pump is fed from (deliver.dispatch.Work)."""

    store: Store
    claimant: Claimant
    press: Press
    thread: StoreThread
    running_now: Callable[[], datetime]
    remaining: int | None = None
    _facts: dict[int, LetterFacts] = field(default_factory=dict)
    _links: dict[str, int] = field(default_factory=dict)

    async def claim(self) -> Sequence[Claim]:
        """The next deliveries whose contacts may still be written to; none: nothing is due, or the limit is reached."""
        while self.remaining is None or self.remaining > 0:
            claimed = await self.thread.call(self._claim)
            if claimed.claims:
                if self.remaining is not None:
                    self.remaining -= len(claimed.claims)
                self._facts |= await asyncio.to_thread(self._gather, claimed.claims)
                return claimed.claims
            if claimed.is_end:
                break
        return ()

    def _claim(self, connection: Connection) -> Claimed:
        size = BATCH if self.remaining is None else min(BATCH, self.remaining)
        return claim(connection, self.claimant, self.running_now(), size)

    def _gather(self, claims: Sequence[Claim]) -> dict[int, LetterFacts]:
        with self.store.reading() as connection:
            return self.press.facts(connection, claims)

    async def compose(self, item: Claim) -> Envelope | None:
        """The letter's bytes; None where they cannot be made: that one delivery has failed then, and says why."""
        row, now = item.delivery, self.running_now()
        try:
            facts = self._facts.pop(row.contact_id)
            filled = self.press.fill(row.arm, facts)
            missing = [url for url in filled.urls if url not in self._links]
            if missing:
                self._links |= await self.thread.call(
                    lambda connection: ensure_links(connection, row.mailing_id, missing)
                )
            return self.press.envelope(row, facts.contact, filled, self._links, now)
        except UnrenderableError as error:
            at = f"{error.at}: " if error.at else ""
            self.thread.settle(Settlement(row, DeliveryState.FAILED, now, f"unrenderable: {at}{error.reason}"))
            return None

    async def mark(self, item: Claim, envelope: Envelope) -> None:
        """Durably `handing`, or LostClaimError."""
        try:
            await self.thread.handing(Handing(item.delivery.delivery_id, envelope.message_id, self.running_now()))
        except ClaimLostError as error:
            raise LostClaimError(str(error)) from error

    def settle(self, item: Claim, outcome: Outcome) -> None:
        """The outcome, to the ledger."""
        draw = random.random()  # noqa: S311 jitter
        self.thread.settle(settlement(item, outcome, self.running_now(), draw))


async def send_due(
    store: Store,
    claimant: Claimant,
    press: Press,
    transport: Transport,
    running_now: Callable[[], datetime],
    *,
    connections: int,
    stop: threading.Event,
    limit: int | None = None,
    patience: Patience | None = None,
) -> None:
    """Send what is due of the claimant's mailing over `connections` connections, until nothing is left or `stop`.

    Whatever happens, letters in hand are settled and what was claimed but not begun is put back. Raises RelayError
    when the relay lets nobody in, StoreError when the ledger cannot be written.
    """
    async with StoreThread(store, claimant) as thread:
        work = Sending(store, claimant, press, thread, running_now, limit)
        pump: Pump[Claim] = Pump(transport, work, connections=connections, stop=stop, patience=patience or Patience())
        try:
            await pump.run()
        finally:
            await thread.call(lambda connection: release(connection, claimant))
