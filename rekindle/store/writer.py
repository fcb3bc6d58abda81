"""Who writes for the wire: one writer owns one connection, and what came while it was busy is one commit."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection

from ..model.error import StoreError
from .claims import Claimant
from .engine import Store
from .marks import (
    Handing,
    MarkRow,
    SentRow,
    Settlement,
    mark_and_settle,
    mark_row,
    sent_row,
    settle,
    write_marks,
    write_sent,
)

T = TypeVar("T")


GATHER = 0.001
"""Seconds after a commit in which a group of marks is left open: a synced commit costs many times what a row does."""

SLICE = 0.00025
"""Seconds between two looks at whether a group is large enough; so long it is open at least, for the mark that follows
the end of a letter."""


class ClaimLostError(Exception):
    """The delivery is another worker's by now: its letter must not leave."""

    def __init__(self) -> None:
        super().__init__("another worker has this letter")


class Writer:
    """Writes groups of marks and settlements over a connection that nobody else uses, and works asked of the store.

    `alone`: no other thread of this process wants the interpreter, so that it may be held from row to row.
    """

    def __init__(self, store: Store, claimant: Claimant, connection: Connection, *, alone: bool = False) -> None:
        self._alone = alone
        self._store = store
        self._claimant = claimant
        self._connection = connection

    def write(self, marks: Sequence[MarkRow], sent: Sequence[SentRow], others: Sequence[Settlement]) -> set[int]:
        """What ended first, then the marks, durable when this returns; which of these are ours. Raises StoreError."""
        store, claimant, connection = self._store, self._claimant, self._connection
        if not others and not store.is_sqlite:
            return store.by_itself(connection, lambda: mark_and_settle(connection, claimant, marks, sent))
        if not others and self._alone:
            return store.together(connection, lambda: self._write_plain(marks, sent), durable=bool(marks))
        if not others:
            if sent:
                store.at_once(connection, lambda: write_sent(connection, claimant, sent), durable=False)
            if marks:
                return store.at_once(connection, lambda: write_marks(connection, claimant, marks), durable=True)
            return set()
        with store.transaction(connection, durable=bool(marks)):
            settle(connection, claimant, others)
            write_sent(connection, claimant, sent)
            return write_marks(connection, claimant, marks) if marks else set()

    def _write_plain(self, marks: Sequence[MarkRow], sent: Sequence[SentRow]) -> set[int]:
        write_sent(self._connection, self._claimant, sent, one_by_one=True)
        return write_marks(self._connection, self._claimant, marks, one_by_one=True) if marks else set()

    def call(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives, in a transaction of its own that survives a kill of this process."""
        with self._store.transaction(self._connection, durable=False):
            return work(self._connection)


class StoreThread:
    """To be used as an async context manager inside the event loop that awaits it.

    Marks and settlements are taken in order, and all that wait are written together: a settlement handed in before a
    mark is never committed after it. So a connection that settles its letter and marks the next one has at most one
    delivery in `handing`, and need not wait for the settlement.
    """

    def __init__(self, store: Store, claimant: Claimant, expected: int = 1) -> None:
        """`expected`: as many marks may come at a time (one a connection); fewer are given a moment to be joined."""
        self._enough = max(1, expected // 2)
        self._committed_at = 0.0
        self._store = store
        self._claimant = claimant
        self._loop = asyncio.get_running_loop()
        self._wake = threading.Condition()
        self._marks: list[tuple[Handing, asyncio.Future[None]]] = []
        self._settlements: list[Settlement] = []
        self._calls: list[tuple[Callable[[Connection], Any], asyncio.Future[Any]]] = []
        self._closing = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="rekindle-store", daemon=True)

    async def __aenter__(self) -> StoreThread:
        self._thread.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Wait until everything handed in is written. Raises StoreError where it could not be."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join)
        if self._failure and not _error[0]:
            raise self._failure

    def handing(self, mark: Handing) -> asyncio.Future[None]:
        """Done when the mark is durably committed. Fails with ClaimLostError or StoreError: then nothing may leave."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._hand_in(lambda: self._marks.append((mark, future)), future)
        return future

    def settle(self, settlement: Settlement) -> None:
        """Written with the next commit; a failure shows at the next mark or at the end."""
        self._hand_in(lambda: self._settlements.append(settlement), None)

    def call(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """`work` in a transaction of its own, after what was handed in before."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._hand_in(lambda: self._calls.append((work, future)), future)
        return future

    def _hand_in(self, add: Callable[[], None], future: asyncio.Future[Any] | None) -> None:
        with self._wake:
            if self._failure is None:
                add()
                self._wake.notify()
                return
        if future is not None:
            future.set_exception(self._failure)

    def _work(self) -> None:
        try:
            with self._store.owning() as connection:
                writer = Writer(self._store, self._claimant, connection)
                while self._next(writer):
                    pass
        except BaseException as error:
            self._give_up(error)

    def _next(self, writer: Writer) -> bool:
        with self._wake:
            while not (self._marks or self._settlements or self._calls or self._closing):
                self._wake.wait()
        self._leave_open()
        with self._wake:
            marks, self._marks = self._marks, []
            settlements, self._settlements = self._settlements, []
            calls, self._calls = self._calls, []
        if not (marks or settlements or calls):
            return False
        try:
            if marks or settlements:
                self._commit(writer, marks, settlements)
            while calls:
                self._run(writer, *calls.pop(0))
        except BaseException:
            with self._wake:
                self._calls[:0] = calls  # whoever gives up answers these too: their callers would wait for ever
            raise
        return True

    def _leave_open(self) -> None:
        """Let others join the group, as long as the last one is not long ago; nothing else may wait meanwhile."""
        until = max(self._committed_at + GATHER, time.monotonic() + SLICE)
        while not (self._calls or self._closing) and len(self._marks) < self._enough and time.monotonic() < until:
            time.sleep(SLICE)

    def _commit(
        self,
        writer: Writer,
        marks: list[tuple[Handing, asyncio.Future[None]]],
        settlements: list[Settlement],
    ) -> None:
        try:
            rows = [sent_row(one) for one in settlements]
            others = [one for one, row in zip(settlements, rows, strict=True) if row is None]
            ours = writer.write([mark_row(mark) for mark, _ in marks], [row for row in rows if row is not None], others)
            self._committed_at = time.monotonic()
        except BaseException as error:
            self._answer([(future, None, error) for _, future in marks])
            raise
        lost = ClaimLostError()
        self._answer([(future, None, None if mark.delivery_id in ours else lost) for mark, future in marks])

    def _run(self, writer: Writer, work: Callable[[Connection], T], future: asyncio.Future[T]) -> None:
        try:
            result = writer.call(work)
        except StoreError as error:
            self._answer([(future, None, error)])
            raise
        except Exception as error:
            self._answer([(future, None, error)])
        else:
            self._answer([(future, result, None)])

    def _answer(self, answers: list[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> None:
        if answers:
            self._loop.call_soon_threadsafe(_resolve, answers)

    def _give_up(self, error: BaseException) -> None:
        with self._wake:
            self._failure = error
            waiting = [future for _, future in self._marks] + [future for _, future in self._calls]
            self._marks, self._settlements, self._calls = [], [], []
        self._answer([(future, None, error) for future in waiting])


def _resolve(answers: list[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> None:
    for future, result, error in answers:
        if future.done():
            continue
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
