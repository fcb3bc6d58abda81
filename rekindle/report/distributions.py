"""Three distributions that the report reads probabilities from: normal, Student's t, chi-square.

Written out because a statistics library would weigh more than the rest of the engine together. Accurate to about ten
digits; the tests hold them against published tables.
"""

from __future__ import annotations

from math import erfc, exp, inf, lgamma, log, sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
"""Every interval of a report is of this confidence."""

_NEAR = 1e-15
_TINY = 1e-300
_MOST_TERMS = 100_000
_NORMAL_FROM = 1e7  # degrees of freedom at which t and normal agree to more digits than are shown


def normal_quantile(probability: float) -> float:
    """The z below which a standard normal value lies with `probability`, in (0, 1)."""
    return NormalDist().inv_cdf(probability)


def normal_two_sided(z: float) -> float:
    """The probability that a standard normal value is at least as far from 0 as `z`."""
    return erfc(abs(z) / sqrt(2))


def t_two_sided(t: float, freedom: float) -> float:
    """The probability that Student's t with `freedom` > 0 degrees (not always whole) is at least as far from 0 as `t`.

    I_x(freedom/2, 1/2) at x = freedom / (freedom + t^2): Abramowitz & Stegun 26.7.1.
    """
    if freedom >= _NORMAL_FROM:
        return normal_two_sided(t)
    return regularised_beta(freedom / (freedom + t * t), freedom / 2, 0.5) if t else 1.0


def t_quantile(probability: float, freedom: float) -> float:
    """The t below which Student's t with `freedom` > 0 degrees lies with `probability`, in (0, 1); by bisection."""
    if probability == 0.5:
        return 0.0
    if probability < 0.5:
        return -t_quantile(1 - probability, freedom)
    beyond = 2 * (1 - probability)
    low, high = 0.0, 2.0
    while t_two_sided(high, freedom) > beyond:
        low, high = high, high * 2
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if t_two_sided(middle, freedom) > beyond else (low, middle)
    return (low + high) / 2


def chi_square_beyond(value: float, freedom: int) -> float:
    """The probability that chi-square with `freedom` >= 1 degrees is at least `value`: Q(freedom/2, value/2)."""
    if value <= 0:
        return 1.0
    half, x = freedom / 2, value / 2
    return 1 - _gamma_series(half, x) if x < half + 1 else _gamma_fraction(half, x)


def regularised_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b) for 0 <= x <= 1, by the continued fraction of DLMF 8.17.22 on the side where it closes in fast."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x(a, b) by Lentz's algorithm (Thompson & Barnett 1986)."""
    c, d = 1.0, 1 / _off_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _off_zero(1 + term * d)
            c = _off_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _NEAR:
            break
    return value


def _gamma_series(a: float, x: float) -> float:
    """P(a, x) by its series (DLMF 8.11.4)."""
    term = total = 1 / a
    n = a
    while abs(term) > abs(total) * _NEAR:
        n += 1
        term *= x / n
        total += term
    return total * exp(a * log(x) - x - lgamma(a))


def _gamma_fraction(a: float, x: float) -> float:
    """Q(a, x) by its continued fraction (DLMF 8.9.2), by Lentz's algorithm."""
    b = x + 1 - a
    c, d = inf, 1 / _off_zero(b)
    value = d
    for n in range(1, _MOST_TERMS):
        term = -n * (n - a)
        b += 2
        d = 1 / _off_zero(term * d + b)
        c = _off_zero(b + term / c)
        value *= c * d
        if abs(c * d - 1) < _NEAR:
            break
    return value * exp(a * log(x) - x - lgamma(a))


def _off_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
