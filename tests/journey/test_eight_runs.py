"""Eight `run` at once, as where every host has the same crontab: one mailing, one copy each."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from mailing_rows import FILES, made_contacts
from smtp_server import SmtpServer
from warm_command import started

from rekindle.store.engine import Store
from rekindle.store.mailings import list_mailings
from rekindle.store.verify import ledger_faults
from tests.journey.conftest import wait_until

RUNS = 8
ELSEWHERE = r"already running \(.+\); nothing to do here\n"
LETTERS = 20
CAMPAIGN = FILES["campaigns/winback.yml"] + 'schedule: {cron: "0 9 1 * *", max_lateness: 12 hours}\n'


def test_eight_runs_at_once_send_one_mailing_once(
    store: Store,
    database_url: str,
    serve: Callable[..., SmtpServer],
    workspace: Callable[..., Path],
    tmp_path: Path,
) -> None:
    """LEDGER 4: one works, seven say that it does, all exit 0. It ends when they have: its letters wait until then."""
    server = serve(keep_letters=False)
    with store.writing() as connection:
        made_contacts(connection, [f"r{n}.held@x.test" for n in range(LETTERS)])
    root = workspace(FILES | {"campaigns/winback.yml": CAMPAIGN})
    environment = {
        **os.environ,
        "REKINDLE_SMTP_URL": server.url,
        "REKINDLE_SECRET_KEY": "0123456789abcdef",
        "REKINDLE_PUBLIC_URL": "https://mail.shop.example",
    }
    words = ["-C", root, "--database", database_url, "--now", "2026-11-01T09:00", "run"]
    said = [tmp_path / f"said{number}" for number in range(RUNS)]
    runs = [started(words, environment, each) for each in said]
    try:
        wait_until(lambda: sum(run.exitcode is None for run in runs) <= 1, "the end of seven", 60)
        server.release()
        wait_until(lambda: all(run.exitcode is not None for run in runs), "the end of the one that works")
    finally:
        for run in runs:
            run.kill()
            run.join()
    with store.reading() as connection:
        ((mailing, ledger),) = list_mailings(connection)
        faults = ledger_faults(connection, mailing.mailing_id)
    told = [each.read_text(encoding="utf-8") for each in said]
    assert [run.exitcode for run in runs] == [0] * RUNS, told
    assert (ledger.sent, ledger.planned, faults) == (LETTERS, LETTERS, [])
    assert set(Counter(to for to, _ in server.accepted()).values()) == {1}
    assert sum(bool(re.fullmatch(ELSEWHERE, text)) for text in told) == RUNS - 1, told
    assert sum(text.endswith("winback 2026-11: 20 of 20 sent\n") for text in told) == 1, told
