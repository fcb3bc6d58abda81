"""The clerk beside the desk, where the store takes two writers at a time (PostgreSQL): answers what senders ask of it.

A claim takes the server several times as long as a group of marks; at the desk itself all connections would stand still
meanwhile.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ..store.engine import Connection
from ..store.writer import Writer

Asker = TypeVar("Asker")
Work = Callable[[Connection], Any]


class Clerk(Generic[Asker]):
    """A thread for the connection of `writer`. Its `fileno` is readable once there is something to `hear`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._asked: queue.SimpleQueue[tuple[Asker, Work] | None] = queue.SimpleQueue()
        self._answered: deque[tuple[Asker, Any]] = deque()
        self._bell, self._rope = socket.socketpair()
        self._unheard = 0
        self._thread = threading.Thread(target=self._work, name="rekindle-clerk", daemon=True)

    def __enter__(self) -> Clerk[Asker]:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Wait for the work in hand; what is asked and not begun is left."""
        while not self._asked.empty():
            self._asked.get()
        self._asked.put(None)
        self._thread.join()
        self._bell.close()
        self._rope.close()

    @property
    def busy(self) -> bool:
        """Whether an answer is still to be heard."""
        return self._unheard > 0

    def fileno(self) -> int:
        """What to wait at."""
        return self._bell.fileno()

    def ask(self, asker: Asker, work: Work) -> None:
        """Have `work` done in a transaction of its own, after what was asked before."""
        self._unheard += 1
        self._asked.put((asker, work))

    def hear(self) -> list[tuple[Asker, Any]]:
        """What came of each work that is done: what it gave, or the exception that it raised."""
        heard = [self._answered.popleft() for _ in self._bell.recv(1 << 10)]
        self._unheard -= len(heard)
        return heard

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            asker, work = asked
            try:
                answer = self._writer.call(work)
            except BaseException as error:
                answer = error
            self._answered.append((asker, answer))
            self._rope.send(b"!")  # one octet an answer, which is there by then
