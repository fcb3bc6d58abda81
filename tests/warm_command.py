"""The real command in a process of its own whose imports are done: quick to start, and killed at will."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["rekindle.commands.run", "rekindle.line.run_due", "rekindle.line.send", "psycopg"])


def started(arguments: Sequence[object], environment: Mapping[str, str], said: Path) -> ForkServerProcess:
    """`rekindle ARGUMENTS`, running; all that it says goes to the end of `said`. Its `exitcode` is -9 once killed."""
    process = CONTEXT.Process(target=_run, args=([str(one) for one in arguments], dict(environment), str(said)))
    process.start()
    return process


def _run(arguments: list[str], environment: dict[str, str], said: str) -> None:
    from rekindle.commands import main

    os.environ.clear()
    os.environ.update(environment)
    out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    code = int(main(arguments))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def workers_of(process: ForkServerProcess) -> list[int]:
    """The ids of its own processes; none where the system does not tell."""
    try:
        told = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in told.split()]
