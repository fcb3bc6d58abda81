"""The listener: takes down what was done, in the journal first, and in time in the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from ..store.engine import Store
from .folder import Folder
from .journal import Journal, JournalError, take_journals
from .record import Record

FOLD_PATIENCE = 2.0
"""Seconds that an unsubscribing reader waits for the store; on the disk it is already."""

MOST_WAITERS = 16
"""Readers who wait so at one moment; the others get their answer straight from the disk."""


class Listener:
    """The journal of this process and the thread that folds it. `start` before the first record, `stop` at the end."""

    def __init__(
        self,
        store: Store,
        journal: Path,
        now: Callable[[], datetime],
        say: Callable[[str], None],
        *,
        tracking_default: bool,
    ) -> None:
        self._store = store
        self._path = journal
        self._now = now
        self._say = say
        self._tracking_default = tracking_default
        self._journals: list[Journal] = []
        self._waiters = CapacityLimiter(MOST_WAITERS)
        self.lost = 0
        """Opens and clicks that found no room in the journal."""

    def start(self) -> None:
        """Take a journal and begin to fold; nothing where that is done already. Raises JournalError."""
        if self._journals:
            return
        self._journals = take_journals(self._path)
        self._folder = Folder(
            self._store, self._journals, self._now, self._say, tracking_default=self._tracking_default
        )
        self._folder.start()

    def stop(self) -> None:
        """Fold what is left and give the journal back; nothing where that is done already."""
        if not self._journals:
            return
        self._folder.stop()
        for journal in self._journals:
            journal.close()
        self._journals = []

    @property
    def trouble(self) -> str:
        """What a person should look at, or empty."""
        return f"{self.lost} events found no room in the journal" if self.lost else self._folder.trouble

    @property
    def waiting(self) -> int:
        """Octets in the journal that are not folded yet."""
        return sum(journal.waiting for journal in self._journals)

    def heard(self, record: Record) -> None:
        """Take down an open or a click. Never fails and never waits: a reader must get the picture and the page."""
        try:
            self._journals[0].append(record.line())
        except JournalError as error:
            if not self.lost:
                self._say(f"an open or click is lost: {error}")
            self.lost += 1

    async def obey(self, record: Record) -> None:
        """Take down what a reader wants of us: on the disk when this returns, in the store as soon as it takes it.

        Raises JournalError; then the reader must not be told that it is done.
        """
        position = await run_sync(lambda: self._journals[0].append(record.line(), durable=True))
        self._folder.hurry()
        if not self._folder.trouble and self._waiters.available_tokens > 0:
            await run_sync(self._folder.wait_folded, position, FOLD_PATIENCE, limiter=self._waiters)

    def fold(self, timeout: float = 10.0) -> bool:
        """Wait until all that was taken down so far is in the store; False where it took longer than `timeout`."""
        own = self._journals[0]
        return self._folder.wait_folded(own.folded_to + own.waiting, timeout)
