"""A wall clock that jumps a year ahead and two back while letters leave: nobody twice, none lost, no lease, no rate."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mailing_rows import FILES, made_mailing
from smtp_server import SmtpServer

from rekindle.store.engine import Store
from rekindle.store.mailings import tally
from rekindle.store.verify import ledger_faults

FAKETIME = next((str(path) for path in Path("/usr").glob("lib*/**/faketime/libfaketimeMT.so.1")), "")
RATE, BURST = 60, 12
"""Letters a second, and those of a fifth of a second, which may leave at once."""
LETTERS = 150
JUMPS = ("+400d", "-400d", "+3h", "-1d")

# libfaketime's clock_nanosleep, which time.sleep calls, cannot wait until a monotonic moment
DOOR = """
import select, sys, time
time.sleep = lambda seconds: select.select([], [], [], seconds)
from rekindle.commands import main
sys.exit(main(sys.argv[1:]))
"""

without_it = pytest.mark.skipif(not FAKETIME, reason="CLOCK JUMPS ARE NOT TRIED: libfaketime is not installed")


def _send(url: str, root: Path, server: SmtpServer, clock: Path) -> subprocess.Popen[str]:
    words = ["-C", str(root), "--database", url, "--now", "2026-11-01T09:00", "send", "winback", "--period", "2026-11"]
    environment = {
        **os.environ,
        "REKINDLE_SMTP_URL": server.url,
        "REKINDLE_SECRET_KEY": "0123456789abcdef",
        "REKINDLE_PUBLIC_URL": "https://mail.shop.example",
        "LD_PRELOAD": FAKETIME,
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",  # as the real one, which no change of the clock moves
    }
    return subprocess.Popen(
        [sys.executable, "-c", DOOR, *words, "--yes"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _set(clock: Path, offset: str) -> None:
    fresh = clock.with_suffix(".new")
    fresh.write_text(f"{offset}\n", encoding="ascii")
    fresh.replace(clock)


@without_it
def test_a_jumping_clock_harms_nothing(
    store: Store, database_url: str, serve: Callable[..., SmtpServer], workspace: Callable[..., Path], tmp_path: Path
) -> None:
    """LEDGER, the clock jumps: whoever comes with another clock is refused, a rate gives one burst a jump, no more."""
    server = serve(keep_letters=False)
    limited = FILES["rekindle.yml"].replace("connections: 4", f"connections: 4, per_second: {RATE}")
    files = FILES | {"rekindle.yml": limited}
    made_mailing(store, [f"r{n}@x.test" for n in range(LETTERS)], files)
    root = workspace(files)
    clock, others = tmp_path / "clock", []
    _set(clock, "+0")
    sender = _send(database_url, root, server, clock)
    while not server.accepted() and sender.poll() is None:
        time.sleep(0.01)
    began = time.monotonic()
    for number, offset in enumerate(JUMPS, 1):
        while len(server.accepted()) < number * LETTERS // 6 and sender.poll() is None:
            time.sleep(0.01)
        _set(clock, offset)
        if number < 3:
            others.append(_send(database_url, root, server, clock))
    out, _ = sender.communicate(timeout=100)
    seconds = time.monotonic() - began
    refused = [other.communicate(timeout=100)[0] for other in others]
    with store.reading() as connection:
        ledger, faults = tally(connection, 1), ledger_faults(connection, 1)
    assert (sender.returncode, ledger.sent, faults) == (0, LETTERS, []), out
    assert set(Counter(to for to, _ in server.accepted()).values()) == {1}
    assert seconds >= (LETTERS - BURST * (len(JUMPS) + 2)) / RATE
    for other, said in zip(others, refused, strict=True):
        assert other.returncode in (0, 6), said


def test_with_a_lost_clock_nothing_is_sent_and_nobody_is_skipped(
    store: Store,
    database_url: str,
    serve: Callable[..., SmtpServer],
    workspace: Callable[..., Path],
    rekindle: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At a machine's first moment in 1970 nobody has consented yet: that must not be written down as a reason."""
    server = serve(keep_letters=False)
    made_mailing(store, [f"r{n}@x.test" for n in range(3)])
    for name, value in (("SMTP_URL", server.url), ("SECRET_KEY", "0" * 16), ("PUBLIC_URL", "https://m.shop.example")):
        monkeypatch.setenv(f"REKINDLE_{name}", value)
    words = ["send", "winback", "--period", "2026-11", "--yes"]
    common = ["-C", workspace(FILES), "--database", database_url]
    lost = rekindle(*common, "--now", "1970-01-01T00:00", *words)
    with store.reading() as connection:
        before = tally(connection, 1)
    found = rekindle(*common, "--now", "2026-11-01T09:00", *words)
    assert (lost.code, before.waiting, found.code, len(server.accepted())) == (6, 3, 0, 3), lost.err
    assert "the clock says 1970-01-01 00:00 UTC, but mailing 1 was planned at 2026-11-01 09:00 UTC" in lost.err
