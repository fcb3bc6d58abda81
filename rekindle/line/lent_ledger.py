"""The ledger of a sender that does not own the store: it asks the process that does, over a socket."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Awaitable, Sequence
from typing import Any

from ..model.error import StoreError
from ..store.claims import Claimed
from ..store.marks import Handing, MarkRow, SentRow, Settlement, mark_row, sent_row
from ..store.writer import ClaimLostError
from .exchange import Frames, Message, Word, frame, read_claimed, settle_frame


class LentLedger(asyncio.Protocol):
    """See ledger.Ledger. Settlements and marks are taken in the order in which they are said.

    The owner may say that we are to stop; where it is gone, we stop too, and nothing can be marked any more.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = stop
        self._frames = Frames()
        self._said: list[bytes] = []
        self._leaving: list[MarkRow] = []
        self._sent: list[SentRow] = []
        self._flushes = False
        self._asked: deque[asyncio.Future[Any]] = deque()
        self._marks: dict[int, asyncio.Future[None]] = {}
        self._failure: StoreError | None = None
        self._ended = asyncio.Event()
        self._transport: asyncio.Transport | None = None

    async def connect(self, end: socket.socket) -> None:
        """Talk over this end of a pair of sockets."""
        self._transport, _ = await self._loop.create_unix_connection(lambda: self, sock=end)

    async def part(self) -> None:
        """Say what is left to be said."""
        assert self._transport is not None
        self._flush()
        if not self._transport.is_closing():
            self._transport.write_eof()
        await self._ended.wait()  # the owner closes once it has taken everything

    async def ended(self) -> None:
        """Wait until the owner of the store hears nothing any more."""
        await self._ended.wait()

    def claim(self) -> Awaitable[Claimed]:
        """See Ledger."""
        return self._ask(frame(Word.CLAIM))

    def link_ids(self, urls: Sequence[str]) -> Awaitable[dict[str, int]]:
        """See Ledger."""
        return self._ask(frame(Word.LINKS, [str(url) for url in urls]))

    def handing(self, mark: Handing) -> asyncio.Future[None]:
        """See Ledger."""
        future: asyncio.Future[None] = self._loop.create_future()
        if self._failure:
            future.set_exception(self._failure)
        else:
            self._marks[mark.delivery_id] = future
            self._leaving.append(mark_row(mark))
            self._flush_soon()
        return future

    def settle(self, settlement: Settlement) -> None:
        """See Ledger."""
        row = sent_row(settlement)
        if row is None:
            self._say(settle_frame(settlement))
        else:
            self._sent.append(row)
            self._flush_soon()

    def tell_error(self, code: int, words: str) -> None:
        """What stopped us."""
        self._say(frame(Word.ERROR, int(code), words))

    def _ask(self, question: bytes) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self._loop.create_future()
        if self._failure:
            future.set_exception(self._failure)
        else:
            self._asked.append(future)
            self._say(question)
        return future

    def _say(self, said: bytes) -> None:
        self._said.append(said)
        self._flush_soon()

    def _flush_soon(self) -> None:
        """It goes with whatever else is said in this turn of the loop."""
        if not self._flushes:
            self._flushes = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """What ended goes before the marks, or with them: the owner writes it first."""
        self._flushes = False
        if self._leaving or self._sent:
            self._said.append(frame(Word.TURN, self._leaving, self._sent))
            self._leaving, self._sent = [], []
        if self._said and self._transport is not None and not self._transport.is_closing():  # else nobody hears it
            self._transport.write(b"".join(self._said))
        self._said.clear()

    def data_received(self, data: bytes) -> None:
        """The owner's answers."""
        for word, *values in self._frames.take(data):
            self._hear(word, values)

    def _hear(self, word: str, values: Message) -> None:
        if word in (Word.MARKED, Word.LOST):
            lost = ClaimLostError() if word == Word.LOST else None
            for number in values[0]:
                self._answer_mark(number, lost)
        elif word == Word.CLAIMED:
            self._answer(read_claimed(values))
        elif word == Word.LINKED:
            self._answer(dict(values[0]))
        elif word == Word.FAILED:
            self._give_up(StoreError(values[0]))
        else:
            self._stop.set()

    def _answer(self, answer: Any) -> None:
        future = self._asked.popleft()
        if not future.done():
            future.set_result(answer)

    def _answer_mark(self, number: int, error: Exception | None) -> None:
        future = self._marks.pop(number)
        if future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """The owner of the store has gone: no letter may leave any more."""
        self._ended.set()
        self._give_up(StoreError("the process that keeps the ledger has ended"))

    def _give_up(self, error: StoreError) -> None:
        self._failure = self._failure or error
        self._stop.set()
        for future in (*self._asked, *self._marks.values()):
            if not future.done():
                future.set_exception(error)
        self._asked.clear()
        self._marks.clear()
