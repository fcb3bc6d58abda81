"""Numbers in files: exact decimals, whichever mark stands before the fraction; never floats."""

from __future__ import annotations

import re
from decimal import Decimal

MILLION = 1_000_000
LARGEST = 2**63 - 1
"""The largest whole number that both databases keep."""

_PLAIN = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})\Z", re.ASCII)
_SPACES = re.compile(r"(?<=[0-9])[ \u00a0\u202f\u2009'](?=[0-9]{3}(?![0-9]))")
_GROUPED = {
    ".": re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+\Z"),
    ",": re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+\Z"),
}
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+\Z")
_THOUSAND_OR_FRACTION = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}\Z")


def read_decimal(text: str) -> Decimal | None:
    """The number that `text` writes, exactly, or None where it writes none.

    Spaces between thousands and a comma before the fraction are understood (`1 234,50`, `1,234.50`, `1.234,50`);
    `1,234`, which may be either, is not.
    """
    text = text.strip().replace("\u2212", "-")
    if _PLAIN.match(text):
        return Decimal(text)
    text = _SPACES.sub("", text)
    if _PLAIN.match(text):
        return Decimal(text)
    if _GROUPED["."].match(text):
        return Decimal(text.replace(",", ""))
    if _GROUPED[","].match(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if _COMMA.match(text) and not _THOUSAND_OR_FRACTION.match(text):
        return Decimal(text.replace(",", "."))
    return None


def to_millionths(number: Decimal) -> int | None:
    """`number` as a whole number of millionths, or None where it has more than six places or is too large."""
    scaled = number.scaleb(6)
    whole = int(scaled)
    return whole if whole == scaled and abs(whole) <= LARGEST else None
