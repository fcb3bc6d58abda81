"""`send` killed with -9 at random moments and called again: nobody twice, none lost, in doubt only what was in hand."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from mailing_rows import FILES, made_mailing
from smtp_server import SmtpServer
from sqlalchemy import select, text
from warm_command import started, workers_of

from rekindle.model.mailing import MailingState
from rekindle.store.engine import Store
from rekindle.store.mailings import get_mailing, tally
from rekindle.store.tables import delivery
from rekindle.store.verify import ledger_faults
from tests.journey.conftest import wait_until

Serve = Callable[..., SmtpServer]
CONNECTIONS = 4
DELAY = 0.01
NAME = "to be killed"
"""What PostgreSQL calls the servers of those who send here."""
HANG = 60.0
"""Seconds after which a `send` that should have ended has hung."""


@dataclass
class Killing:
    """One mailing in one store, its server, and the command that sends it."""

    store: Store
    server: SmtpServer
    arguments: list[str]
    environment: dict[str, str]
    said: Path
    chance: random.Random

    def kill(self) -> set[str]:
        """Start `send`, kill it at a random moment with no warning; whose letters it left in hand."""
        accepted, process = len(self.server.accepted()), started(self.arguments, self.environment, self.said)
        if self.chance.random() < 0.8:  # after some letters; else while it starts, or ends
            letters = accepted + self.chance.randint(1, 15)
            _wait_until(lambda: len(self.server.accepted()) >= letters or not process.is_alive())
        time.sleep(self.chance.uniform(0, 0.1))
        for victim in self._victims(process.pid or 0, workers_of(process)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
            time.sleep(self.chance.choice((0, 0, 0.05)))
        process.join(HANG)
        self._bury()
        with self.store.reading() as connection:
            return set(connection.scalars(select(delivery.c.address).where(delivery.c.state == "handing")))

    def _bury(self) -> None:
        """Wait until its servers have gone too, where it had any: they still end what the dead one asked."""
        theirs = text(f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{NAME}'")
        if not self.store.is_sqlite:
            with self.store.engine.connect() as connection:
                asked = connection.execution_options(isolation_level="AUTOCOMMIT")
                wait_until(lambda: asked.scalar(theirs) == 0, "the end of the dead one's servers")

    def _victims(self, parent: int, workers: list[int]) -> list[int]:
        """The parent in the end; before it, sometimes, one worker or all."""
        some = self.chance.choice((0, 1, len(workers)))
        return [*self.chance.sample(workers, min(some, len(workers))), parent]

    def finish(self) -> int:
        """Call it once more and let it end; its exit code."""
        process = started(self.arguments, self.environment, self.said)
        process.join(HANG)
        if process.is_alive():
            process.kill()
            pytest.fail(f"send hangs: {self.said.read_text(encoding='utf-8')}")
        return process.exitcode or 0


def _wait_until(happens: Callable[[], bool]) -> None:
    until = time.monotonic() + HANG
    while not happens() and time.monotonic() < until:
        time.sleep(0.005)


@contextlib.contextmanager
def adding_up(store: Store, letters: int) -> Iterator[None]:
    """Look at the ledger again and again meanwhile: everybody is in it once, at every moment."""
    stop, wrong = threading.Event(), []

    def look() -> None:
        while not stop.wait(0.02):
            with store.reading() as connection:
                ledger = tally(connection, 1)
            if not ledger.adds_up or ledger.planned != letters:
                wrong.append(ledger)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
    assert wrong == []


def killed_and_resumed(killing: Killing, letters: int, kills: int, workers: int) -> None:
    """Kill so often, let the last one finish, and hold the store's ledger against the server's."""
    store = killing.store
    with adding_up(store, letters):
        in_hand = [killing.kill() for _ in range(kills)]
        code = killing.finish()
    with store.reading() as connection:
        ledger, faults, state = tally(connection, 1), ledger_faults(connection, 1), get_mailing(connection, 1).state
        found = connection.execute(select(delivery.c.state, delivery.c.address, delivery.c.message_id)).all()
    rows = {(row.address, row.message_id): row.state for row in found}
    accepted = Counter(killing.server.accepted())
    assert accepted, killing.said.read_text(encoding="utf-8")
    assert max(Counter(to for to, _ in accepted.elements()).values()) == 1, "a letter twice"
    assert {letter for letter, state in rows.items() if state == "sent"} <= set(accepted), "sent, and nobody took it"
    assert {rows[letter] for letter in accepted} <= {"sent", "unknown"}, "taken, and the ledger says otherwise"
    assert (ledger.waiting, ledger.failed, ledger.sent + ledger.unknown) == (0, 0, letters), "one is lost"
    assert all(len(left) <= CONNECTIONS for left in in_hand), in_hand
    if workers == 1:  # of more the parent may still see that one has died, and settle what that had in hand
        assert {to for (to, _), state in rows.items() if state == "unknown"} == set().union(*in_hand)
    assert ledger.unknown <= kills * CONNECTIONS
    assert (faults, state, code) == ([], MailingState.DONE, 5 if ledger.unknown else 0)


@pytest.fixture
def killing(
    store: Store, database_url: str, serve: Serve, workspace: Callable[..., Path], tmp_path: Path
) -> Callable[[int, int, int], Killing]:
    """A mailing of so many letters, sent by so many workers, drawn with a seed."""

    def made(letters: int, workers: int, seed: int) -> Killing:
        server = serve(keep_letters=False)
        made_mailing(store, [f"r{n}.slow-{DELAY}@x.test" for n in range(letters)])
        environment = {
            **os.environ,
            "REKINDLE_SMTP_URL": server.url,
            "REKINDLE_SECRET_KEY": "0123456789abcdef",
            "REKINDLE_PUBLIC_URL": "https://mail.shop.example",
            "PGAPPNAME": NAME,
        }
        common = ["-C", str(workspace(FILES)), "--database", database_url, "--now", "2026-11-01T09:00"]
        arguments = [*common, "send", "winback", "--period", "2026-11", "--yes", "--workers", str(workers)]
        return Killing(store, server, arguments, environment, tmp_path / "said", random.Random(seed))

    return made


@pytest.mark.parametrize(("workers", "kills"), [(1, 3), (3, 2)])
def test_killed_and_called_again_nobody_gets_two_and_nobody_is_lost(
    killing: Callable[[int, int, int], Killing], workers: int, kills: int
) -> None:
    """LEDGER 1 and 2: ten kills, five on each database; parent, worker, or all of them."""
    killed_and_resumed(killing(120, workers, workers), 120, kills, workers)


@pytest.mark.soak
@pytest.mark.parametrize("workers", [1, 3])
def test_a_hundred_kills(killing: Callable[[int, int, int], Killing], workers: int) -> None:
    """The same, twenty-five times a mailing: in all a hundred."""
    killed_and_resumed(killing(1500, workers, 100 + workers), 1500, 25, workers)
