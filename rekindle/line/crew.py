"""The senders of one mailing: this process alone, or several processes that die with it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from ..deliver.transport import transport_for
from ..model.error import ExitCode, HeldError, RekindleError, RelayError, StoreError
from ..model.mailing import Mailing
from ..settings import Settings
from ..store.claims import Claimant
from ..store.engine import Store
from ..store.mailings import frozen_files
from ..store.paces import open_lanes
from .press import Press
from .sending import send_due

GRACE = 28.0
"""Seconds that the other processes get to finish their letters in hand."""


class WorkerLostError(RekindleError):
    """A process of the crew has died; the others went on."""

    exit_code = ExitCode.FAILURES


_ERRORS: dict[int, type[RekindleError]] = {one.exit_code: one for one in (RelayError, StoreError, HeldError)}


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
        if workers > 1 and not in_memory:
            self._in_processes(min(workers, connections), limit, connections, stop)
            return
        sending = send_due(
            self.store,
            self.claimant,
            press,
            transport,
            self.running_now,
            connections=connections,
            stop=stop,
            limit=limit,
        )
        run_on_the_wire(sending, stop)

    def _in_processes(self, workers: int, limit: int | None, connections: int, stop: threading.Event) -> None:
        shares = zip(_shares(limit, workers), _shares(connections, workers), strict=True)
        crew = [
            _start(self._order(number, share, own or 1)) for number, (share, own) in enumerate(shares) if share != 0
        ]
        with heeding_signals(stop):
            outcomes = [_wait(process, stop) for process in crew]
        errors = [error for error in outcomes if error is not None]
        if errors:
            raise errors[0]

    def _order(self, number: int, limit: int | None, connections: int) -> dict[str, Any]:
        return {
            "database": self.store.engine.url.render_as_string(hide_password=False),
            "settings": asdict(self.settings),
            "mailing": self.mailing.mailing_id,
            "name": f"{self.claimant.name}, worker {number + 1}",
            "fence": self.claimant.fence,
            "root": str(self.root.resolve()),
            "ahead": (self.running_now() - datetime.now(UTC)).total_seconds(),
            "limit": limit,
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
    with heeding_signals(stop), asyncio.Runner(loop_factory=factory) as runner:
        runner.run(sending)


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


def _shares(limit: int | None, workers: int) -> list[int | None]:
    if limit is None:
        return [None] * workers
    return [limit // workers + (number < limit % workers) for number in range(workers)]


def _start(order: dict[str, Any]) -> subprocess.Popen[str]:
    """A worker process; its order (with the secrets in it) goes through a pipe, whose end is the word to stop."""
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-m", "rekindle.line.crew"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # Ctrl-C reaches us alone, and they hear of it through the pipe
    )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
    return process


def _wait(process: subprocess.Popen[str], stop: threading.Event) -> RekindleError | None:
    """Wait for one worker; once we are to stop, close its pipe and give it its grace."""
    while process.poll() is None and not stop.wait(0.05):
        pass
    try:
        said, _ = process.communicate(timeout=GRACE if stop.is_set() else None)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    if process.returncode != 0:
        return WorkerLostError(
            f"a sending process ended by itself ({process.returncode}); what it had in hand is settled and the rest"
            " waits: call this command again"
        )
    return _error(said)


def _error(said: str) -> RekindleError | None:
    if not said.strip():
        return None
    told = json.loads(said)
    return _ERRORS.get(told["code"], RekindleError)(told["error"])


def _worker_main() -> int:
    """One worker process: reads its order, works, tells on stdout what stopped it."""
    order = json.loads(sys.stdin.readline())
    stop = threading.Event()
    threading.Thread(target=_stop_at_end, args=(sys.stdin, stop), daemon=True).start()
    try:
        _obey(order, stop)
    except RekindleError as error:
        print(json.dumps({"code": error.exit_code, "error": str(error)}))
    return 0


def _stop_at_end(pipe: IO[str], stop: threading.Event) -> None:
    """The pipe ends when the parent says so, or dies: either way no new letter is begun."""
    pipe.read()
    stop.set()


def _obey(order: dict[str, Any], stop: threading.Event) -> None:
    from ..store.engine import open_engine
    from ..store.mailings import get_mailing

    store = open_engine(order["database"])
    settings, ahead = Settings(**order["settings"]), timedelta(seconds=order["ahead"])
    with store.reading() as connection:
        mailing = get_mailing(connection, order["mailing"])
        press = Press(mailing, frozen_files(connection, mailing.mailing_id), settings)
    sending = send_due(
        store,
        Claimant(mailing.mailing_id, order["name"], order["fence"]),
        press,
        transport_for(settings.need_smtp(), Path(order["root"])),
        lambda: datetime.now(UTC) + ahead,
        connections=order["connections"],
        stop=stop,
        limit=order["limit"],
    )
    with store.sparing():
        run_on_the_wire(sending, stop)
    store.close()


if __name__ == "__main__":
    sys.exit(_worker_main())
