"""What the pages and links look up in the store, off the event loop, and what is remembered of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync

from ..model.error import RekindleError, StoreError
from ..store.consents import current, holds
from ..store.engine import Store
from ..store.links import link_url
from ..store.tracked import TrackedDelivery, reachable_topics, tracked_deliveries

PATIENCE = 5.0
"""Seconds after which a reader is told to come again instead of waiting for the store."""

MOST_LINKS = 20_000

T = TypeVar("T")


class Lookup:
    """Reads for the endpoints. Every method raises StoreError where the store does not answer in time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._links: OrderedDict[int, str] = OrderedDict()

    async def link(self, link_id: int) -> str | None:
        """Where the link leads. Links never change, so those once seen need no store."""
        known = self._links.get(link_id)
        if known is not None:
            self._links.move_to_end(link_id)
            return known
        url = await patiently(lambda: self._link(link_id))
        if url is not None:
            self._links[link_id] = url
            if len(self._links) > MOST_LINKS:
                self._links.popitem(last=False)
        return url

    async def delivery(self, delivery_id: int) -> TrackedDelivery | None:
        """The delivery, its contact and its mailing, or None where there is none."""
        return await patiently(lambda: self._delivery(delivery_id))

    async def topics(self, contact_id: int, topics: list[str], as_of: datetime) -> set[str]:
        """Those of `topics` about which the contact gets letters."""
        return await patiently(lambda: self._topics(contact_id, topics, as_of))

    async def consented(self, contact_id: int, topic: str, as_of: datetime) -> bool:
        """Whether the contact allows letters about `topic`."""
        return await patiently(lambda: self._consented(contact_id, topic, as_of))

    def _link(self, link_id: int) -> str | None:
        with self._store.reading() as connection:
            return link_url(connection, link_id)

    def _delivery(self, delivery_id: int) -> TrackedDelivery | None:
        with self._store.reading() as connection:
            return tracked_deliveries(connection, [delivery_id]).get(delivery_id)

    def _topics(self, contact_id: int, topics: list[str], as_of: datetime) -> set[str]:
        with self._store.reading() as connection:
            return reachable_topics(connection, contact_id, topics, as_of)

    def _consented(self, contact_id: int, topic: str, as_of: datetime) -> bool:
        with self._store.reading() as connection:
            return holds(current(connection, contact_id, as_of), topic)


async def patiently(read: Callable[[], T]) -> T:
    """What `read` gives, in a thread of its own. Raises StoreError where it fails or takes too long."""
    try:
        with anyio.fail_after(PATIENCE):
            return await run_sync(read, abandon_on_cancel=True)
    except TimeoutError as error:
        raise StoreError("the store did not answer in time") from error
    except RekindleError as error:
        raise StoreError(str(error)) from error
