"""The part of the relay's connections that one process may open, while others come and go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum, auto

from ..model.error import StoreError
from ..store.connections import are_free, fair_share, give_back, keep_connections, take_connections
from ..store.engine import Connection, Store
from ..store.leases import SPAN, Lease, LeaseLostError

TICK = 0.05
LOOK = 1.0
"""Seconds between two looks at who else sends."""

SETTLED = 3.0
"""Seconds after which a part may grow: whoever has just gone may be back at once."""


class _Look(Enum):
    """What a look at the store tells the sender."""

    GO_ON = auto()
    REST = auto()
    ANOTHER_PART = auto()


class Shares:
    """`most` connections of all processes together; this one's part of them, taken and given back."""

    def __init__(
        self, store: Store, most: int, is_due: Callable[[Connection], bool], stands: Callable[[Connection], bool]
    ) -> None:
        self._store = store
        self._most = most
        self._is_due = is_due
        self._stands = stands
        self._held: list[Lease] = []

    def work(self, send: Callable[[int, threading.Event], None], stop: threading.Event) -> None:
        """Call `send` with our part until it ends by itself, anew whenever the part becomes another; its event says so.

        The sender is let rest too when the mailing does not stand any more (paused or cancelled): what it has claimed
        and not begun does not leave then. As long as others have all connections, wait, while anything is due.
        """
        while not stop.is_set():
            with self._store.writing() as connection:
                share = fair_share(connection, self._most, _now())
                self._held = take_connections(connection, self._most, (), share, _now())
            if not self._held:
                if stop.wait(LOOK / 2) or not self._something_is_due():
                    return
                continue
            if self._stint(send, stop):
                return

    def _stint(self, send: Callable[[int, threading.Event], None], stop: threading.Event) -> bool:
        """Whether `send` came to its end; else our part has become another."""
        rest, changed, over = threading.Event(), threading.Event(), threading.Event()
        keeper = threading.Thread(target=self._keep, args=(stop, rest, changed, over), daemon=True)
        keeper.start()
        try:
            send(len(self._held), rest)
        finally:
            over.set()
            keeper.join()
            with suppress(StoreError), self._store.writing() as connection:
                give_back(connection, self._held, _now())
        return stop.is_set() or not changed.is_set()

    def _keep(
        self, stop: threading.Event, rest: threading.Event, changed: threading.Event, over: threading.Event
    ) -> None:
        """Hold on to our connections, and let the sender rest when it is to stop or has to open fewer or more."""
        began = looked = kept = time.monotonic()
        while not over.wait(TICK):
            now = time.monotonic()
            if stop.is_set():
                rest.set()
            elif now - looked >= LOOK:
                looked = now
                renews = now - kept >= SPAN.total_seconds() / 4
                kept = now if renews else kept
                look = self._look(renews, settled=now - began >= SETTLED)
                if look is _Look.ANOTHER_PART:
                    changed.set()
                if look is not _Look.GO_ON:
                    rest.set()

    def _look(self, renews: bool, *, settled: bool) -> _Look:
        """Whether to go on; our part may be smaller by now, or could be larger, or be lost."""
        try:
            if renews:
                with self._store.writing() as connection:
                    keep_connections(connection, self._held, _now())
            with self._store.reading() as connection:
                share = fair_share(connection, self._most, _now())
                free = are_free(connection, self._most, _now())
                stands = self._stands(connection)
        except LeaseLostError:
            return _Look.ANOTHER_PART
        except StoreError:
            return _Look.GO_ON  # busy or away for a moment: the ledger itself tells whether it is more than that
        if not stands:
            return _Look.REST
        another = share < len(self._held) or (settled and free and share > len(self._held))
        return _Look.ANOTHER_PART if another else _Look.GO_ON

    def _something_is_due(self) -> bool:
        with self._store.reading() as connection:
            return self._is_due(connection)


def _now() -> datetime:
    return datetime.now(UTC)
