"""A difference between an arm and the holdout, with its interval, and how several periods become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, 95 % sure."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Treated minus holdout: `value` with its 95 % interval and the two-sided p-value of "there is none".

    `p_value` is None where no test can be made (nothing varies).
    """

    value: float
    low: float
    high: float
    p_value: float | None

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0

    def scaled(self, factor: float) -> Difference:
        """The same in other units; `factor` > 0."""
        return Difference(self.value * factor, self.low * factor, self.high * factor, self.p_value)


def inverse_variance_weights(variances: Sequence[float]) -> list[float]:
    """Weights proportional to 1 / variance that add up to 1: the pooled estimate with the least variance.

    Cochran (1954), "The combination of estimates from different experiments", Biometrics 10: 101-129. Every variance
    must be above 0.
    """
    raw = [1 / variance for variance in variances]
    total = sum(raw)
    return [weight / total for weight in raw]
