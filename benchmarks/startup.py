"""Start-up of `rekindle --help` against `python -c pass`: medians and the ratio of one run."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 21


def milliseconds(command: list[str]) -> float:
    """The median wall time of `command` over the rounds, bytecode cached, the first (cold) run not counted."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    taken = []
    for _ in range(ROUNDS + 1):
        begun = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken[1:])


def main() -> None:
    """Measure both in one run."""
    bare = milliseconds([sys.executable, "-c", "pass"])
    help_page = milliseconds([str(Path(sys.executable).with_name("rekindle")), "--help"])
    print(f"python -c pass      {bare:7.1f} ms")
    print(f"rekindle --help     {help_page:7.1f} ms   {help_page / bare:.1f} times python -c pass")


if __name__ == "__main__":
    main()
