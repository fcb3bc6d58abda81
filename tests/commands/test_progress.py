"""Progress: rate, counts and time left; words on a terminal, a JSON line a second otherwise."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mailing_rows import FILES, made_mailing

from rekindle.commands.progress import progress_json, progress_words, span_words
from rekindle.line.progress import Progress, watched
from rekindle.model.mailing import Tally
from rekindle.store.opening import open_store

from .conftest import Relayed


def test_what_a_person_and_a_program_read() -> None:
    progress = Progress(Tally(planned=5000, sent=1198, failed=2, waiting=3800), 310.0)
    assert (
        progress_words(progress) == "1,200 of 5,000 · 310 a second · sent 1,198 · failed 2 · waiting 3,800 · 12 s left"
    )
    assert progress_json(progress) == {
        "planned": 5000, "sent": 1198, "failed": 2, "skipped": 0, "expired": 0, "unknown": 0, "waiting": 3800,
        "rate": 310.0, "seconds_left": 12.3,
    }  # fmt: skip


def test_nobody_can_say_how_long_nothing_takes() -> None:
    progress = Progress(Tally(planned=5, waiting=5), 0.0)
    assert (progress_words(progress), progress_json(progress)["seconds_left"]) == (
        "0 of 5 · 0 a second · waiting 5",
        None,
    )


@pytest.mark.parametrize(("seconds", "words"), [(45, "45 s"), (720, "12 min"), (12_000, "3 h 20 min")])
def test_the_time_left_is_as_exact_as_a_guess_may_be(seconds: int, words: str) -> None:
    assert span_words(timedelta(seconds=seconds)) == words


def test_the_rate_is_that_of_the_ledger(tmp_path: Path) -> None:
    """Looked up beside the senders, and nobody is told any more after the end."""
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    made_mailing(store, [f"r{n}@x.test" for n in range(40)])
    told: list[Progress] = []
    with watched(store, 1, told.append):
        time.sleep(0.3)
        with store.writing() as connection:
            connection.exec_driver_sql("UPDATE delivery SET state = 'sent' WHERE id <= 20")
        time.sleep(1.2)
    assert [(each.tally.sent, round(each.rate)) for each in told[:2]] == [(0, 0), (20, pytest.approx(20, abs=3))]
    count = len(told)
    time.sleep(0.1)
    assert len(told) == count
    store.close()


def test_json_lines_go_to_stderr_and_the_document_to_stdout(relayed: Relayed, rekindle: Callable[..., Any]) -> None:
    root, store = relayed(FILES)
    made_mailing(store, ["a@x.test"])
    store.close()
    ran = rekindle("-C", root, "--json", "--now", "2026-11-01T09:00", "send", "winback", "--period", "2026-11", "--yes")
    assert json.loads(ran.out)["sent"] == 1
    assert json.loads(ran.err.splitlines()[0])["planned"] == 1
