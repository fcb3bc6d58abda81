"""The power of a holdout, in words: how large an effect must be to be seen (two-sided 5 %, power 80 %)."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

ASSUMED_RATE = 0.05
"""The share that would buy by itself, where no earlier mailing tells."""

_CONFIDENCE = NormalDist().inv_cdf(0.975)
_POWER = NormalDist().inv_cdf(0.8)


def smallest_effect(mailed: int, held_out: int, base_rate: float = ASSUMED_RATE) -> float | None:
    """The smallest rise of a share (0.041: 4.1 points) that a comparison of the two would show; None where none would.

    The usual normal approximation for two proportions (Fleiss, Levin & Paik 2003, ch. 4), solved by bisection.
    """
    if mailed < 1 or held_out < 1:
        return None
    low, high = 0.0, 1.0 - base_rate
    if not _is_seen(high, mailed, held_out, base_rate):
        return None
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if _is_seen(middle, mailed, held_out, base_rate) else (middle, high)
    return high


def _is_seen(effect: float, mailed: int, held_out: int, base: float) -> bool:
    treated = base + effect
    pooled = (mailed * treated + held_out * base) / (mailed + held_out)
    under_null = sqrt(pooled * (1 - pooled) * (1 / mailed + 1 / held_out))
    under_effect = sqrt(treated * (1 - treated) / mailed + base * (1 - base) / held_out)
    return effect >= _CONFIDENCE * under_null + _POWER * under_effect


def power_words(mailed: int, held_out: int, base_rate: float = ASSUMED_RATE) -> str:
    """One sentence on what the holdout can show."""
    if mailed == 0:
        return "nobody is mailed: there is nothing to compare"
    if held_out == 0:
        return "nobody is held out: what the letters are worth will not be known"
    effect = smallest_effect(mailed, held_out, base_rate)
    if effect is None:
        return f"{held_out:,} held out are too few: no effect could be told from chance"
    return f"you would see an effect from {effect * 100:.1f} points up (if {base_rate:.0%} would buy by themselves)"
