"""The senders of one mailing: this process alone, or several processes that die with it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..deliver.transport import transport_for
from ..model.mailing import Mailing, MailingState
from ..settings import Settings
from ..store.claims import Claimant
from ..store.engine import Connection, Store
from ..store.leases import lease_fence, sending_lease
from ..store.mailings import frozen_files, get_mailing, mailings_to_help
from ..store.paces import open_lanes
from .claiming import Claiming
from .desk import Desk
from .member import Member
from .press import Press
from .sending import send_due
from .shares import Shares

TURN = 0.0005
"""Seconds that a thread may hold the interpreter while another one waits for it; Python's own are five thousandths."""


@dataclass(frozen=True)
class Crew:
    """Who sends `mailing`; the claimant's fence is the number of the mailing's lease."""

    store: Store
    settings: Settings
    mailing: Mailing
    claimant: Claimant
    running_now: Callable[[], datetime]
    root: Path

    def work(self, workers: int, limit: int | None, stop: threading.Event) -> None:
        """Send with that many processes until nothing is due or `stop`. Raises what stopped them."""
        with self.store.reading() as connection:
            frozen = frozen_files(connection, self.mailing.mailing_id)
        # compiled here in any case: what is wrong with the frozen files or the settings shows before anybody starts
        press = Press(self.mailing, frozen, self.settings)
        url = self.settings.need_smtp()
        transport = transport_for(url, self.root)
        connections = press.sending.connections
        with self.store.writing() as connection:
            open_lanes(connection, self.mailing.mailing_id, press.sending)
        in_memory = self.store.engine.url.database in (None, "", ":memory:")
        claiming = Claiming(self.claimant, press, self.running_now, limit)

        def send(own: int, rest: threading.Event) -> None:
            if workers > 1 and not in_memory:
                self._in_processes(min(workers, own), claiming, own, rest)
            else:
                run_on_the_wire(send_due(self.store, claiming, transport, connections=own, stop=rest), stop)

        with heeding_signals(stop), collecting_seldom():
            if in_memory:
                send(connections, stop)
            else:
                Shares(self.store, connections, self._is_due, self._stands).work(send, stop)

    def _is_due(self, connection: Connection) -> bool:
        """Whether a letter of the mailing is due and in nobody's hands."""
        due = mailings_to_help(connection, self.running_now())
        return self.mailing.mailing_id in [one.mailing_id for one in due]

    def _stands(self, connection: Connection) -> bool:
        """Whether the mailing is neither paused nor cancelled, and nobody has taken it over."""
        number = self.mailing.mailing_id
        ours = lease_fence(connection, sending_lease(number)) == self.claimant.fence
        return ours and get_mailing(connection, number).state is MailingState.SENDING

    def _in_processes(self, workers: int, claiming: Claiming, connections: int, stop: threading.Event) -> None:
        """Keep the ledger here, and let others make the letters and hand them over."""
        members = [Member(self._order(share)) for share in _shares(connections, workers)]
        claiming.senders = len(members)
        with _taking_turns():
            Desk(self.store, claiming, connections).serve(members, stop)

    def _order(self, connections: int) -> dict[str, Any]:
        return {
            "database": self.store.engine.url.render_as_string(hide_password=False),
            "settings": asdict(self.settings),
            "mailing": self.mailing.mailing_id,
            "root": str(self.root.resolve()),
            "ahead": (self.running_now() - datetime.now(UTC)).total_seconds(),
            "connections": connections,
        }


def run_on_the_wire(sending: Coroutine[Any, Any, None], stop: threading.Event) -> None:
    """Run the event loop (uvloop's where it is installed); SIGINT and SIGTERM set `stop` meanwhile."""
    try:
        import uvloop
    except ImportError:
        factory = asyncio.new_event_loop
    else:
        factory = uvloop.new_event_loop
    with _taking_turns(), heeding_signals(stop), asyncio.Runner(loop_factory=factory) as runner:
        runner.run(sending)


@contextlib.contextmanager
def _taking_turns() -> Iterator[None]:
    """A thread that reads facts or writes marks lets the loop go on soon: all connections stand still meanwhile."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextlib.contextmanager
def collecting_seldom() -> Iterator[None]:
    """What is here by now stays, so no garbage collection need look at it; letters are texts, which make no cycles.

    What somebody else has frozen stays so: it could only be given back as a whole, with ours.
    """
    before, ours = gc.get_threshold(), gc.get_freeze_count() == 0
    if ours:
        gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if ours:
            gc.unfreeze()


@contextlib.contextmanager
def heeding_signals(stop: threading.Event) -> Iterator[None]:
    """SIGINT and SIGTERM ask to stop, in the main thread; the pump looks several times a second."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _shares(connections: int, workers: int) -> list[int]:
    return [connections // workers + (number < connections % workers) for number in range(workers)]
