"""One sender at work: claims from the store, letters from the press, marks and outcomes back to the store."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..compose.letter import FilledLetter
from ..compose.values import LetterFacts
from ..deliver.dispatch import Patience, Pump
from ..deliver.envelope import Envelope
from ..deliver.settling import settlement
from ..deliver.transport import LostClaimError, Transport
from ..model.contact import Contact
from ..model.delivery import DeliveryState, Outcome
from ..model.letter import UnrenderableError
from ..store.claims import Claim, release
from ..store.engine import Store
from ..store.marks import Handing, Settlement
from ..store.writer import ClaimLostError, StoreThread
from .claiming import Claiming
from .ledger import Ledger, OwnLedger
from .press import Press

FILLED_AT_ONCE = 2
"""Letters that are filled before those in hand have their turn: a tenth of a millisecond."""

LONGEST_WAIT = 1.0
"""Seconds after which the paces are looked at again: another worker may have left some of a rate unused."""

TAKEN_OVER = "another process has taken over this mailing; this one stops, nothing is lost"

LINKS_KEPT = 10_000
"""URLs whose ids are remembered; a mailing whose links differ from contact to contact must not fill the memory."""


@dataclass
class Sending:
    """The work of one process at one mailing: what the pump is fed from (deliver.dispatch.Work)."""

    store: Store
    ledger: Ledger
    press: Press
    running_now: Callable[[], datetime]
    _letters: dict[int, tuple[Contact, FilledLetter]] = field(default_factory=dict)
    _links: dict[str, int] = field(default_factory=dict)
    _link_ids: dict[int, dict[str, int]] = field(default_factory=dict)

    async def claim(self) -> Sequence[Claim]:
        """The next deliveries whose contacts may still be written to; none: nothing is due, or the limit is reached."""
        while True:
            claimed = await self.ledger.claim()
            ready = await self._fill(claimed.claims) if claimed.claims else []
            if ready:
                return ready
            if claimed.is_end:
                return ()
            if claimed.wait is not None:
                await asyncio.sleep(min(claimed.wait.total_seconds(), LONGEST_WAIT))

    async def _fill(self, claims: Sequence[Claim]) -> list[Claim]:
        """Fill the letters of a batch and store the links that they hold; those that cannot be filled have failed."""
        facts = await asyncio.to_thread(self._gather, claims)
        ready = []
        for number, item in enumerate(claims):
            try:
                one = facts[item.delivery.contact_id]
                self._letters[item.delivery.delivery_id] = (one.contact, self.press.fill(item.delivery.arm, one))
                ready.append(item)
            except UnrenderableError as error:
                self._fail(item, error)
            if number % FILLED_AT_ONCE == 0:
                await asyncio.sleep(0)  # letters in hand go on meanwhile
        await self._store_links(ready)
        return ready

    def _gather(self, claims: Sequence[Claim]) -> dict[int, LetterFacts]:
        with self.store.reading() as connection:
            return self.press.facts(connection, claims)

    async def _store_links(self, claims: Sequence[Claim]) -> None:
        """A link must be in the store before a letter that holds it leaves: the tracker follows only stored ones."""
        asked = dict.fromkeys(url for item in claims for url in self._letters[item.delivery.delivery_id][1].urls)
        missing = [url for url in asked if url not in self._links]
        if missing:
            if len(self._links) > LINKS_KEPT:
                self._links.clear()
                missing = list(asked)
            self._links |= await self.ledger.link_ids(missing)
        for item in claims:
            urls = self._letters[item.delivery.delivery_id][1].urls
            self._link_ids[item.delivery.delivery_id] = {url: self._links[url] for url in urls}

    async def compose(self, item: Claim) -> Envelope | None:
        """The letter's bytes; None where they cannot be made: that one delivery has failed then, and says why."""
        row = item.delivery
        contact, filled = self._letters.pop(row.delivery_id)
        try:
            return self.press.envelope(row, contact, filled, self._link_ids.pop(row.delivery_id), self.running_now())
        except UnrenderableError as error:
            self._fail(item, error)
            return None

    def _fail(self, item: Claim, error: UnrenderableError) -> None:
        reason = f"unrenderable: {error.at}: {error.reason}" if error.at else f"unrenderable: {error.reason}"
        self.ledger.settle(Settlement(item.delivery, DeliveryState.FAILED, self.running_now(), reason))

    def mark(self, item: Claim, envelope: Envelope) -> asyncio.Future[None]:
        """Done when durably `handing`; ClaimLostError where it is another's by now."""
        return self.ledger.handing(Handing(item.delivery.delivery_id, envelope.message_id, self.running_now()))

    def settle(self, item: Claim, outcome: Outcome) -> None:
        """The outcome, to the ledger."""
        draw = random.random()  # noqa: S311 jitter
        self.ledger.settle(settlement(item, outcome, self.running_now(), draw))


async def send_due(
    store: Store,
    claiming: Claiming,
    transport: Transport,
    *,
    connections: int,
    stop: threading.Event,
    patience: Patience | None = None,
) -> None:
    """Send what is due over `connections` connections, until nothing is left or `stop`, alone in this process.

    Whatever happens, letters in hand are settled and what was claimed but not begun is put back. Raises RelayError
    when the relay lets nobody in, StoreError when the ledger cannot be written.
    """
    claimant = claiming.claimant
    async with StoreThread(store, claimant, connections) as thread:
        work = Sending(store, OwnLedger(thread, claiming), claiming.press, claiming.running_now)
        try:
            await hand_over_all(work, transport, connections=connections, stop=stop, patience=patience)
        finally:
            await thread.call(lambda connection: release(connection, claimant))


async def hand_over_all(
    work: Sending,
    transport: Transport,
    *,
    connections: int,
    stop: threading.Event,
    patience: Patience | None = None,
) -> None:
    """Pump until nothing is due or `stop`. Raises RelayError, StoreError, and LostClaimError after a take-over."""
    pump: Pump[Claim] = Pump(transport, work, connections=connections, stop=stop, patience=patience or Patience())
    try:
        await pump.run()
    except ClaimLostError as error:
        raise LostClaimError(TAKEN_OVER) from error
