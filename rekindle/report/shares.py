"""Shares (so many of so many): Wilson's interval, Newcombe's interval of a difference, Campbell's test, pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, sqrt

from .difference import Difference, Interval, inverse_variance_weights
from .distributions import CONFIDENCE, chi_square_beyond, normal_quantile, normal_two_sided

Z = normal_quantile((1 + CONFIDENCE) / 2)


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`; 0 <= count <= of. Of nothing there is no rate."""

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        """The share as a fraction, or None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's score interval, without continuity correction; None of nothing.

        Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22: 209-212.
        """
        return _wilson(self) if self.of else None


Pair = tuple[Share, Share]
"""Treated and holdout of one period; both of something."""


def share_difference(treated: Share, holdout: Share) -> Difference | None:
    """Treated minus holdout, with Newcombe's interval and Campbell's p-value; None where an arm is empty.

    The interval is method 10 of Newcombe (1998), "Interval estimation for the difference between independent
    proportions: comparison of eleven methods", Statistics in Medicine 17: 873-890.
    """
    return pooled_share_difference([(treated, holdout)])


def pooled_share_difference(pairs: Sequence[Pair]) -> Difference | None:
    """The difference over several periods, weighted by inverse variance; one period is that period's own difference.

    The interval puts the distances of each period's Newcombe limits together by MOVER: Zou & Donner (2008),
    "Construction of confidence limits about effect measures", Statistics in Medicine 27: 1693-1702. Periods in which an
    arm is empty say nothing and are left out; None where no period is left.
    """
    pairs = [(treated, holdout) for treated, holdout in pairs if treated.of and holdout.of]
    if not pairs:
        return None
    variances = [_variance(treated, holdout) for treated, holdout in pairs]
    weights = inverse_variance_weights(variances)
    values = [_gap(*pair) for pair in pairs]
    value = sum(weight * one for weight, one in zip(weights, values, strict=True))
    limits = [_newcombe(*pair) for pair in pairs]
    below = sqrt(sum((w * (one - at.low)) ** 2 for w, one, at in zip(weights, values, limits, strict=True)))
    above = sqrt(sum((w * (at.high - one)) ** 2 for w, one, at in zip(weights, values, limits, strict=True)))
    p_value = (
        campbell_p_value(*pairs[0])
        if len(pairs) == 1
        else normal_two_sided(value * sqrt(sum(1 / variance for variance in variances)))
    )
    return Difference(value, value - below, value + above, p_value)


def campbell_p_value(one: Share, other: Share) -> float | None:
    """The two-sided p-value of "both shares are the same"; None where nobody or everybody counts.

    The "N - 1" chi-square test where every expected number is at least 1, else the Fisher-Irwin test, as recommended by
    Campbell (2007), "Chi-squared and Fisher-Irwin tests of two-by-two tables with small sample recommendations",
    Statistics in Medicine 26: 3661-3675.
    """
    total, counted = one.of + other.of, one.count + other.count
    if counted in (0, total):
        return None
    if min(counted, total - counted) * min(one.of, other.of) < total:
        return _fisher_irwin(one, other)
    cross = one.count * (other.of - other.count) - other.count * (one.of - one.count)
    return chi_square_beyond((total - 1) * cross**2 / (one.of * other.of * counted * (total - counted)), 1)


def _fisher_irwin(one: Share, other: Share) -> float:
    """The sum of the probabilities of all tables with these margins that are no likelier than the one seen."""
    counted = one.count + other.count
    possible = range(max(0, counted - other.of), min(one.of, counted) + 1)
    base = _log_choose(one.of + other.of, counted)
    chances = {k: exp(_log_choose(one.of, k) + _log_choose(other.of, counted - k) - base) for k in possible}
    seen = chances[one.count] * (1 + 1e-7)
    return min(1.0, sum(chance for chance in chances.values() if chance <= seen))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _gap(treated: Share, holdout: Share) -> float:
    return treated.count / treated.of - holdout.count / holdout.of


def _wilson(share: Share) -> Interval:
    rate, n = share.count / share.of, share.of
    centre = rate + Z * Z / (2 * n)
    half = Z * sqrt(rate * (1 - rate) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    # the limits at the edges are exact by the formula and not by floating point
    low = 0.0 if share.count == 0 else (centre - half) / scale
    high = 1.0 if share.count == n else (centre + half) / scale
    return Interval(low, high)


def _newcombe(treated: Share, holdout: Share) -> Interval:
    p, q = treated.count / treated.of, holdout.count / holdout.of
    of_p, of_q = _wilson(treated), _wilson(holdout)
    below = sqrt((p - of_p.low) ** 2 + (of_q.high - q) ** 2)
    above = sqrt((of_p.high - p) ** 2 + (q - of_q.low) ** 2)
    return Interval(p - q - below, p - q + above)


def _variance(treated: Share, holdout: Share) -> float:
    """The variance of the difference, with half a contact added to each of the four cells where one is empty.

    That is usual in meta-analysis: else a period in which nobody bought would have no variance and all the weight.
    """
    cells = (treated.count, treated.of - treated.count, holdout.count, holdout.of - holdout.count)
    extra = 0.5 if 0 in cells else 0.0
    total = 0.0
    for share in (treated, holdout):
        n = share.of + 2 * extra
        rate = (share.count + extra) / n
        total += rate * (1 - rate) / n
    return total
