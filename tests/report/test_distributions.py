"""The distributions against published tables."""

from __future__ import annotations

from math import erfc, exp, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekindle.report.distributions import (
    chi_square_beyond,
    normal_quantile,
    normal_two_sided,
    regularised_beta,
    t_quantile,
    t_two_sided,
)


@pytest.mark.parametrize(
    ("probability", "freedom", "expected"),
    [
        (0.975, 1, 12.706), (0.975, 2, 4.303), (0.975, 5, 2.571), (0.975, 10, 2.228), (0.975, 30, 2.042),
        (0.975, 120, 1.980), (0.995, 3, 5.841), (0.995, 60, 2.660), (0.9, 1, 3.078), (0.95, 8, 1.860),
    ],
)  # fmt: skip
def test_t_quantiles_are_those_of_the_tables(probability: float, freedom: int, expected: float) -> None:
    """Student's t, as printed in every textbook to three decimals."""
    assert round(t_quantile(probability, freedom), 3) == expected


def test_t_with_one_degree_is_cauchy_and_with_many_is_normal() -> None:
    """The two ends of the family are known exactly."""
    assert t_two_sided(1.0, 1) == pytest.approx(0.5, abs=1e-12)
    assert t_quantile(0.975, 1e9) == pytest.approx(normal_quantile(0.975), abs=1e-9)
    assert t_quantile(0.975, 2e6) == pytest.approx(1.9599651, abs=1e-6)


def test_t_with_two_degrees_has_a_closed_form() -> None:
    """P(|T| >= t) = 1 - t / sqrt(2 + t^2) for two degrees of freedom."""
    for t in (0.1, 1.0, 3.0, 40.0):
        assert t_two_sided(t, 2) == pytest.approx(1 - t / sqrt(2 + t * t), rel=1e-9)


@pytest.mark.parametrize(
    ("value", "freedom", "expected"),
    [(3.841, 1, 0.05), (6.635, 1, 0.01), (10.828, 1, 0.001), (5.991, 2, 0.05), (18.307, 10, 0.05), (0.711, 4, 0.95),
     (124.342, 100, 0.05)],
)  # fmt: skip
def test_chi_square_is_that_of_the_tables(value: float, freedom: int, expected: float) -> None:
    """Upper tails as printed in tables."""
    assert chi_square_beyond(value, freedom) == pytest.approx(expected, rel=1e-3)


@given(st.floats(0.001, 200))
def test_chi_square_of_one_and_two_degrees_has_closed_forms(value: float) -> None:
    """One degree is the square of a normal value, two an exponential one."""
    assert chi_square_beyond(value, 1) == pytest.approx(erfc(sqrt(value / 2)), rel=1e-9, abs=1e-14)
    assert chi_square_beyond(value, 2) == pytest.approx(exp(-value / 2), rel=1e-9, abs=1e-14)


@given(st.floats(0.51, 0.9995), st.floats(0.7, 5000))
def test_the_t_quantile_undoes_the_tail(probability: float, freedom: float) -> None:
    """Quantile and tail are inverse, and the quantile is odd around the middle."""
    t = t_quantile(probability, freedom)

    assert t_two_sided(t, freedom) == pytest.approx(2 * (1 - probability), rel=1e-6)
    assert t_quantile(1 - probability, freedom) == pytest.approx(-t, rel=1e-9)


@given(st.floats(0.001, 0.999), st.floats(0.3, 500), st.floats(0.3, 500))
def test_the_beta_function_is_symmetric(x: float, a: float, b: float) -> None:
    """I_x(a, b) = 1 - I_{1-x}(b, a)."""
    assert regularised_beta(x, a, b) == pytest.approx(1 - regularised_beta(1 - x, b, a), abs=1e-10)


def test_the_ends_are_certain() -> None:
    """No value is impossible at zero, none is left at the far end."""
    assert (t_two_sided(0.0, 5), chi_square_beyond(0.0, 3), normal_two_sided(0.0)) == (1.0, 1.0, 1.0)
    assert (regularised_beta(0.0, 2, 3), regularised_beta(1.0, 2, 3)) == (0.0, 1.0)
    assert t_quantile(0.5, 7) == 0.0
