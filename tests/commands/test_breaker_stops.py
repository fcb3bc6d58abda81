"""Too many letters come back: the mailing pauses by itself, exit 6 and why, and goes on at a person's word."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from mailing_rows import FILES, made_contacts

from .conftest import Relayed

BAD = 100
READERS = 400
STOPPING = {
    **FILES,
    "rekindle.yml": FILES["rekindle.yml"] + "stop_when: {bounced: 5%, after: 20}\n",
    "campaigns/winback.yml": FILES["campaigns/winback.yml"] + 'schedule: {cron: "0 9 1 * *", max_lateness: 12 hours}\n',
}
WHY = r"is (held|paused): \d+ of \d+ letters bounced or were refused \(\d+(\.\d+)? %; stop_when\.bounced is 5 %\)"
At = Callable[..., Any]


@pytest.fixture
def at(relayed: Relayed, rekindle: Callable[..., Any]) -> At:
    """Call the command at that hour; of four hundred readers the relay does not know a hundred of the first."""
    root, store = relayed(STOPPING, keep_letters=False)
    with store.writing() as connection:
        gone = [f"r{n}.rcpt-550-5.1.1@x.test" for n in range(BAD)]
        made_contacts(connection, [*gone, *(f"r{n}@x.test" for n in range(BAD, READERS))])
    store.close()
    return lambda hour, *words: rekindle("-C", root, "--now", f"2026-11-01T{hour:02}:00", *words)


def ledger(at: At) -> dict[str, Any]:
    """The mailing's numbers, which add up."""
    (row,) = json.loads(at(9, "--json", "mailing", "list").out)
    ends = ("sent", "failed", "skipped", "expired", "unknown", "waiting")
    assert row["planned"] == sum(row[end] for end in ends) == READERS
    found: dict[str, Any] = row
    return found


@pytest.mark.parametrize("verb", [("send", "winback", "--period", "2026-11", "--yes"), ("run",)])
def test_a_mailing_that_comes_back_pauses_until_a_person_lets_it_go(at: At, verb: tuple[str, ...]) -> None:
    """LEDGER: over `stop_when` it pauses, exit 6, each time; what had come back then is forgiven by `resume`."""
    ran = at(9, *verb)
    assert ran.code == 6, ran
    assert re.search(WHY, ran.err), ran.err
    paused = ledger(at)
    assert (paused["state"], paused["failed"] >= 20, paused["waiting"] > 0) == ("paused", True, True)
    assert (at(10, *verb).code, ledger(at)) == (6, paused)
    assert at(10, "resume", "1").code == 0
    assert at(11, *verb).code == 5
    done = ledger(at)
    assert (done["state"], done["sent"], done["failed"]) == ("done", READERS - BAD, BAD)
