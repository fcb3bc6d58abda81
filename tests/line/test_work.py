"""`work`: several processes at one mailing, each letter once; what the living have in hand is not taken from them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mailing_rows import FILES, NOW, made_mailing
from smtp_server import SmtpServer
from sqlalchemy import select

from rekindle.model.mailing import MailingState, Tally
from rekindle.store.claims import Claimant, claim
from rekindle.store.deliveries import recover
from rekindle.store.engine import Store
from rekindle.store.holder import this_process
from rekindle.store.leases import helping_lease, leased, living_helpers
from rekindle.store.mailings import get_mailing, mailings_to_help, step_mailing, tally
from rekindle.store.marks import Handing, mark_handing
from rekindle.store.tables import lease
from rekindle.store.verify import ledger_faults

Serve = Callable[..., SmtpServer]
ROOT = Path(__file__).parents[2]
LETTERS = 1_000
"""More than four connections come to, at a tenth of a second a letter, while others start."""


def start(database_url: str, server: SmtpServer, root: Path, *more: str) -> subprocess.Popen[str]:
    common = ["-C", str(root), "--database", database_url, "--now", "2026-11-01T09:00"]
    environment = {
        **os.environ,
        "REKINDLE_SMTP_URL": server.url,
        "REKINDLE_SECRET_KEY": "0123456789abcdef",
        "REKINDLE_PUBLIC_URL": "https://mail.shop.example",
    }
    return subprocess.Popen(
        [sys.executable, str(ROOT / "cli.py"), *common, *more],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_three_at_one_mailing_each_letter_once(
    store: Store, database_url: str, serve: Serve, workspace: Callable[..., Path]
) -> None:
    """One leads and the others help; all end when nothing is due, and the ledger is one.

    Together they open as many connections to the relay as `sending.connections` says, however many they are.
    """
    server = serve(keep_letters=False)
    made_mailing(store, [f"r{n}.slow-0.1@x.test" for n in range(LETTERS)])
    root = workspace({"rekindle.yml": FILES["rekindle.yml"]})
    crew = [start(database_url, server, root, "--json", "work") for _ in range(3)]
    wait_for(store, lambda holders: len(set(holders)) == 3)
    server.release()
    ended = [(process.communicate(timeout=60), process.returncode) for process in crew]
    with store.reading() as connection:
        ledger, faults = tally(connection, 1), ledger_faults(connection, 1)
        state = get_mailing(connection, 1).state
    assert [code for _, code in ended] == [0, 0, 0], ended
    assert Counter(to for to, _ in server.accepted()) == Counter(f"r{n}.slow-0.1@x.test" for n in range(LETTERS))
    assert (ledger, state, faults) == (Tally(planned=LETTERS, sent=LETTERS), MailingState.DONE, [])
    assert sum(bool(json.loads(out)) for (out, _), _ in ended) >= 2, "nobody helped"
    assert server.most_open == 4


def test_a_helper_that_is_killed_leaves_unknown_only_what_it_had_handed_over(
    store: Store, database_url: str, serve: Serve, workspace: Callable[..., Path]
) -> None:
    server = serve(keep_letters=False)
    made_mailing(store, [f"r{n}.slow-0.1@x.test" for n in range(LETTERS)])
    root = workspace({"rekindle.yml": FILES["rekindle.yml"]})
    lead = start(database_url, server, root, "work")
    while len(server.accepted()) < 5:
        time.sleep(0.01)
    helper = start(database_url, server, root, "work")
    wait_for(store, lambda holders: helper.pid in holders)
    time.sleep(0.1)
    helper.send_signal(signal.SIGKILL)
    helper.communicate()
    server.release()
    lead.communicate(timeout=60)
    again = start(database_url, server, root, "work")
    again.communicate(timeout=60)
    with store.reading() as connection:
        ledger, faults = tally(connection, 1), ledger_faults(connection, 1)
    accepted = Counter(to for to, _ in server.accepted())
    assert max(accepted.values()) == 1
    assert (ledger.waiting, ledger.sent + ledger.unknown, faults) == (0, LETTERS, [])
    assert ledger.unknown <= 4
    assert ledger.sent <= len(accepted)


def test_connections_of_a_killed_process_are_used_by_the_others(
    store: Store, database_url: str, serve: Serve, workspace: Callable[..., Path]
) -> None:
    server = serve(keep_letters=False)
    made_mailing(store, [f"r{n}.slow-0.1@x.test" for n in range(3_000)])  # its end is not waited for
    root = workspace({"rekindle.yml": FILES["rekindle.yml"]})
    first = start(database_url, server, root, "work")
    while len(server.accepted()) < 4:
        time.sleep(0.01)
    second = start(database_url, server, root, "--json", "work")
    wait_for(store, lambda holders: len(set(holders)) == 2)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    wait_for(store, lambda holders: len(holders) == 4 and len(set(holders)) == 1)
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=60)
    assert server.most_open == 4


def wait_for(store: Store, holds: Callable[[list[str]], bool]) -> None:
    """Until the holders of the connections are as they must be, each of them once."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with store.reading() as connection:
            found = connection.scalars(
                select(lease.c.owner).where(lease.c.name.startswith("connection/"), lease.c.owner != "")
            )
            holders = [json.loads(owner)["pid"] for owner in found]
        if holds(holders):
            return
        time.sleep(0.02)
    pytest.fail(f"held by {holders}")


def test_what_a_living_helper_has_in_hand_is_left_to_it(store: Store) -> None:
    """Its own lease speaks for it, whoever leads by now; when it is gone its letters are settled."""
    made_mailing(store, [f"r{n}@x.test" for n in range(4)])
    name = helping_lease(1, this_process())
    with leased(store, name, lambda: datetime.now(UTC)), store.writing() as connection:
        helper = Claimant(1, name, 1)
        ids = [one.delivery.delivery_id for one in claim(connection, helper, NOW, 2).claims]
        mark_handing(connection, helper, [Handing(ids[0], "<m@x>", NOW)])
        living = living_helpers(connection, 1, datetime.now(UTC))
        assert living == [name]
        assert recover(connection, 1, 9, NOW, living) == (0, 0)
    with store.writing() as connection:
        assert living_helpers(connection, 1, datetime.now(UTC)) == []
        assert recover(connection, 1, 9, NOW) == (1, 1)


def test_what_there_is_to_help_with(store: Store) -> None:
    made_mailing(store, ["a@x.test"])
    with store.writing() as connection:
        assert [one.mailing_id for one in mailings_to_help(connection, NOW)] == [1]
        claim(connection, Claimant(1, "other", 1), NOW, 5)
        assert mailings_to_help(connection, NOW) == []
        recover(connection, 1, 2, NOW)
        step_mailing(connection, 1, MailingState.PAUSED, NOW)
        assert mailings_to_help(connection, NOW) == []


def test_where_nothing_is_due_it_ends_at_once(
    workspace: Callable[..., Path], rekindle: Callable[..., Any], serve: Serve, monkeypatch: Any
) -> None:
    root = workspace(FILES)
    monkeypatch.setenv("REKINDLE_SMTP_URL", serve().url)
    monkeypatch.setenv("REKINDLE_SECRET_KEY", "0123456789abcdef")
    monkeypatch.setenv("REKINDLE_PUBLIC_URL", "https://mail.shop.example")
    ran = rekindle("-C", root, "work")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
