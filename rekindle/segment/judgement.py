"""A judgement: whether a condition holds for one contact, and the value that decided (`segment explain`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from ..model.segment import Condition


@dataclass(frozen=True, slots=True)
class Judgement:
    """One node of the tree: `value` is what was found, for people; `parts` the judgements below."""

    condition: Condition
    holds: bool
    value: str = ""
    parts: tuple[Judgement, ...] = ()


def shown(value: object) -> str:
    """A value for people: numbers without a tail of zeros, days and minutes, `missing` for none."""
    if value is None or value in ("", ()):
        return "missing"
    if isinstance(value, Fraction):
        places = 2 if abs(value) >= 1 else 4
        return str(value.numerator) if value.denominator == 1 else f"{float(value):.{places}f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return value.isoformat() if isinstance(value, date) else str(value)
