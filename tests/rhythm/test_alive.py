"""The probability that a buyer is still one, by the formula of Fader, Hardie & Lee."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from rekindle.model.lifetime import LifetimeModel
from rekindle.rhythm.alive import MILLION, alive, alive_millionths, life_of

CDNOW = LifetimeModel(0.243, 4.414, 0.793, 2.426)
FIRST = date(2026, 1, 1)


def test_a_life_counts_days_once_and_ends_with_today() -> None:
    """Repeats are purchase days after the first; active and known days count from the first."""
    days = [FIRST + timedelta(days=offset) for offset in (10, 0, 10, 30)]
    assert life_of(days, FIRST + timedelta(days=100)) == (2, 30, 100)
    assert life_of([FIRST], FIRST) == (0, 0, 0)
    assert life_of([], FIRST) is None


def test_who_bought_on_one_day_is_alive_for_certain() -> None:
    """The model lets a buyer leave after a repeat only."""
    assert alive((0, 0, 5000), CDNOW) == MILLION


def test_the_probability_is_the_formula() -> None:
    """1 / (1 + a / (b + x - 1) x ((alpha + T) / (alpha + t))^(r + x)), time in weeks, written another way here."""
    x, t, known = 2, 213, 272
    ratio = (4.414 + known / 7) / (4.414 + t / 7)
    expected = 1 / (1 + 0.793 / (2.426 + x - 1) * ratio ** (0.243 + x))
    assert abs(Fraction(alive((x, t, known), CDNOW), MILLION) - Fraction(expected)) <= Fraction(1, 2 * MILLION)


def test_a_long_silence_after_many_purchases_is_a_farewell_and_nothing_overflows() -> None:
    """Thousands of purchases, decades of silence: 0, and 1 where the last purchase is today."""
    assert alive((3000, 3000, 20000), CDNOW) == 0
    assert alive((3000, 3000, 3000), CDNOW) > MILLION - 300
    assert alive_millionths(1, 0, 0, 0.1, 1e-5, 1e-9, 1e5) == MILLION


def test_silence_never_makes_a_buyer_likelier() -> None:
    """The probability falls with every day since the last purchase."""
    seen = [alive((3, 60, 60 + silence), CDNOW) for silence in range(0, 700, 7)]
    assert seen == sorted(seen, reverse=True)
    assert seen[0] > seen[-1]
