"""Floor 6: one file per verb. The clock is taken here, and errors become a line and an exit code."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run `rekindle ARGUMENTS` and return its exit code."""
    from .root import run

    return run(sys.argv[1:] if arguments is None else arguments)


def entry() -> None:
    """The installed command: `main`, then the end of the process."""
    from ..model.error import ExitCode
    from .legible import Streams

    streams = Streams()
    code = main()
    if streams.escaped:
        said = f"the encoding here ({sys.stdout.encoding}) cannot write some letters, which stand as \\uXXXX;"
        print(f"rekindle: {said} PYTHONIOENCODING=utf-8 writes them", file=sys.stderr)
    lost = streams.flush()
    if lost is not None:
        print(f"rekindle: the output cannot be written: {lost.strerror}", file=sys.stderr)
        code = code or ExitCode.PROBLEMS
    sys.exit(code)
