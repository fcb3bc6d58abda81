"""How fast a shop's order file comes in: `rekindle import orders` against `sqlite3 .import` of the same file.

    python benchmarks/import_orders.py FILE.csv[.gz] [--map FILE.yml] [--runs 3]

Both in the same run, each in a process of its own on a fresh database, so the ratio means something where the absolute
figures do not. `.import` only copies cells as text; rekindle reads values, groups rows into orders, finds contacts,
compares, indexes and keeps refused rows. The file of the first honest figure is Online Retail (Chen, D., UCI), 541,909
lines. Needs the sqlite3 command.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAP = ROOT / "rekindle" / "demo" / "online-retail.map.yml"
CONFIGURATION = """
organisation: {name: Shop, address: "1 Street"}
from: Shop <hello@shop.example>
timezone: UTC
currency: GBP
topics: {offers: Offers}
"""


def measured(command: list[str], **options: object) -> tuple[float, float, int]:
    """Seconds, peak memory in MB and exit code of one process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, **options)  # type: ignore[call-overload]
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - began, usage.ru_maxrss / 1024, process.returncode


def rekindle_import(folder: Path, source: Path, map_path: Path) -> tuple[float, float, int]:
    """The whole command, start-up included, on a fresh store."""
    for leftover in folder.glob("rekindle.db*"):
        leftover.unlink()
    (folder / "rekindle.yml").write_text(CONFIGURATION, encoding="utf-8")
    command = [sys.executable, str(ROOT / "cli.py"), "-C", str(folder), "--now", "2011-12-10"]
    command += ["import", "orders", str(source), "--map", str(map_path)]
    return measured(command, stderr=subprocess.DEVNULL)


def sqlite_import(folder: Path, source: Path) -> tuple[float, float, int]:
    """The sqlite3 command's own import, every cell as text."""
    target = folder / "plain.db"
    target.unlink(missing_ok=True)
    return measured(["sqlite3", str(target), ".mode csv", f".import {source} lines"])


def main() -> int:
    """Print one line a run and the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--map", type=Path, default=MAP)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    ratios = []
    with tempfile.TemporaryDirectory(prefix="rk-import-") as name:
        folder = Path(name)
        source = folder / "lines.csv"
        opener = gzip.open if options.file.suffix == ".gz" else open
        with opener(options.file, "rb") as packed, source.open("wb") as plain:
            shutil.copyfileobj(packed, plain)
        for _ in range(options.runs):
            plain_seconds, plain_memory, _ = sqlite_import(folder, source)
            seconds, memory, code = rekindle_import(folder, source, options.map)
            if code != 0:
                print(f"rekindle import ended with {code}", file=sys.stderr)
                return 1
            ratios.append(seconds / plain_seconds)
            print(
                f"rekindle import orders {seconds:6.2f} s, {memory:4.0f} MB;  sqlite3 .import {plain_seconds:5.2f} s,"
                f" {plain_memory:4.0f} MB;  ratio {ratios[-1]:5.1f}"
            )
    print(f"median ratio {sorted(ratios)[len(ratios) // 2]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
