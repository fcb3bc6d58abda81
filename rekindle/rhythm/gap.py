"""The gap between a buyer's purchases, shrunk towards everybody's, and the silence beyond it (LANGUAGE 2.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from itertools import pairwise
from statistics import median

SHRINKAGE = 2
"""k of LANGUAGE 2.4: the common median counts as much as this many own gaps."""


def gaps_of(days: Iterable[date]) -> tuple[int, ...]:
    """The differences in days between neighbouring purchase days; equal days count once."""
    return tuple((later - earlier).days for earlier, later in pairwise(sorted(set(days))))


def median_gap(gaps: Iterable[int]) -> Fraction | None:
    """The exact median of gaps, None of none."""
    known = [Fraction(gap) for gap in gaps]
    return Fraction(median(known)) if known else None


def usual_gap(days: Iterable[date], common: Fraction | None) -> Fraction | None:
    """The usual gap of a buyer with these purchase days, in days: (n m + k M) / (n + k).

    `common` is M, the median of all gaps of all contacts. None for who never bought, and where nobody has a gap.
    """
    bought = tuple(days)
    if not bought or common is None:
        return None
    own = gaps_of(bought)
    own_median = median_gap(own) or Fraction(0)
    return (len(own) * own_median + SHRINKAGE * common) / (len(own) + SHRINKAGE)


def overdue(silent_days: int | None, gap: Fraction | None) -> Fraction | None:
    """How many usual gaps the silence lasts; None where either is unknown."""
    if silent_days is None or not gap:
        return None
    return silent_days / gap
