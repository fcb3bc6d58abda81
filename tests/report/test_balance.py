"""The sample ratio: what is an accident, what is a mismatch, and what cannot be tested."""

from __future__ import annotations

import pytest

from rekindle.report.balance import SampleRatio, sample_ratio
from rekindle.report.distributions import chi_square_beyond

HALVES = {"letter": 5000.0, "holdout": 5000.0}


def test_the_value_is_pearsons_chi_square() -> None:
    """821,588 and 815,482 of an even split is the classic mismatch: chi-square 22.77, p about 0.000002."""
    found = sample_ratio([({"letter": 821_588, "holdout": 815_482}, HALVES)])

    assert found.p_value == pytest.approx(chi_square_beyond(22.774, 1), rel=0.01)
    assert not found.ok


def test_a_fair_draw_is_no_mismatch() -> None:
    """A tenth held out of 1,000: 92 is an accident."""
    found = sample_ratio([({"letter": 908, "holdout": 92}, {"letter": 9000, "holdout": 1000})])

    assert found.ok
    assert found.p_value == pytest.approx(chi_square_beyond(64 / 900 + 64 / 100, 1))


def test_periods_add_up_their_chi_squares_and_their_degrees() -> None:
    """Three arms are two degrees, two periods four; opposite mismatches do not cancel."""
    shares = {"a": 1.0, "b": 1.0, "holdout": 1.0}
    one, other = {"a": 400, "b": 300, "holdout": 300}, {"a": 200, "b": 300, "holdout": 300}
    due, less = 1000 / 3, 800 / 3
    value = ((400 - due) ** 2 + 2 * (300 - due) ** 2) / due + ((200 - less) ** 2 + 2 * (300 - less) ** 2) / less

    assert sample_ratio([(one, shares), (other, shares)]).p_value == pytest.approx(chi_square_beyond(value, 4))


def test_an_arm_that_came_out_empty_counts_as_missing() -> None:
    """Nobody in the holdout where a fifth was due is the grossest mismatch."""
    assert not sample_ratio([({"letter": 500}, {"letter": 4.0, "holdout": 1.0})]).ok


@pytest.mark.parametrize(
    "period",
    [
        ({"letter": 900}, {"letter": 10_000.0}),  # one arm
        ({"letter": 9, "holdout": 1}, {"letter": 9000.0, "holdout": 1000.0}),  # too few
        ({"mens": 900, "holdout": 100}, {"letter": 9000.0, "holdout": 1000.0}),  # arms of another definition
        ({"letter": 900, "holdout": 100}, {}),  # drawn elsewhere
        ({}, {}),
    ],
)
def test_what_cannot_be_tested_is_no_alarm(period: tuple[dict[str, int], dict[str, float]]) -> None:
    """Without a test there is no p-value and no mismatch."""
    assert sample_ratio([period]) == SampleRatio(None, True)
