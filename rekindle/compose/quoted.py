"""Quoted-printable of a body in pieces: whole lines that are the same in every letter are encoded once.

A line is encoded the same whatever stands before and after it, so a kept text is cut at its first and last line end.
"""

from __future__ import annotations

from binascii import b2a_qp
from collections.abc import Sequence
from functools import lru_cache

from .splice import LONG, CarriageReturnError

_LINE = 76


def spliced_quoted(pieces: Sequence[str]) -> bytes:
    """Quoted-printable of these ASCII texts one after the other. Raises CarriageReturnError where there is one."""
    encoded: list[bytes] = []
    tail, start = "", 0
    for index, piece in enumerate(pieces):
        if len(piece) < LONG or "\n" not in piece:
            continue
        head, body, after = _known(piece)
        encoded += (quoted_printable("".join((tail, *pieces[start:index], head))), body)
        tail, start = after, index + 1
    encoded.append(quoted_printable("".join((tail, *pieces[start:]))))
    return b"".join(encoded)


def quoted_printable(text: str) -> bytes:
    """Quoted-printable (RFC 2045 6.7) with CRLF, no line beginning with a dot. Raises CarriageReturnError."""
    if "\r" in text:
        raise CarriageReturnError
    encoded = b2a_qp(text.encode("ascii"), quotetabs=True, istext=True)
    lines = encoded.split(b"\n")
    if b"\n." in encoded or encoded.startswith(b"."):
        lines = [line for written in lines for line in _undotted(written)]
    return b"\r\n".join(lines)


@lru_cache(maxsize=1024)
def _known(piece: str) -> tuple[str, bytes, str]:
    """What completes a line begun before it, its own whole lines encoded, and what is left over."""
    first, last = piece.index("\n") + 1, piece.rindex("\n") + 1
    return piece[:first], quoted_printable(piece[first:last]), piece[last:]


def _undotted(line: bytes) -> list[bytes]:
    """A line that begins with a dot with that dot encoded, and broken anew where it has become too long."""
    if not line.startswith(b"."):
        return [line]
    line = b"=2E" + line[1:]
    if len(line) <= _LINE:
        return [line]
    cut = _LINE - 3
    while b"=" in line[cut - 2 : cut]:
        cut -= 1
    return [line[:cut] + b"=", *_undotted(line[cut:])]
