"""Base64 of a body in pieces: what is the same in every letter is encoded once, and the rest is put between.

Three octets are four characters, so a text is encoded in one of three ways, by how many octets stand before it in its
group of three; all three are kept. Lines may be shorter than 76 characters (RFC 2045 6.8), so each kept text has lines
of its own and nothing behind a changed word has to be broken anew.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from struct import Struct

_LINE = 76
_LINES = Struct(f"{_LINE}s" * 64)
"""Cuts 64 lines in one go, which is four times as fast as slice by slice."""

LONG = 500
"""Characters from which a piece is worth lines of its own, kept in three ways."""


class CarriageReturnError(ValueError):
    """A text has line ends that are not those of templates."""


def base64_lines(octets: bytes) -> bytes:
    """Base64 in lines of 76 characters, the last one without its line end."""
    whole = b2a_base64(octets, newline=False)
    size = len(whole)
    if size <= _LINE:
        return whole
    if size < _LINES.size:
        return b"\r\n".join(_cutter(size)(whole))
    cut = size // _LINES.size * _LINES.size
    lines = list(chain.from_iterable(_LINES.iter_unpack(memoryview(whole)[:cut])))
    lines += [whole[start : start + _LINE] for start in range(cut, size, _LINE)]
    return b"\r\n".join(lines)


@lru_cache(maxsize=_LINES.size)
def _cutter(size: int) -> Callable[[bytes], tuple[bytes, ...]]:
    """Cuts base64 of this size into lines."""
    return Struct(f"{_LINE}s" * (size // _LINE) + (f"{size % _LINE}s" if size % _LINE else "")).unpack


def spliced_base64(pieces: Sequence[str]) -> bytes:
    """Base64 of the UTF-8 of these texts one after the other, line ends as CRLF.

    Raises CarriageReturnError where there is one in them: whether it is a line end, only the whole text can tell.
    """
    encoded: list[bytes] = []
    tail, start = b"", 0
    for index, piece in enumerate(pieces):
        if len(piece) < LONG:
            continue
        before = tail + _octets("".join(pieces[start:index]))
        head, body, tail = _known(piece)[len(before) % 3]
        before += head
        if before:
            encoded.append(base64_lines(before))
        if body:
            encoded.append(body)
        start = index + 1
    rest = tail + _octets("".join(pieces[start:]))
    if rest:
        encoded.append(base64_lines(rest))
    return b"\r\n".join(encoded)


def _octets(text: str) -> bytes:
    if "\r" in text:
        raise CarriageReturnError
    return text.replace("\n", "\r\n").encode()


@lru_cache(maxsize=1024)
def _known(piece: str) -> tuple[tuple[bytes, bytes, bytes], ...]:
    """For 0, 1 and 2 octets before it: what completes their group, its own lines, and what is left over."""
    octets = _octets(piece)
    ways = []
    for before in range(3):
        head = -before % 3
        end = head + (len(octets) - head) // 3 * 3
        ways.append((octets[:head], base64_lines(octets[head:end]), octets[end:]))
    return tuple(ways)
