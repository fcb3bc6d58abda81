"""Means against a textbook's Welch test, and what pooling does."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekindle.report.means import Mean, mean_difference, pooled_mean_difference

# Student (1908): hours of sleep gained by two drugs, in tenths of an hour
DIXTROGYL = [7, -16, -2, -12, -1, 34, 37, 8, 0, 20]
HYOSCINE = [19, 8, 11, 1, -1, 44, 55, 16, 46, 34]


def mean_of(values: list[int]) -> Mean:
    return Mean(len(values), sum(values), sum(value * value for value in values))


def test_welchs_test_of_students_sleep_data() -> None:
    """t = -1.8608 with 17.776 degrees: p 0.07939, interval -3.3655 to 0.2055 hours (as R prints it)."""
    found = mean_difference(mean_of(DIXTROGYL), mean_of(HYOSCINE))

    assert found is not None
    assert round(found.value / 10, 4) == -1.58
    assert (round(found.low / 10, 4), round(found.high / 10, 4)) == (-3.3655, 0.2055)
    assert round(found.p_value or 0, 5) == 0.07939


def test_the_variance_is_exact_for_large_sums() -> None:
    """A mean of a billion with a spread of one: floating squares would lose the spread."""
    values = [10**9 - 1, 10**9, 10**9 + 1]

    assert mean_of(values).variance == 1.0


def test_the_interval_of_one_mean_is_students() -> None:
    """Sleep gained by the second drug: 2.33 hours, 0.90 to 3.76 (t of 9 degrees)."""
    interval = mean_of(HYOSCINE).interval

    assert interval is not None
    assert (round(interval.low / 10, 4), round(interval.high / 10, 4)) == (0.8977, 3.7623)


def test_fewer_than_two_contacts_say_nothing() -> None:
    """No variance, no interval, no difference."""
    assert (Mean(0, 0, 0).mean, Mean(1, 5, 25).variance, Mean(1, 5, 25).interval) == (None, None, None)
    assert mean_difference(mean_of(HYOSCINE), Mean(1, 5, 25)) is None


def test_nobody_bought_anywhere_is_a_difference_of_zero_without_a_test() -> None:
    """Nothing varies: there is no p-value."""
    found = mean_difference(Mean(50, 0, 0), Mean(9, 0, 0))

    assert found is not None
    assert (found.value, found.p_value) == (0.0, None)


def test_an_arm_in_which_nobody_bought_is_not_taken_for_certain() -> None:
    """Eight held out, none bought: the interval stays wide instead of being that of the treated alone."""
    treated, held = Mean(50, 30_000, 90_000_000), Mean(8, 0, 0)
    found = mean_difference(treated, held)
    alone = treated.interval

    assert found is not None
    assert alone is not None
    assert found.high - found.low > 2 * (alone.high - alone.low)


VALUES = st.lists(st.integers(0, 10**6), min_size=2, max_size=40)


@given(VALUES, VALUES)
def test_swapping_the_arms_turns_the_sign(one: list[int], other: list[int]) -> None:
    """Value and interval mirror, the p-value stays."""
    there, back = mean_difference(mean_of(one), mean_of(other)), mean_difference(mean_of(other), mean_of(one))

    assert there is not None
    assert back is not None
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert (there.p_value or -1) == pytest.approx(back.p_value or -1)


@given(VALUES, VALUES, st.integers(1, 50))
def test_the_unit_of_money_does_not_matter(one: list[int], other: list[int], factor: int) -> None:
    """In pence or in pounds: the same p-value, everything else in proportion."""
    plain = mean_difference(mean_of(one), mean_of(other))
    larger = mean_difference(mean_of([value * factor for value in one]), mean_of([value * factor for value in other]))

    assert plain is not None
    assert larger is not None
    assert (larger.value, larger.low, larger.high) == pytest.approx(
        (plain.value * factor, plain.low * factor, plain.high * factor), rel=1e-9, abs=1e-6
    )


def test_periods_are_weighted_by_inverse_variance() -> None:
    """Two periods of which one is four times as exact: four fifths of the weight."""
    exact = (Mean(400, 4000, 400 * 101), Mean(400, 3200, 400 * 65))
    rough = (Mean(100, 2000, 100 * 401), Mean(100, 1000, 100 * 101))
    found = pooled_mean_difference([exact, rough])
    weights = [1 / sum((a.variance or 0) / a.n for a in pair) for pair in (exact, rough)]

    assert found is not None
    assert found.value == pytest.approx((2 * weights[0] + 10 * weights[1]) / sum(weights))
    assert pooled_mean_difference([exact, (Mean(5, 1, 1), Mean(1, 0, 0))]) == mean_difference(*exact)


def test_the_interval_covers_the_truth_of_skewed_revenue() -> None:
    """Most buy nothing, few buy much: about 95 of 100 intervals hold the true difference."""
    dice = random.Random(7)

    def revenue(of: int, rate: float) -> Mean:
        return mean_of([round(dice.lognormvariate(8, 0.6)) if dice.random() < rate else 0 for _ in range(of)])

    truth = (0.10 - 0.06) * 2.718281828 ** (8 + 0.18)
    found = [mean_difference(revenue(500, 0.10), revenue(300, 0.06)) for _ in range(300)]
    covered = sum(one is not None and one.low <= truth <= one.high for one in found) / len(found)

    assert 0.92 <= covered <= 0.98
