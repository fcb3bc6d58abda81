"""A crash leaves the store as it was: real processes, killed at any moment of an import."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROWS = 8_000
CONFIGURATION = """
organisation: {name: Shop, address: "1 Street"}
from: Shop <hello@shop.example>
timezone: UTC
currency: EUR
topics: {offers: Offers}
"""


def counted(path: Path) -> tuple[int, ...]:
    tables = ("import_run", "contact", "contact_point", "orders", "order_item", "contact_touch")
    connection = sqlite3.connect(path)
    try:
        return tuple(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
    finally:
        connection.close()


def started(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from rekindle.commands import entry; entry()", "-C", str(folder)]
    command += ["import", "orders", str(folder / "o.csv")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ})


@pytest.mark.timeout(300)
def test_a_killed_import_leaves_the_store_as_it_was(workspace: Callable[[Mapping[str, str]], Path]) -> None:
    """kill -9 at moments spread over the whole run: either nothing of it is there or all of it."""
    folder = workspace({"rekindle.yml": CONFIGURATION})
    (folder / "first.csv").write_text("email\nfirst@x.example\n", encoding="utf-8")
    lines = (f"{n // 3},c{n // 3 % 977},c{n // 3 % 977}@x.example,2026-01-01,p{n % 50},1,2.5\n" for n in range(ROWS))
    text = "number,external_id,email,placed_at,product,quantity,price\n" + "".join(lines)
    (folder / "o.csv").write_text(text, encoding="utf-8")
    from rekindle.commands import main

    assert main(["-C", str(folder), "import", "contacts", str(folder / "first.csv")]) == 0
    before = counted(folder / "rekindle.db")
    began = time.monotonic()
    whole = started(folder)
    whole.wait()
    took = time.monotonic() - began
    after = counted(folder / "rekindle.db")
    assert whole.returncode == 0
    assert after[0] == before[0] + 1
    (folder / "rekindle.db").unlink()
    for leftover in folder.glob("rekindle.db-[ws]*"):
        leftover.unlink()
    assert main(["-C", str(folder), "import", "contacts", str(folder / "first.csv")]) == 0
    for part in range(1, 9):
        process = started(folder)
        time.sleep(took * part / 9)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert counted(folder / "rekindle.db") in (before, after)
        if counted(folder / "rekindle.db") == after:
            break
