"""What the encoding of a terminal or a pipe (cp1251, latin-1) cannot write is written in signs that it can."""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TextIO

STAND_INS = {"✓": "+", "✗": "-", "−": "-", "–": "-", "—": "-", "…": "...", "≥": ">=", "≤": "<=", "×": "x", "→": "->"}
"""Signs of ours, and what reads like them."""


class Streams:
    """stdout and stderr, which write whatever comes: nothing is lost, and JSON stays JSON."""

    handler = "rekindle.legible"

    def __init__(self) -> None:
        self.escaped = False
        _stand_in_for_closed()
        codecs.register_error(self.handler, self._legible)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors=self.handler)

    def flush(self) -> OSError | None:
        """Write out what is left; why the data cannot be. A reader (head, less) that has gone is no reason."""
        _flushed(sys.stderr)
        lost = _flushed(sys.stdout)
        return None if isinstance(lost, BrokenPipeError) else lost

    def _legible(self, error: UnicodeError) -> tuple[str, int]:
        r"""The stand-ins of what cannot be encoded, else `\uXXXX` as JSON writes it."""
        if not isinstance(error, UnicodeEncodeError):
            raise error
        signs = error.object[error.start : error.end]
        self.escaped = self.escaped or any(sign not in STAND_INS and sign.isprintable() for sign in signs)
        return "".join(STAND_INS.get(sign) or _escape(sign) for sign in signs), error.end


def _flushed(stream: TextIO) -> OSError | None:
    try:
        stream.flush()
    except OSError as error:
        # else the interpreter tries once more at its end, and complains
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error
    return None


def _stand_in_for_closed() -> None:
    """Descriptors that were closed before us lead nowhere: else the next file opened, the store, would stand there."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    # the interpreter's names for them are None
    sys.stdin = sys.stdin or open(0, encoding="utf-8")  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8")  # noqa: SIM115


def _escape(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] * 256 + units[at + 1]:04x}" for at in range(0, len(units), 2))
