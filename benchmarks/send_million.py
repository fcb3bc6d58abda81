"""Whether a mailing's size tells: memory and time a letter of `send`, from ten thousand to a million deliveries.

    python benchmarks/send_million.py [--letters 10000 100000 1000000] [--connections 10] [--workers 1] [--folder DIR]

The real command in a process of its own, small letters (each with its own link) into Postfix's `smtp-sink`, SQLite.
Memory is that of the sending process (and its workers) alone, as the kernel counts it; the first size is the
yardstick. Needs Debian's postfix.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from mailing_rows import FILES, made_mailing
from send_line import sink

from rekindle.store.opening import open_store

LOOK = 0.5
"""Seconds between two looks at the process."""


@dataclass(frozen=True)
class Size:
    """What one size took: megabytes at most, microseconds a letter (steady; of the processor), megabytes of the WAL."""

    megabytes: float
    each: float
    processor: float
    wal: float


def made(folder: Path, letters: int, connections: int) -> Path:
    """A store with that many queued deliveries: one is made as tests make it, the others are its copies."""
    path, files = folder / f"{letters}.db", FILES | {"rekindle.yml": _configuration(connections)}
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    store = open_store(f"sqlite:///{path}")
    made_mailing(store, ["r1@x.test"], files)
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for table, own in (
            ("contact", {"id": "n", "email": "'r' || n || '@x.test'", "address_key": "'r' || n || '@x.test'",
                         "external_id": "'C-' || n", "first_name": "'Name' || n"}),
            ("consent", {"id": "n", "contact_id": "n"}),
            ("audience_member", {"contact_id": "n"}),
            ("delivery", {"id": "n", "contact_id": "n", "address": "'r' || n || '@x.test'",
                          "address_key": "'r' || n || '@x.test'"}),
        ):  # fmt: skip
            _copy(connection, table, own, letters)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def _configuration(connections: int) -> str:
    return FILES["rekindle.yml"].replace("connections: 4", f"connections: {connections}")


def _copy(connection: sqlite3.Connection, table: str, own: dict[str, str], rows: int) -> None:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(own.get(name, f"one.{name}") for name in columns)
    connection.execute(
        f"WITH RECURSIVE number(n) AS (VALUES (2) UNION ALL SELECT n + 1 FROM number WHERE n < {rows})"
        f" INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM number, (SELECT * FROM {table} LIMIT 1) one"
    )


def sent(path: Path, port: int, workers: int, letters: int) -> Size:
    """Send them all; what it took."""
    command = [sys.executable, str(ROOT / "cli.py"), "-C", str(path.parent), "--database", f"sqlite:///{path}"]
    command += ["--now", "2026-11-01T09:00", "send", "winback", "--period", "2026-11", "--yes"]
    command += ["--workers", str(workers)]
    environment = {
        **os.environ,
        "REKINDLE_SMTP_URL": f"smtp://127.0.0.1:{port}?starttls=no",
        "REKINDLE_SECRET_KEY": "0123456789abcdef",
        "REKINDLE_PUBLIC_URL": "https://mail.shop.example",
    }
    busy, began = _processor(), time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most, wal, said = 0.0, 0, began
    while process.poll() is None:
        memory = sum(_peak(pid) for pid in _family(process.pid))
        most, wal = max(most, memory), max(wal, _length(Path(f"{path}-wal")))
        if time.perf_counter() - said > 20:
            said = time.perf_counter()
            print(f"  {said - began:6.0f} s {_sent(path):>9,} sent  {memory:7.1f} MB", flush=True)
        time.sleep(LOOK)
    done = _sent(path)
    assert (process.returncode, done) == (0, letters), (process.returncode, done)
    return Size(most, _steady(path, letters), (_processor() - busy) / letters * 1e6, wal / 1e6)


def _steady(path: Path, letters: int) -> float:
    """Microseconds a letter from the first tenth sent to the last: without the start."""
    first = letters // 10
    with closing(sqlite3.connect(path)) as connection:
        (last,) = connection.execute("SELECT max(sent_at) FROM delivery").fetchone()
        (then,) = connection.execute(
            "SELECT sent_at FROM delivery ORDER BY sent_at LIMIT 1 OFFSET ?", (first,)
        ).fetchone()
    return float((last - then) / (letters - 1 - first))


def _processor() -> float:
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def _family(pid: int) -> list[int]:
    """The process and its children."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return [pid]
    return [pid, *map(int, told.split())]


def _peak(pid: int) -> float:
    """Megabytes of resident memory that it ever had."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM")), 0.0)


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sent(path: Path) -> int:
    with closing(sqlite3.connect(path, timeout=60)) as connection:
        return int(connection.execute("SELECT count(*) FROM delivery WHERE state = 'sent'").fetchone()[0])


def told(size: Size, base: Size) -> str:
    """One line of the table, against the first size."""
    memory = f"{size.megabytes:>12.1f}{size.megabytes / base.megabytes:>7.2f}"
    time_each = f"{size.each:>9.0f}{size.each / base.each:>7.2f}"
    return f"{memory}{time_each}{size.processor:>17.0f}{size.processor / base.processor:>7.2f}{size.wal:>8.1f}"


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--letters", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--connections", type=int, default=10)
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--folder")
    chosen = options.parse_args()
    first: Size | None = None
    print("   letters  MB at most  ratio  us each  ratio  us of processor  ratio  WAL MB")
    with sink() as port, tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        for letters in chosen.letters:
            path = made(Path(folder), letters, chosen.connections)
            size = sent(path, port, chosen.workers, letters)
            first = first or size
            print(f"{letters:>10,}{told(size, first)}", flush=True)
            for name in ("", "-wal", "-shm"):
                Path(f"{path}{name}").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
