"""`expires`: what still waits when its time is over does not leave any more, and the mailing is done (LEDGER 1)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from small_shop import FILES, LETTER
from smtp_server import SmtpServer

CAMPAIGN = LETTER + 'schedule: {cron: "0 9 1 * *", max_lateness: 12 hours}\nexpires: 2 days\n'
READERS = ("anna@x.test", "boris.rcpt-450@x.test")


@pytest.fixture
def run(
    workspace: Callable[[Mapping[str, str]], Path],
    serve: Callable[..., SmtpServer],
    rekindle: Any,
    database_url: str,
    tmp_path: Path,
) -> Callable[..., Any]:
    """A command at a time of November 2026, in a shop with one reader whose mailbox never takes anything."""
    environment = FILES[".env"].replace("eml:letters", serve().url)
    root = workspace(FILES | {".env": environment, "campaigns/winback.yml": CAMPAIGN})
    rows = "".join(f"x{number},{email},2026-01-01,offers\n" for number, email in enumerate(READERS))
    (tmp_path / "contacts.csv").write_text("external_id,email,created_at,consent\n" + rows, encoding="utf-8")

    def call(at: str, *words: object) -> Any:
        return rekindle("-C", root, "--database", database_url, "--now", f"2026-11-{at}", *words)

    assert call("01T08:00", "import", "contacts", tmp_path / "contacts.csv").code == 0
    return call


def ledger(run: Callable[..., Any], at: str) -> tuple[str, int, int, int]:
    (row,) = json.loads(run(at, "--json", "mailing", "list").out)
    return row["state"], row["sent"], row["waiting"], row["expired"]


def test_a_letter_that_waits_past_its_time_expires_and_the_mailing_is_done(run: Callable[..., Any]) -> None:
    assert run("01T09:00", "run").code == 0
    assert ledger(run, "01T09:01") == ("sending", 1, 1, 0)
    run("03T08:59", "run")
    assert ledger(run, "03T08:59") == ("sending", 1, 1, 0)
    # its next try lies hours ahead: the run that sees its time over need not wait for that
    assert run("03T09:00", "run").code == 0
    assert ledger(run, "03T09:01") == ("done", 1, 0, 1)
    assert run("03T09:05", "run").out == ""
