"""The probability that a buyer is still one: BG/NBD (LANGUAGE 2.4).

P. Fader, B. Hardie, K. L. Lee: "Counting Your Customers" the Easy Way, Marketing Science 24 (2005), 275-284; the
probability by the same authors' note "Computing P(alive) Using the BG/NBD Model" (2008). A buyer's first purchase day
begins its life and is not counted among the repeats.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from math import exp, log

from ..model.lifetime import LifetimeModel

DAYS_A_WEEK = 7
MILLION = 1_000_000
LARGEST_ODDS = 50.0
"""Beyond e^50 to one the probability is 0 or 1 to every digit that is kept; PostgreSQL refuses what overflows."""

Life = tuple[int, int, int]
"""A buyer's repeat purchase days, days from the first to the last of them, days from the first to as_of."""


def life_of(days: Iterable[date], today: date) -> Life | None:
    """The life, seen from `today`, of a buyer with these purchase days; None for who never bought."""
    known = sorted(set(days))
    if not known:
        return None
    return len(known) - 1, (known[-1] - known[0]).days, (today - known[0]).days


def alive_millionths(  # noqa: PLR0917 - SQLite calls it by position
    repeats: int, active_days: int, known_days: int, r: float, alpha: float, a: float, b: float
) -> int:
    """The probability in millionths, rounded half-even; the model's figures as in LifetimeModel.

    A buyer without repeats had no purchase to leave after, so is alive for certain. Whole millionths make the
    interpreters of the segment language agree whatever the last binary digit of a logarithm is.
    """
    if repeats == 0:
        return MILLION
    odds = log(a / (b + repeats - 1)) + (r + repeats) * log(
        (alpha + known_days / DAYS_A_WEEK) / (alpha + active_days / DAYS_A_WEEK)
    )
    return round(MILLION / (1 + exp(min(max(odds, -LARGEST_ODDS), LARGEST_ODDS))))


def alive(life: Life, model: LifetimeModel) -> int:
    """The probability, in millionths, that a buyer with this life will buy again."""
    return alive_millionths(*life, model.r, model.alpha, model.a, model.b)
