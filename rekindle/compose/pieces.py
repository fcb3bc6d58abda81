"""A body in pieces: texts, and holes for the addresses that only a delivery knows.

What a template prints without a contact's values is the very same object in every letter. So what is made of it, its
cut into pieces here, its base64 in splice.py, is made once and found again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from .values import MARK

LONG = 200
"""Characters from which a text is worth remembering: hardly a contact's value is so long."""

OWN = 400
"""Characters of a piece of one contact's own text: fewer than what splice.py and quoted.py keep for the next letter."""


def pieces_of(chunks: Sequence[str]) -> list[str]:
    """`chunks` of text with holes in it (MARK number MARK) as pieces: a hole is MARK and its number, all else text."""
    pieces: list[str] = []
    for chunk in chunks:
        if len(chunk) >= LONG or MARK in chunk:
            pieces += _known_pieces(chunk)
        else:
            # what was escaped is a Markup, whose every method is Python: nothing below wants to know
            pieces.append(chunk if type(chunk) is str else str.__str__(chunk))
    return pieces


def pieces_of_text(text: str) -> list[str]:
    """The same for one contact's own text, which no other letter has: nothing of it is remembered."""
    pieces: list[str] = []
    for piece in _pieces(text):
        pieces += [piece] if len(piece) <= OWN else [piece[start : start + OWN] for start in range(0, len(piece), OWN)]
    return pieces


def is_hole(piece: str) -> bool:
    """Whether an address belongs here."""
    return piece[:1] == MARK


def text_of(pieces: Sequence[str]) -> str:
    """The text that `pieces_of_text` would cut into these pieces."""
    return "".join([piece + MARK if is_hole(piece) else piece for piece in pieces])


def _pieces(text: str) -> tuple[str, ...]:
    parts = str.split(text, MARK)
    cut = [MARK + part if index % 2 else part for index, part in enumerate(parts)]
    return tuple(piece for piece in cut if piece)


_known_pieces = lru_cache(maxsize=2048)(_pieces)
