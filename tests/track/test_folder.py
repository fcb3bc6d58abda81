"""The store thread: nothing is lost or delayed by a store that is locked, away or slow."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event as listening
from starlette.testclient import TestClient

from rekindle.seal import Purpose
from rekindle.store.engine import Store
from rekindle.store.opening import open_store
from rekindle.track import listener as listener_module
from rekindle.track.folder import LARGEST_BATCH, Folder
from rekindle.track.journal import Journal
from rekindle.track.record import Record, RecordKind
from tests.conftest import NOW
from tests.track.conftest import BROWSER, Ground


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[Ground]:
    """A ground on an SQLite file that waits only a moment for a lock."""
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")

    @listening.listens_for(store.engine, "connect")
    def impatient(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 200")

    store.engine.dispose()
    yield Ground(store, tmp_path)
    store.close()


def writer(store: Store) -> sqlite3.Connection:
    """Another program that holds SQLite's write lock."""
    connection = sqlite3.connect(str(store.engine.url.database), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_a_locked_store_delays_no_pixel_and_no_link_and_loses_nothing(beside: Ground) -> None:
    opens, clicks = beside.seal(Purpose.OPEN, beside.to_anna), beside.seal(Purpose.CLICK, beside.to_anna, beside.link)
    with TestClient(beside.app(), follow_redirects=False, headers={"user-agent": BROWSER}) as client:
        client.get("/health")
        other = writer(beside.store)
        began = time.perf_counter()
        codes = [client.get(f"/o/{opens}.gif").status_code for _ in range(100)]
        codes += [client.get(f"/c/{clicks}").status_code for _ in range(50)]
        took = time.perf_counter() - began
        deadline = time.monotonic() + 5
        while client.get("/health").status_code == 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        health, meanwhile = client.get("/health"), beside.events()
        other.rollback()
        other.close()
    assert (set(codes[:100]), set(codes[100:])) == ({200}, {302})
    assert took < 2.0
    assert (health.status_code, health.json()["status"], meanwhile) == (503, "trouble", [])
    assert len(beside.events()) == 150, "what waited is folded at the end"
    assert [words for words in beside.said if "locked by another process" in words] != []
    assert beside.journal.read_bytes() == b""


def test_unsubscribing_while_the_store_is_locked_is_on_the_disk_before_the_answer(
    beside: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener_module, "FOLD_PATIENCE", 0.1)
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (real(descriptor), synced.append(descriptor)))
    with TestClient(beside.app(), headers={"user-agent": BROWSER}) as client:
        other = writer(beside.store)
        answer = client.post(f"/u/{beside.seal(Purpose.UNSUBSCRIBE, beside.to_boris)}")
        lying, before = beside.journal.read_bytes(), beside.consents()
        other.rollback()
        other.close()
    assert (answer.status_code, len(synced), before) == (200, 1, [])
    assert b'"kind":"unsubscribed"' in lying
    assert beside.consents() == [(beside.boris, "offers", False)]


def test_unsubscribing_does_not_need_the_store_at_all(beside: Ground) -> None:
    """The database server may be away: the wish is taken down and obeyed when it is back."""
    word = beside.seal(Purpose.UNSUBSCRIBE, beside.to_boris)
    database = Path(str(beside.store.engine.url.database))
    with TestClient(beside.app(), headers={"user-agent": BROWSER}) as client:
        beside.store.engine.dispose()
        database.rename(database.with_suffix(".away"))
        database.mkdir()
        page, post = client.get(f"/u/{word}"), client.post(f"/u/{word}", data={"scope": "all"})
        database.rmdir()
        database.with_suffix(".away").rename(database)
    assert (page.status_code, page.headers["retry-after"], post.status_code) == (503, "60", 200)
    assert beside.consents() == [(beside.boris, "*", False)]


def test_a_wish_that_cannot_be_kept_is_not_said_to_be_done(beside: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full disk: 503 instead of a promise; a pixel still comes, and health says that something was lost."""
    with TestClient(beside.app(), headers={"user-agent": BROWSER}) as client:
        monkeypatch.setattr("rekindle.track.journal.os.write", lambda _descriptor, _line: 0)
        post = client.post(f"/u/{beside.seal(Purpose.UNSUBSCRIBE, beside.to_boris)}")
        pixel = client.get(f"/o/{beside.seal(Purpose.OPEN, beside.to_boris)}.gif")
        health = client.get("/health")
        monkeypatch.undo()
    assert (post.status_code, pixel.status_code, health.status_code) == (503, 200, 503)
    assert "Отпис" not in post.text
    assert beside.consents() == []
    assert [words for words in beside.said if words.startswith("an open or click is lost")] != []


def test_what_a_crashed_process_left_is_folded_by_the_next_start(ground: Ground) -> None:
    whole = Record(RecordKind.OPENED, ground.to_anna, NOW).line()
    wish = Record(RecordKind.UNSUBSCRIBED, ground.to_boris, NOW, how="one-click").line()
    stray = Record(RecordKind.OPENED, 10**9, NOW).line()
    ground.journal.write_bytes(whole + b"\x00\x00garbage\n" + wish + stray + whole[:20])
    ground.journal.with_name("events.jsonl.1").write_bytes(Record(RecordKind.OPENED, ground.to_boris, NOW).line())
    with TestClient(ground.app()) as client:
        assert client.app.state.listener.fold()  # type: ignore[attr-defined]
    assert sorted(ground.events()) == [
        ("opened", ground.to_anna, False, ""),
        ("opened", ground.to_boris, False, ""),
        ("unsubscribed", ground.to_boris, False, "one-click"),
    ]
    aside = ground.journal.with_name("events.jsonl.aside").read_bytes()
    assert aside == whole[:20] + b"\n" + b"\x00\x00garbage\n" + stray
    assert [words for words in ground.said if "torn by a crash" in words or "fit nothing" in words] == ground.said
    assert len(ground.said) == 2


def test_no_commit_takes_more_than_five_hundred(ground: Ground) -> None:
    for number in range(1203):
        line = Record(RecordKind.OPENED, ground.to_anna, NOW, machine=f"rule {number}").line()
        with ground.journal.open("ab") as file:
            file.write(line)
    commits: list[int] = []
    listening.listen(ground.store.engine, "commit", lambda _connection: commits.append(len(ground.events())))
    with TestClient(ground.app()):
        pass
    assert (LARGEST_BATCH, len(ground.events()), len(commits)) == (500, 1203, 3)


def test_a_store_that_stays_away_leaves_the_lines_for_the_next_start(beside: Ground) -> None:
    journal = Journal(beside.journal)
    journal.append(Record(RecordKind.OPENED, beside.to_anna, NOW).line())
    other = writer(beside.store)
    folder = Folder(beside.store, [journal], beside.now, beside.said.append)
    folder.start()
    folder.stop()
    other.rollback()
    other.close()
    journal.close()
    assert (beside.events(), beside.said[-1].startswith("the store did not take everything")) == ([], True)
    with TestClient(beside.app()):
        pass
    assert beside.events() == [("opened", beside.to_anna, False, "")]


def test_a_kill_between_commit_and_mark_folds_again_and_adds_nothing(beside: Ground) -> None:
    """A process dies in the midst of folding; the next takes the same lines, and each event is there once."""
    lines = [Record(RecordKind.OPENED, beside.to_anna, NOW, machine=f"rule {n}").line() for n in range(3000)]
    beside.journal.write_bytes(b"".join(lines))
    script = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path;"
        "from rekindle.store.opening import open_store; from rekindle.track.folder import Folder;"
        "from rekindle.track.journal import take_journals; store = open_store(sys.argv[1]);"
        "folder = Folder(store, take_journals(Path(sys.argv[2])), lambda: datetime.now(UTC), print);"
        "folder.start(); folder._hurry.set(); print('folding', flush=True); folder._thread.join()"
    )
    url = str(beside.store.engine.url)
    process = subprocess.Popen([sys.executable, "-c", script, url, str(beside.journal)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    deadline = time.monotonic() + 20
    while not beside.events() and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    folded_before = len(beside.events())
    with TestClient(beside.app()):
        pass
    details = [detail for _, _, _, detail in beside.events()]
    assert folded_before > 0
    assert sorted(details) == sorted(f"rule {n}" for n in range(3000))
