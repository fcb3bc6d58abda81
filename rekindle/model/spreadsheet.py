"""Cells that a spreadsheet would take for a formula: made inert on the way out, and live again on the way in."""

from __future__ import annotations

import re

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula may begin with, full-width forms too (OWASP, CSV injection)."""

_NUMBER = re.compile(r"[+-][0-9]+(?:\.[0-9]+)?\Z")


def inert(text: str) -> str:
    """`text` as a cell that stays text: an apostrophe goes before what a spreadsheet would calculate.

    A number with its sign (an amount, a phone) calculates nothing and stays as it is.
    """
    return f"'{text}" if text.startswith(FORMULA_BEGINS) and not _NUMBER.match(text) else text


def live(text: str) -> str:
    """The text of a cell that `inert` may have made, as it was."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_BEGINS) else text
