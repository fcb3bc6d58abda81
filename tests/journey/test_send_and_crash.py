"""The real `send`, asked to stop, and stopped past its lease: nobody twice, none lost, in doubt what was in hand."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mailing_rows import FILES, made_mailing
from smtp_server import SmtpServer
from sqlalchemy import select, update

from rekindle.deliver.dispatch import Patience
from rekindle.deliver.session import Deadlines
from rekindle.line import desk
from rekindle.model.mailing import Tally
from rekindle.store.mailings import tally
from rekindle.store.opening import open_store
from rekindle.store.tables import lease
from rekindle.store.verify import ledger_faults
from tests.journey.conftest import CONNECTIONS, SEND, Shop, wait_until

Serve = Callable[..., SmtpServer]
LIMIT = 30.0
"""Seconds: LEDGER's, and what comes before a container is killed."""
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def _command(database_url: str, root: Path, *more: str) -> list[str]:
    door = str(Path(__file__).parents[2] / "cli.py")
    common = ["-C", str(root), "--database", database_url, "--now", "2026-11-01T09:00"]
    return [sys.executable, door, *common, "send", "winback", "--period", "2026-11", "--yes", *more]


def _environment(server: SmtpServer) -> dict[str, str]:
    return {
        **os.environ,
        "REKINDLE_SMTP_URL": server.url,
        "REKINDLE_SECRET_KEY": "0123456789abcdef",
        "REKINDLE_PUBLIC_URL": "https://mail.shop.example",
    }


def stop(process: subprocess.Popen[str], number: int) -> None:
    """SIGTERM goes to the process that was begun; Ctrl-C to everything that its terminal runs."""
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)


def ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What it said, once it has ended by itself in time."""
    try:
        return process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        pytest.fail("it does not stop")


def settled(shop: Shop) -> Tally:
    """The ledger, in which no row says what it must not."""
    with shop.store.reading() as connection:
        assert ledger_faults(connection, 1) == []
        return tally(connection, 1)


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_settles_what_is_in_hand(shop: Shop, number: int, workers: str) -> None:
    """A relay that answers: nothing in doubt, `sent` is what it took, and the words say how to go on."""
    server = shop.server
    made_mailing(shop.store, [f"r{n}.slow-0.2@x.test" for n in range(300)])
    process = shop.begin(*SEND, "--workers", workers)
    wait_until(lambda: len(server.accepted()) >= CONNECTIONS, "letters of all connections")
    stop(process, number)
    began = time.monotonic()
    out, err = ended(process)
    assert time.monotonic() - began < 5
    ledger = settled(shop)
    assert ledger == Tally(planned=300, sent=len(server.accepted()), waiting=300 - len(server.accepted()))
    assert (process.returncode, f"planned 300 = sent {ledger.sent} + failed 0" in out) == (0, True), out + err
    assert f"stopped; {ledger.waiting} wait; `rekindle run`, or this command again, goes on" in err


def test_the_patience_at_the_end_fits_into_half_a_minute() -> None:
    """A silent relay gets its time and a goodbye; then the parent would end whoever still waits; all before the limit.

    That it is so with a relay that never answers takes twenty seconds to see: below, in `make soak`.
    """
    assert Patience().at_stop + Deadlines().goodbye < desk.GRACE < LIMIT


@pytest.mark.soak
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_relay_that_never_answers_does_not_hold_it(shop: Shop, workers: str) -> None:
    """In less than half a minute, exit 5: the letters in hand are in doubt, the others wait."""
    server = shop.server
    made_mailing(shop.store, [f"r{n}.held@x.test" for n in range(30)])
    process = shop.begin(*SEND, "--workers", workers)
    wait_until(lambda: len(server.accepted()) == CONNECTIONS, "a letter on each connection")
    stop(process, signal.SIGTERM)
    out, err = ended(process)
    assert settled(shop) == Tally(planned=30, unknown=CONNECTIONS, waiting=30 - CONNECTIONS)
    assert len(server.accepted()) == CONNECTIONS
    assert (process.returncode, "26 wait" in err) == (5, True), out + err


def test_stopped_past_its_lease_and_woken_it_sends_nothing_twice(
    sqlite_store_url: str, serve: Serve, workspace: Callable[..., Path]
) -> None:
    """SIGSTOP, another takes over once the lease has run out, SIGCONT: the late one is refused and says so."""
    server = serve(keep_letters=False)
    store = open_store(sqlite_store_url)
    made_mailing(store, [f"r{n}@x.test" if n < 10 else f"r{n}.held@x.test" for n in range(120)])
    command, environment = _command(sqlite_store_url, workspace(FILES)), _environment(server)
    stopped = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while len(server.accepted()) < 10 + CONNECTIONS:  # each connection has a letter that the relay does not answer for
        time.sleep(0.01)
    _stop_between_writes(stopped, sqlite_store_url)
    with store.writing() as connection:  # its minute is over, as if we had waited: the mailing's, its connections'
        for held in connection.execute(select(lease).where(lease.c.owner != "")).all():
            over = {"owner": json.dumps({**json.loads(held.owner), "until": 0}), "leased_until": LONG_AGO}
            connection.execute(update(lease).where(lease.c.name == held.name).values(**over))
    server.release()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    stopped.send_signal(signal.SIGCONT)
    _, said = stopped.communicate(timeout=40)
    with store.reading() as connection:
        ledger, faults = tally(connection, 1), ledger_faults(connection, 1)
    store.close()
    accepted = Counter(to for to, _ in server.accepted())
    assert max(accepted.values()) == 1, "a letter twice"
    assert (ledger.waiting, ledger.sent + ledger.unknown, faults) == (0, 120, [])
    assert ledger.unknown <= CONNECTIONS
    assert done.returncode in (0, 5)
    assert (stopped.returncode, "another process has taken over this mailing" in said) == (6, True), said


def _stop_between_writes(process: subprocess.Popen[str], url: str) -> None:
    """Stop it while it does not hold the file's write lock: with that in its hand nobody could take over."""
    while True:
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                process.send_signal(signal.SIGCONT)
                time.sleep(0.01)
            else:
                return


@pytest.fixture
def sqlite_store_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'stopped.db'}"
