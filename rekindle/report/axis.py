"""A numeric axis: its span with some air, and round ticks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, with `ticks` at round values `step` apart."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> list[float]:
        """The round values within the span."""
        first, last = ceil(self.low / self.step - 1e-9), floor(self.high / self.step + 1e-9)
        return [index * self.step for index in range(first, last + 1)]

    @property
    def digits(self) -> int:
        """Decimals that tell neighbouring ticks apart."""
        return max(0, -floor(log10(self.step) + 1e-9))

    def place(self, value: float) -> float:
        """Where `value` lies, in per cent from the low end."""
        return (value - self.low) / (self.high - self.low) * 100


def axis_over(values: Iterable[float], wanted: int = 5) -> Axis:
    """An axis that shows zero and all `values`, with about `wanted` ticks of 1, 2 or 5 times a power of ten."""
    seen = [0.0, *values]
    low, high = min(seen), max(seen)
    if high <= low:
        high = low + 1.0
    air = (high - low) * 0.06
    low, high = low - air if low < 0 else 0.0, high + air if high > 0 else 0.0
    rough = (high - low) / wanted
    power = 10.0 ** floor(log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    return Axis(low, high, step)
