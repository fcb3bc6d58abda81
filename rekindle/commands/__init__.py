"""Floor 6: one file per verb. The clock is taken here, and errors become a line and an exit code."""

from __future__ import annotations

import os
import sys


def main(arguments: list[str] | None = None) -> int:
    """Run `rekindle ARGUMENTS` and return its exit code."""
    from .root import run

    return run(sys.argv[1:] if arguments is None else arguments)


def entry() -> None:
    """The installed command: `main`, then the end of the process."""
    code = main()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader (head, less) has gone: nothing is wrong with us
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
