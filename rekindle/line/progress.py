"""How far a mailing is while it is sent: looked up in the ledger once a second, from beside the senders."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from ..model.error import StoreError
from ..model.mailing import Tally
from ..store.engine import Store
from ..store.mailings import tally

EVERY = 1.0
"""Seconds between two looks, or more where a look takes long."""

SPAN = 10
"""Looks that the rate is taken over."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`rate`: letters a second of late; `left`: how long the waiting ones would take at it, None where it is 0."""

    tally: Tally
    rate: float

    @property
    def left(self) -> timedelta | None:
        """The time until nothing waits any more, at this rate."""
        return timedelta(seconds=self.tally.waiting / self.rate) if self.rate > 0 else None


@contextmanager
def watched(store: Store, mailing_id: int, tell: Callable[[Progress], None] | None) -> Iterator[None]:
    """Call `tell` with the progress of the mailing, again and again, as long as the block runs."""
    in_memory = store.engine.url.database in (None, "", ":memory:")
    if tell is None or in_memory:
        yield
        return
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(store, mailing_id, tell, stop), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def _watch(store: Store, mailing_id: int, tell: Callable[[Progress], None], stop: threading.Event) -> None:
    looks: deque[tuple[float, int]] = deque(maxlen=SPAN)
    pause = 0.0
    while not stop.wait(pause):
        began = time.monotonic()
        try:
            with store.reading() as connection:
                ledger = tally(connection, mailing_id)
        except StoreError:
            pause = EVERY  # busy for a moment: the senders' own statements tell whether it is more than that
            continue
        looks.append((began, ledger.planned - ledger.waiting))
        (first, done_then), (last, done_now) = looks[0], looks[-1]
        tell(Progress(ledger, (done_now - done_then) / (last - first) if last > first else 0.0))
        pause = max(EVERY, 20 * (time.monotonic() - began))
