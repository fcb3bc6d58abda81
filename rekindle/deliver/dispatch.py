"""The pump: a number of connections, each fed with one letter after the other, until nothing is due."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from ..model.delivery import Outcome, OutcomeKind
from ..model.error import RelayError
from .envelope import Envelope
from .transport import ConnectFailedError, Session, Transport
from .verdict import lost

Item = TypeVar("Item")
_Letter = tuple[Item, Envelope]
AHEAD = 100
"""With so many items waiting the next ones are claimed: that may take as long as these take to leave."""
TICK = 0.05
"""Seconds between two looks at whether we are to stop."""
FIRST_PAUSE = 0.2
"""Seconds until a connection that was refused is tried again; each further pause is twice as long."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: how long a relay may refuse all connections, `at_first` or once it has taken letters (`later`).

    While it keeps even one of them it does not refuse us: it allows fewer than we would like, and the others wait.
    `at_stop`: how long letters in hand may take once we are to stop.
    """

    at_first: float = 3.0
    later: float = 60.0
    at_stop: float = 20.0
    longest_pause: float = 5.0


class Work(Protocol[Item]):
    """What the pump is fed from and what it tells."""

    def claim(self) -> Coroutine[Any, Any, Sequence[Item]]:
        """The next items; none: nothing is due now."""

    async def compose(self, item: Item) -> Envelope | None:
        """The letter, or None where it cannot be made (the work has written that down itself)."""

    def mark(self, item: Item, envelope: Envelope) -> Awaitable[None]:
        """Done when the ledger durably says that this letter is about to leave.

        Its error, where the letter is not ours any more or cannot be marked, stops the pump.
        """

    def settle(self, item: Item, outcome: Outcome) -> None:
        """How it ended."""


class Pump(Generic[Item]):
    """Feeds `connections` sessions of `transport` from `work` until nothing is due, or `stop` is set."""

    def __init__(
        self,
        transport: Transport,
        work: Work[Item],
        *,
        connections: int,
        stop: threading.Event,
        patience: Patience = Patience(),
    ) -> None:
        self._transport = transport
        self._work = work
        self._connections = connections
        self._stop = stop
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Item] = deque()
        self._composed: deque[_Letter[Item]] = deque()
        self._wanted = asyncio.Event()
        self._prepared = asyncio.Event()
        self._claiming: asyncio.Future[Sequence[Item]] | None = None
        self._all_claimed = self._dry = False
        self._error: BaseException | None = None
        self._live: set[Session] = set()
        self._opening: set[asyncio.Task[Any]] = set()
        self._accepted_once = False
        self._refused_since: float | None = None

    async def run(self) -> None:
        """Work until the end. Raises the first error that made going on impossible, after letters in hand are settled.

        ConnectFailedError when the relay refused every connection for longer than our patience.
        """
        workers = [asyncio.create_task(self._connection()) for _ in range(self._connections)]
        preparing = asyncio.create_task(self._prepare())
        try:
            await self._watch(workers)
        finally:
            tasks = [*workers, preparing]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._error is not None:
            raise self._error

    async def _watch(self, workers: list[asyncio.Task[None]]) -> None:
        """Wait for the workers; once stopping, only as long as letters in hand may take."""
        pending: set[asyncio.Task[None]] = set(workers)
        deadline = float("inf")
        while pending and self._loop.time() < deadline:
            _, pending = await asyncio.wait(pending, timeout=TICK)
            if self._stopping and deadline == float("inf"):
                deadline = self._loop.time() + self._patience.at_stop
                self._prepared.set()
                for task in self._opening:  # no letter is in hand there, and a relay may take minutes to greet
                    task.cancel()

    @property
    def _stopping(self) -> bool:
        return self._error is not None or self._stop.is_set()

    async def _connection(self) -> None:
        """One connection's life: sessions come and go, letters follow each other."""
        session: Session | None = None
        pause = FIRST_PAUSE
        try:
            letter = await self._next()
            while letter is not None and not self._stopping:
                kept = session is not None and session.usable
                if not kept:
                    await self._part(session)
                    session = await self._let_in()
                if session is None:
                    self._give_back(letter)
                    await self._rest(pause, in_hand=False)
                    pause = min(pause * 2, self._patience.longest_pause)
                    letter = await self._next()
                else:
                    pause = FIRST_PAUSE
                    letter = await self._hand_over(session, not kept, *letter) or await self._next()
        except Exception as error:
            self._error = self._error or error
        finally:
            await self._part(session)

    async def _next(self) -> _Letter[Item] | None:
        """The next letter; None where nothing is due or we are to stop."""
        while not self._stopping:
            if self._composed:
                return self._taken()
            if self._dry:
                return None
            self._prepared.clear()
            await self._prepared.wait()
        return None

    def _taken(self) -> _Letter[Item]:
        letter = self._composed.popleft()
        self._wanted.set()
        return letter

    def _give_back(self, letter: _Letter[Item]) -> None:
        """A letter that nobody has begun with: whichever connection is free first may take it."""
        self._composed.appendleft(letter)
        self._prepared.set()

    async def _prepare(self) -> None:
        """Claim and compose ahead of the connections, so that none of them waits for either."""
        try:
            while not self._stopping and await self._refill():
                await self._compose_one()
        except Exception as error:
            self._error = self._error or error
        finally:
            if self._claiming is not None:
                self._claiming.cancel()
            self._dry = True
            self._prepared.set()

    async def _refill(self) -> bool:
        """See to it that an item waits, and that the next ones are claimed meanwhile; False when nothing is due."""
        if self._claiming is None and not self._all_claimed and len(self._waiting) <= max(AHEAD, self._connections):
            self._claiming = asyncio.ensure_future(self._work.claim())
        if self._claiming is not None and (self._claiming.done() or not self._waiting):
            claimed = await self._claiming
            self._claiming = None
            self._waiting.extend(claimed)
            self._all_claimed = not claimed
        return bool(self._waiting)

    async def _compose_one(self) -> None:
        """Compose the next item; there is one letter for each connection at most that nobody has begun with."""
        item = self._waiting.popleft()
        envelope = await self._work.compose(item)
        while envelope is not None and len(self._composed) >= self._connections:
            self._wanted.clear()
            await self._wanted.wait()
        if envelope is not None:
            self._composed.append((item, envelope))
            self._prepared.set()
        await asyncio.sleep(0)  # letters in hand go on meanwhile

    async def _let_in(self) -> Session | None:
        """A new session; None where the relay refuses one now. Raises ConnectFailedError when it is given up."""
        began, task = self._loop.time(), asyncio.current_task()
        assert task is not None
        self._opening.add(task)
        try:
            session = await self._transport.open()
        except ConnectFailedError:
            if not self._may_hope(began):
                raise
            return None
        finally:
            self._opening.discard(task)
        self._live.add(session)
        self._refused_since = None
        return session

    async def _part(self, session: Session | None) -> None:
        """Close a session that is of no more use."""
        if session is not None:
            self._live.discard(session)
            await session.close()

    def _may_hope(self, began: float) -> bool:
        """Whether the relay keeps another session, or has not refused all for too long: since a try that `began`."""
        if self._live:
            self._refused_since = None
            return True
        self._refused_since = began if self._refused_since is None else self._refused_since
        patience = self._patience.later if self._accepted_once else self._patience.at_first
        return self._loop.time() - self._refused_since < patience

    async def _rest(self, seconds: float, *, in_hand: bool) -> None:
        """Wait, but not longer than until we are to stop (another thread may say so), or no letter is left for us."""
        for _ in range(int(seconds / TICK)):
            if self._stopping or (self._dry and not self._composed and not in_hand):
                return
            await asyncio.sleep(TICK)

    async def _let_in_again(self) -> Session | None:
        """A session for a letter that is marked already; None where we are to stop, or others take all there is."""
        pause = FIRST_PAUSE
        while not self._stopping:
            session = await self._let_in()
            if session is not None or self._live:
                return session
            await self._rest(pause, in_hand=True)
            pause = min(pause * 2, self._patience.longest_pause)
        return None

    async def _hand_over(self, session: Session, fresh: bool, item: Item, envelope: Envelope) -> _Letter[Item] | None:
        """Hand over one letter and settle it; the one that the session was promised meanwhile, or None."""
        current, ahead = session, _Ahead(self)
        try:
            outcome = await current.hand_over(envelope, self._work.mark(item, envelope), ahead.envelope)
            if current.stale and not fresh:
                # the relay had ended an old connection (idle, or so many letters each): no fault of this letter
                self._live.discard(session)
                again = await self._let_in_again()
                if again is not None:
                    current = again
                    outcome = await current.hand_over(envelope, asyncio.sleep(0))
        except RelayError as error:
            self._work.settle(item, lost(str(error), body_left=False))
            raise
        except asyncio.CancelledError:
            self._work.settle(item, lost("stopped before the relay answered", body_left=current.in_doubt))
            raise
        finally:
            if current is not session:
                await self._part(current)
        if outcome.kind is OutcomeKind.ACCEPTED:
            self._accepted_once, self._refused_since = True, None
        self._work.settle(item, outcome)
        return ahead.letter


class _Ahead(Generic[Item]):
    """The letter that a session opens ahead, taken when it asks."""

    def __init__(self, pump: Pump[Item]) -> None:
        self._pump = pump
        self.letter: _Letter[Item] | None = None

    def envelope(self) -> Envelope | None:
        """See transport.Following."""
        pump = self._pump
        if pump._composed and not pump._stopping:
            self.letter = pump._taken()
            return self.letter[1]
        return None
