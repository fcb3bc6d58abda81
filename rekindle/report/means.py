"""Means (revenue per contact): their interval, Welch's interval of a difference and its test, pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from .difference import Difference, Interval, inverse_variance_weights
from .distributions import CONFIDENCE, t_quantile, t_two_sided


@dataclass(frozen=True, slots=True)
class Mean:
    """`n` values by their `total` and the sum of their `squares`, both exact integers."""

    n: int
    total: int
    squares: int

    @property
    def mean(self) -> float | None:
        """The mean, or None of nothing."""
        return self.total / self.n if self.n else None

    @property
    def variance(self) -> float | None:
        """The sample variance (n - 1), or None of fewer than two; the numerator is exact."""
        return (self.n * self.squares - self.total**2) / (self.n * (self.n - 1)) if self.n > 1 else None

    @property
    def interval(self) -> Interval | None:
        """Student's interval of the mean; None of fewer than two."""
        if self.variance is None:
            return None
        mean, half = self.total / self.n, t_quantile((1 + CONFIDENCE) / 2, self.n - 1) * sqrt(self.variance / self.n)
        return Interval(mean - half, mean + half)


Pair = tuple[Mean, Mean]
"""Treated and holdout of one period."""


def mean_difference(treated: Mean, holdout: Mean) -> Difference | None:
    """Treated minus holdout by Welch's t; None where an arm has fewer than two.

    Welch (1947), "The generalization of Student's problem when several different population variances are involved",
    Biometrika 34: 28-35.
    """
    return pooled_mean_difference([(treated, holdout)])


def pooled_mean_difference(pairs: Sequence[Pair]) -> Difference | None:
    """The difference over several periods, weighted by inverse variance; one period is Welch's own.

    Degrees of freedom by Satterthwaite (1946), "An approximate distribution of estimates of variance components",
    Biometrics Bulletin 2: 110-114, over the variance of every arm of every period. An arm in which nothing varies
    (nobody bought) would seem to be known exactly and take all the weight: the variance of all arms together stands in
    for its own. Periods in which an arm has fewer than two contacts say nothing and are left out; None where no period
    is left.
    """
    pairs = [pair for pair in pairs if all(arm.variance is not None for arm in pair)]
    if not pairs:
        return None
    common = _common_variance([arm for pair in pairs for arm in pair])
    weights = _weights(pairs, common)
    value = sum(weight * _gap(*pair) for weight, pair in zip(weights, pairs, strict=True))
    if common <= 0:
        return Difference(value, value, value, None)
    parts = [
        (weight**2 * (arm.variance or common) / arm.n, arm.n - 1)
        for weight, pair in zip(weights, pairs, strict=True)
        for arm in pair
    ]
    variance = sum(part for part, _ in parts)
    freedom = variance**2 / sum(part**2 / of for part, of in parts)
    error = sqrt(variance)
    half = t_quantile((1 + CONFIDENCE) / 2, freedom) * error
    return Difference(value, value - half, value + half, t_two_sided(value / error, freedom))


def _weights(pairs: Sequence[Pair], common: float) -> list[float]:
    if common <= 0:
        return [1 / len(pairs)] * len(pairs)
    return inverse_variance_weights([sum((arm.variance or common) / arm.n for arm in pair) for pair in pairs])


def _common_variance(arms: Sequence[Mean]) -> float:
    freedom = sum(arm.n - 1 for arm in arms)
    return sum((arm.variance or 0.0) * (arm.n - 1) for arm in arms) / freedom


def _gap(treated: Mean, holdout: Mean) -> float:
    return treated.total / treated.n - holdout.total / holdout.n
