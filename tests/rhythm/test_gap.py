"""A buyer's own gap, shrunk towards everybody's (LANGUAGE 2.4)."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from rekindle.rhythm.gap import gaps_of, median_gap, overdue, usual_gap

FIRST = date(2026, 1, 1)


def days(*offsets: int) -> list[date]:
    return [FIRST + timedelta(days=offset) for offset in offsets]


def test_gaps_are_between_distinct_days_in_order() -> None:
    """Two orders on one day are one purchase day; the order of the rows says nothing."""
    assert gaps_of(days(40, 0, 10, 10)) == (10, 30)


def test_the_median_of_an_even_number_lies_in_the_middle() -> None:
    """Exact, not a float."""
    assert (median_gap([10, 21]), median_gap([7]), median_gap([])) == (Fraction(31, 2), Fraction(7), None)


def test_own_gaps_weigh_as_many_as_they_are_and_the_common_one_two() -> None:
    """(n m + k M) / (n + k) with n = 2, m = 20, M = 50, k = 2."""
    assert usual_gap(days(0, 10, 40), Fraction(50)) == Fraction(2 * 20 + 2 * 50, 4)


def test_one_purchase_day_has_the_common_gap_and_none_has_none() -> None:
    """M for one day; unknown for who never bought; missing where nobody has a gap."""
    found = (usual_gap(days(3), Fraction(50)), usual_gap([], Fraction(50)), usual_gap(days(0, 5), None))
    assert found == (Fraction(50), None, None)


def test_overdue_is_the_silence_in_usual_gaps() -> None:
    """Missing where either is."""
    assert (overdue(90, Fraction(30)), overdue(None, Fraction(30)), overdue(90, None)) == (3, None, None)
