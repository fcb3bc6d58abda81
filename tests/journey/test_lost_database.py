"""A database that goes away while letters leave: one line in words, nothing twice, and the next send finishes."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from mailing_rows import made_mailing
from sqlalchemy import create_engine, make_url, text

from rekindle.store.mailings import tally
from rekindle.store.verify import ledger_faults

from .conftest import CONNECTIONS, ON_SQLITE, SEND, Shop, wait_until

LETTERS = 120
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
WORKERS = pytest.mark.parametrize("workers", ["1", "2"])

IMPATIENT = """
import sys
from rekindle.store import sqlite_session
sqlite_session.BUSY_TIMEOUT_MS = 300
from rekindle.commands import main
sys.exit(main(sys.argv[1:]))
"""
"""The real command, but a lock of the file is waited for a third of a second only."""


def make_slow_mailing(shop: Shop) -> None:
    """So many letters, each of which takes the relay a while."""
    made_mailing(shop.store, [f"r{n}.slow-0.03@x.test" for n in range(LETTERS)])


def is_one_line_of_words(told: str) -> bool:
    """Whether that is what a person may be shown: beside what the line names, no traceback and no second error."""
    return "Traceback" not in told and len(re.findall(r"^rekindle: ", told, re.MULTILINE)) == 1


def ends_well(shop: Shop, workers: str) -> None:
    """The next send sends what is left, nobody has two letters, and in doubt is only what was in hand."""
    again = shop.call(*SEND, "--workers", workers)
    with shop.store.reading() as connection:
        ledger, faults = tally(connection, 1), ledger_faults(connection, 1)
    assert max(Counter(to for to, _ in shop.server.accepted()).values()) == 1, "a letter twice"
    assert (ledger.sent + ledger.unknown, ledger.waiting, faults) == (LETTERS, 0, []), ledger
    assert ledger.unknown <= CONNECTIONS
    assert again.returncode == (5 if ledger.unknown else 0), again.stderr


@ON_POSTGRESQL
@WORKERS
def test_a_server_that_ends_our_connections_stops_the_sending(
    shop: Shop, database_url: str, postgres_server: str, workers: str
) -> None:
    """LEDGER 6: a restarted server, an administrator's word: exit 3 and one line, never the driver's traceback."""
    make_slow_mailing(shop)
    sending = shop.begin(*SEND, "--workers", workers)
    wait_until(lambda: len(shop.server.accepted()) >= 12, "the first letters")
    ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(ours), {"name": make_url(database_url).database})
    engine.dispose()
    _, told = sending.communicate(timeout=60)
    assert sending.returncode == 3, told
    assert is_one_line_of_words(told), told
    assert len(shop.server.accepted()) < LETTERS
    ends_well(shop, workers)


@contextmanager
def locked(file: str) -> Iterator[None]:
    """Nobody else may write to the file meanwhile."""
    with closing(sqlite3.connect(file, timeout=10, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@ON_SQLITE
@WORKERS
def test_a_file_that_stays_locked_stops_the_sending(shop: Shop, database_url: str, workers: str) -> None:
    """LEDGER 6: no letter leaves without its mark: exit 3 and why, the others wait, and none is lost."""
    make_slow_mailing(shop)
    command = [sys.executable, "-c", IMPATIENT, *shop.words(*SEND, "--workers", workers)]
    sending = subprocess.Popen(command, env=shop.environment, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: len(shop.server.accepted()) >= 12, "the first letters")
    with locked(str(make_url(database_url).database)):
        _, told = sending.communicate(timeout=60)
        stopped_at = len(shop.server.accepted())
    assert sending.returncode == 3, told
    assert is_one_line_of_words(told), told
    assert "the database is locked by another process" in told
    assert stopped_at < LETTERS
    ends_well(shop, workers)
