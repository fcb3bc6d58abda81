"""The ledger as a sender sees it: claims, links, marks and settlements; kept by a thread of the same process here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Protocol

from ..store.claims import Claimed
from ..store.links import ensure_links
from ..store.marks import Handing, Settlement
from ..store.writer import StoreThread
from .claiming import Claiming


class Ledger(Protocol):
    """What a sender asks of whoever owns the store. Every answer may be the StoreError that stops all sending."""

    def claim(self) -> Awaitable[Claimed]:
        """The next deliveries."""

    def link_ids(self, urls: Sequence[str]) -> Awaitable[dict[str, int]]:
        """The ids of these links of the mailing, made where they are not there yet."""

    def handing(self, mark: Handing) -> asyncio.Future[None]:
        """Done when the mark is durable; ClaimLostError where the delivery is another's by now."""

    def settle(self, settlement: Settlement) -> None:
        """Written before the next mark of the same sender."""


class OwnLedger:
    """The ledger of a process that sends alone."""

    def __init__(self, thread: StoreThread, claiming: Claiming) -> None:
        self._thread = thread
        self._claiming = claiming
        self.handing = thread.handing
        self.settle = thread.settle

    def claim(self) -> Awaitable[Claimed]:
        """See Ledger."""
        return self._thread.call(self._claiming.next)

    def link_ids(self, urls: Sequence[str]) -> Awaitable[dict[str, int]]:
        """See Ledger."""
        mailing_id = self._claiming.claimant.mailing_id
        return self._thread.call(lambda connection: ensure_links(connection, mailing_id, urls))
