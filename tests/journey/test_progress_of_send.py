"""What `send` shows while it sends: one line that changes, at a terminal; elsewhere with --json a line a second."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from mailing_rows import made_mailing

from tests.journey.conftest import ON_SQLITE, SEND, Shop, wait_until

pytestmark = ON_SQLITE
END = "planned 24 = sent 24 + failed 0 + skipped 0 + expired 0 + unknown 0 + waiting 0"
LINE = r"\d+ of 24 · \d+ a second · sent \d+ · waiting \d+ · \d+ (s|min) left"
STATES = ("sent", "failed", "skipped", "expired", "unknown", "waiting")


@pytest.fixture
def slow(shop: Shop) -> Shop:
    """Of twenty-four letters four have left after a while, the others when the relay is told to answer."""
    made_mailing(shop.store, [f"r{n}.{'slow-0.3' if n < 4 else 'held'}@x.test" for n in range(24)])
    return shop


class Terminal:
    """A terminal of our own, and all that was ever written to it."""

    def __init__(self) -> None:
        self._ours, self.theirs = os.openpty()
        self.written = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                octets = os.read(self._ours, 4096)
            except OSError:  # nobody holds the other end any more
                return
            self.written += octets

    def close(self) -> None:
        """Once those that wrote have ended."""
        os.close(self.theirs)
        self._reader.join(10)
        os.close(self._ours)

    @property
    def text(self) -> str:
        """With the signs that move the cursor."""
        return self.written.decode("utf-8", "ignore")

    @property
    def screen(self) -> list[str]:
        """What stands there: a line that was cleared begins anew."""
        return [line.rpartition("\r\x1b[K")[2] for line in self.text.replace("\r\n", "\n").split("\n")]


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    yield opened
    opened.close()


def test_at_a_terminal_one_line_tells_how_far_it_is_and_goes(slow: Shop, terminal: Terminal) -> None:
    """Rate, counts and time left; in the end the ledger alone, from the beginning of its line."""
    process = slow.begin(*SEND, stdin=terminal.theirs, stdout=terminal.theirs, stderr=terminal.theirs)
    wait_until(lambda: re.search(rf"\r\x1b\[K{LINE}", terminal.text), "a line with rate, counts and time left")
    slow.server.release()
    assert process.wait(30) == 0
    wait_until(lambda: END in terminal.text, "the last line")
    assert terminal.screen == [f"mailing 1 winback 2026-11: {END}", ""]


def test_elsewhere_nothing_is_shown_unless_asked_for(slow: Shop) -> None:
    """cron's letter is what was done."""
    slow.server.release()
    ran = slow.call(*SEND)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"mailing 1 winback 2026-11: {END}\n", "")


def test_json_lines_come_about_every_second_and_add_up(slow: Shop) -> None:
    """Each is a document; at every moment everybody is in one state."""
    process = slow.begin("--json", *SEND)
    assert process.stderr is not None
    told: list[dict[str, Any]] = []
    came: list[float] = []
    while len(told) < 4 or (told[-1]["sent"] < 4 and len(told) < 30):
        told.append(json.loads(process.stderr.readline()))
        came.append(time.monotonic())
    slow.server.release()
    out, err = process.communicate(timeout=30)
    assert 0.7 < (came[-1] - came[0]) / (len(came) - 1) < 3, came
    assert (told[0]["seconds_left"], told[-1]["sent"], told[-1]["rate"] > 0) == (None, 4, True)
    told += [json.loads(line) for line in err.splitlines()]
    planned = [each["planned"] for each in told]
    assert planned == [sum(each[state] for state in STATES) for each in told] == [24] * len(told)
    last = json.loads(out)
    assert {state: last[state] for state in STATES} == dict.fromkeys(STATES, 0) | {"sent": 24}
