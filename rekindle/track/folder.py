"""The store thread: takes the journal into the store, batch by batch, whatever the store is doing meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from ..model.error import RekindleError
from ..store.engine import Store
from .folding import fold_records
from .journal import Batch, Journal
from .record import read_record

LARGEST_BATCH = 500
"""Records in one commit, so that a sender beside us waits little for the store."""

TICK = 0.5
"""Seconds between looks at the journal while nobody hurries us."""

YIELD = 0.005
"""Seconds between two batches in which others get at an SQLite store."""


class Folder:
    """Folds `journals` (the process's own first) into `store` in a thread of its own, from `start` to `stop`."""

    def __init__(
        self,
        store: Store,
        journals: Sequence[Journal],
        now: Callable[[], datetime],
        say: Callable[[str], None],
        *,
        tracking_default: bool = True,
    ) -> None:
        self._store = store
        self._journals = journals
        self._now = now
        self._say = say
        self._tracking_default = tracking_default
        self._hurry = threading.Event()
        self._stopping = False
        self._progress = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="fold", daemon=True)
        self.trouble = ""
        """Why nothing can be folded at the moment, or empty."""

    def start(self) -> None:
        """Begin, with what earlier processes left behind."""
        for journal in self._journals:
            if journal.torn:
                self._say(f"{journal.path}: the last line was torn by a crash; it is kept in {journal.path}.aside")
        self._thread.start()

    def stop(self) -> None:
        """Fold what is left, then end. What the store will not take now stays in the journal, and is said so."""
        self._stopping = True
        self._hurry.set()
        self._thread.join()
        left = [journal for journal in self._journals if journal.waiting]
        for journal in left:
            self._say(f"the store did not take everything; the rest waits in {journal.path} for the next start")

    def hurry(self) -> None:
        """Fold now, not at the next tick."""
        self._hurry.set()

    def wait_folded(self, position: int, timeout: float) -> bool:
        """Hurry, and wait at most `timeout` seconds until the own journal is folded up to `position`."""
        own = self._journals[0]
        self.hurry()
        with self._progress:
            return self._progress.wait_for(lambda: own.folded_to >= position, timeout)

    def _run(self) -> None:
        while not self._stopping:
            self._hurry.wait(TICK)
            self._hurry.clear()
            self._fold_all()
        self._fold_all()

    def _fold_all(self) -> None:
        try:
            for journal in self._journals:
                while batch := _next(journal):
                    self._fold(journal, batch)
                    time.sleep(YIELD)
        except RekindleError as error:
            self._report(str(error))
        except Exception as error:  # the thread must outlive a fault of ours: the lines are safe in the journal
            self._report(f"{type(error).__name__}: {error}")
        else:
            self._report("")

    def _fold(self, journal: Journal, batch: Batch) -> None:
        read = [(line, read_record(line)) for line in batch.lines]
        records = {record: line for line, record in read if record is not None}
        with self._store.writing() as connection:
            folded = fold_records(connection, list(records), self._now(), tracking_default=self._tracking_default)
        damaged = [line for line, record in read if record is None] + [records[stray] for stray in folded.strays]
        if damaged:
            aside = journal.set_aside(b"".join(damaged))
            self._say(f"{len(damaged)} lines of the journal fit nothing in this store; they are kept in {aside}")
        journal.settle(batch)
        with self._progress:
            self._progress.notify_all()

    def _report(self, trouble: str) -> None:
        if trouble and not self.trouble:
            self._say(f"nothing is lost, events wait in {self._journals[0].path}: {trouble}")
        elif self.trouble and not trouble:
            self._say("the store takes events in again")
        self.trouble = trouble


def _next(journal: Journal) -> Batch | None:
    batch = journal.read(LARGEST_BATCH)
    return batch if batch.lines else None
