"""The journal: lines are appended whole, survive a crash, come out in order, and leave once they are folded."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rekindle.track import journal as module
from rekindle.track.journal import Journal, JournalError, journal_path, take_journals


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path / "events.jsonl")
    yield opened
    opened.close()


def test_lines_come_back_in_order_and_in_batches(journal: Journal) -> None:
    for number in range(7):
        journal.append(b"%d\n" % number)
    first = journal.read(5)
    assert first.lines == (b"0\n", b"1\n", b"2\n", b"3\n", b"4\n")
    assert journal.read(5) == first, "nothing is gone before it is settled"
    journal.settle(first)
    assert journal.read(5).lines == (b"5\n", b"6\n")


def test_the_file_is_emptied_when_all_is_folded_and_positions_go_on(journal: Journal) -> None:
    first = journal.append(b"one\n")
    journal.settle(journal.read(9))
    assert (journal.path.stat().st_size, journal.waiting, journal.folded_to) == (0, 0, first)
    second = journal.append(b"two\n")
    assert (journal.folded_to < second, journal.waiting) == (True, 4)
    journal.settle(journal.read(9))
    assert journal.folded_to == second == 8


def test_what_comes_while_a_batch_is_folded_stays(journal: Journal) -> None:
    journal.append(b"one\n")
    batch = journal.read(9)
    journal.append(b"two\n")
    journal.settle(batch)
    assert journal.read(9).lines == (b"two\n",)


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    former = os.umask(0)
    try:
        journal = Journal(tmp_path / "private.jsonl")
        aside = journal.set_aside(b"x")
        journal.close()
    finally:
        os.umask(former)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (journal.path, aside)] == [0o600, 0o600]


def test_a_line_torn_by_a_crash_is_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"whole\nto")
    journal = Journal(path)
    journal.append(b"next\n")
    assert (journal.torn, journal.read(9).lines) == (True, (b"whole\n", b"next\n"))
    assert (tmp_path / "events.jsonl.aside").read_bytes() == b"to\n"
    journal.close()


@pytest.mark.parametrize(("left", "torn"), [(b"", False), (b"whole\n", False), (b"torn", True)])
def test_what_a_dead_process_left_is_there_for_the_next(tmp_path: Path, left: bytes, torn: bool) -> None:
    (tmp_path / "events.jsonl").write_bytes(left)
    journal = Journal(tmp_path / "events.jsonl")
    assert (journal.torn, b"".join(journal.read(9).lines)) == (torn, b"" if torn else left)
    journal.close()


def test_a_second_process_gets_a_journal_of_its_own_and_takes_over_the_dead_ones(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    mine = take_journals(path)
    script = (
        "import sys; from pathlib import Path; from rekindle.track.journal import take_journals;"
        "held = take_journals(Path(sys.argv[1])); held[0].append(b'theirs\\n');"
        "print(*[journal.path.name for journal in held])"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert ([each.path.name for each in mine], done.stdout.split()) == (["events.jsonl"], ["events.jsonl.1"])
    mine[0].close()
    again = take_journals(path)
    assert [(each.path.name, each.read(9).lines) for each in again] == [
        ("events.jsonl", ()), ("events.jsonl.1", (b"theirs\n",)),
    ]  # fmt: skip
    for each in again:
        each.close()


def test_many_threads_never_mix_their_lines(journal: Journal) -> None:
    def write(letter: int) -> None:
        for _ in range(300):
            journal.append(bytes([letter]) * 200 + b"\n")

    threads = [threading.Thread(target=write, args=(letter,)) for letter in b"abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = []
    while (batch := journal.read(500)).lines:
        seen += batch.lines
        journal.settle(batch)
    assert sorted(seen) == sorted(bytes([letter]) * 200 + b"\n" for letter in b"abcdef" for _ in range(300))


def test_a_full_disk_takes_nothing_and_leaves_no_half_line(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.append(b"whole\n")
    real = os.write
    monkeypatch.setattr(module.os, "write", lambda descriptor, line: real(descriptor, line[:3]))
    with pytest.raises(JournalError, match="the disk is full"):
        journal.append(b"half a line\n", durable=True)
    monkeypatch.undo()
    journal.append(b"next\n")
    assert (journal.path.read_bytes(), journal.read(9).lines) == (b"whole\nnext\n", (b"whole\n", b"next\n"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_an_error_of_the_system_is_told_in_words(journal: Journal) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    journal._descriptor, kept = full, journal._descriptor
    with pytest.raises(JournalError, match="No space left"):
        journal.append(b"x\n")
    journal._descriptor = kept
    os.close(full)


def test_a_full_journal_still_takes_unsubscribing(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 5)
    journal.append(b"12345\n")
    with pytest.raises(JournalError, match="is full"):
        journal.append(b"open\n")
    journal.append(b"leave\n", durable=True)
    assert journal.read(9).lines == (b"12345\n", b"leave\n")


def test_a_line_longer_than_a_read_does_not_stop_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only damage can make one; it comes out in pieces, which are no records, and then the next line."""
    monkeypatch.setattr(module, "READ_SIZE", 16)
    (tmp_path / "events.jsonl").write_bytes(b"x" * 40 + b"\ngood\n")
    journal, seen = Journal(tmp_path / "events.jsonl"), []
    while (batch := journal.read(500)).lines:
        seen += batch.lines
        journal.settle(batch)
    journal.close()
    assert (b"".join(seen), seen[-1]) == (b"x" * 40 + b"\ngood\n", b"good\n")


def test_a_folder_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"cannot open the journal .*No such file"):
        take_journals(tmp_path / "no" / "events.jsonl")


def test_the_journal_lies_beside_the_database_or_in_the_folder(tmp_path: Path) -> None:
    assert journal_path("/srv/shop/rekindle.db", tmp_path) == Path("/srv/shop/rekindle.db.events.jsonl")
    assert journal_path(None, tmp_path) == tmp_path / "rekindle.events.jsonl"
