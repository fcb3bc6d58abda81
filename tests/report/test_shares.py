"""Shares against the values printed in the papers that their intervals come from."""

from __future__ import annotations

from math import comb, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekindle.report.distributions import chi_square_beyond
from rekindle.report.shares import Share, campbell_p_value, pooled_share_difference, share_difference


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_that_of_newcombes_table(count: int, of: int, low: float, high: float) -> None:
    """Newcombe (1998), two-sided intervals for the single proportion, Table I, method 3."""
    interval = Share(count, of).interval

    assert interval is not None
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("treated", "holdout", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombes_interval_is_that_of_his_table(
    treated: tuple[int, int], holdout: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe (1998), interval estimation for the difference, Table II, method 10."""
    found = share_difference(Share(*treated), Share(*holdout))

    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_the_test_of_shares_is_the_n_minus_1_chi_square() -> None:
    """[[15, 85], [5, 95]]: Pearson's 5.5556 times 199/200."""
    assert campbell_p_value(Share(15, 100), Share(5, 100)) == pytest.approx(
        chi_square_beyond(5.5556 * 199 / 200, 1), 1e-4
    )


def test_small_expected_numbers_are_tested_by_fisher_and_irwin() -> None:
    """[[2, 1], [0, 50]]: only this table is as unlikely: C(3, 2) / C(53, 2)."""
    assert campbell_p_value(Share(2, 3), Share(0, 50)) == pytest.approx(comb(3, 2) / comb(53, 2), rel=1e-9)


def test_one_expected_in_each_cell_is_enough_for_the_chi_square() -> None:
    """Fisher's tea lady, 3 and 1 of 4: Pearson's 2 times 7/8 (Fisher-Irwin would give 0.486)."""
    assert campbell_p_value(Share(3, 4), Share(1, 4)) == pytest.approx(chi_square_beyond(1.75, 1))


def test_no_test_where_nobody_or_everybody_bought() -> None:
    """There is no evidence either way, and the interval still says how much could hide."""
    nobody, everybody = share_difference(Share(0, 30), Share(0, 5)), share_difference(Share(30, 30), Share(5, 5))

    assert nobody is not None
    assert everybody is not None
    assert (nobody.p_value, everybody.p_value) == (None, None)
    assert nobody.low < 0 < nobody.high


def test_an_empty_arm_says_nothing() -> None:
    """Of nothing there is no rate, no interval and no difference."""
    assert (Share(0, 0).rate, Share(0, 0).interval) == (None, None)
    assert share_difference(Share(1, 5), Share(0, 0)) is None
    assert pooled_share_difference([]) is None


SHARES = st.integers(1, 400).flatmap(lambda of: st.builds(Share, st.integers(0, of), st.just(of)))


@given(SHARES, SHARES)
def test_swapping_the_arms_turns_the_sign(one: Share, other: Share) -> None:
    """The interval and the value mirror, the p-value stays."""
    there, back = share_difference(one, other), share_difference(other, one)

    assert there is not None
    assert back is not None
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low), abs=1e-12)
    assert (there.p_value or -1) == pytest.approx(back.p_value or -1, rel=1e-6)
    assert -1 - 1e-12 <= there.low <= there.value <= there.high <= 1 + 1e-12


@given(SHARES)
def test_wilson_is_the_same_for_those_who_did_not(share: Share) -> None:
    """The interval of the others is the mirror, and lies within 0 and 1 around the rate."""
    mine, others = share.interval, Share(share.of - share.count, share.of).interval

    assert mine is not None
    assert others is not None
    assert (mine.low, mine.high) == pytest.approx((1 - others.high, 1 - others.low), abs=1e-12)
    assert 0 <= mine.low <= (share.rate or 0) <= mine.high <= 1


@pytest.mark.parametrize(("p", "q"), [(0.05, 0.05), (0.12, 0.05), (0.3, 0.1), (0.5, 0.45), (0.9, 0.6)])
def test_the_interval_covers_the_truth_about_95_times_in_100(p: float, q: float) -> None:
    """Exact coverage over all tables of 60 treated and 40 held out."""
    covered = sum(
        _chance(a, 60, p) * _chance(b, 40, q)
        for a in range(61)
        for b in range(41)
        if (found := share_difference(Share(a, 60), Share(b, 40))) and found.low <= p - q <= found.high
    )

    assert 0.93 < covered < 0.985


def _chance(count: int, of: int, rate: float) -> float:
    return comb(of, count) * rate**count * (1 - rate) ** (of - count)


def test_periods_are_weighted_by_inverse_variance() -> None:
    """Against the formula written out; the interval is the usual one to the third digit in large samples."""
    pairs = [
        (Share(300, 5000), Share(40, 1000)),
        (Share(900, 9000), Share(160, 2000)),
        (Share(70, 1000), Share(9, 300)),
    ]
    weights = [1 / sum(s.count / s.of * (1 - s.count / s.of) / s.of for s in pair) for pair in pairs]
    gaps = [a.count / a.of - b.count / b.of for a, b in pairs]
    value = sum(w * gap for w, gap in zip(weights, gaps, strict=True)) / sum(weights)
    half = 1.959964 / sqrt(sum(weights))
    found = pooled_share_difference(pairs)

    assert found is not None
    assert found.value == pytest.approx(value, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((value - half, value + half), abs=0.0015)


def test_a_period_in_which_nobody_bought_does_not_take_all_the_weight() -> None:
    """Its difference of zero would have no variance; half a contact in each cell gives it one."""
    large = (Share(300, 5000), Share(150, 5000))
    found = pooled_share_difference([large, (Share(0, 20), Share(0, 20))])

    assert found is not None
    assert found.value == pytest.approx(0.03, abs=0.001)


def test_periods_without_a_holdout_are_left_out() -> None:
    """A period whose holdout came out empty adds nothing."""
    pair = (Share(30, 400), Share(10, 300))

    assert pooled_share_difference([pair, (Share(9, 90), Share(0, 0))]) == share_difference(*pair)


def test_twice_the_same_period_is_the_same_value_and_narrower() -> None:
    """Half the variance: the interval shrinks by the root of two."""
    pair = (Share(30, 400), Share(10, 300))
    once, twice = pooled_share_difference([pair]), pooled_share_difference([pair, pair])

    assert once is not None
    assert twice is not None
    assert twice.value == pytest.approx(once.value)
    assert (twice.high - twice.low) * sqrt(2) == pytest.approx(once.high - once.low)
