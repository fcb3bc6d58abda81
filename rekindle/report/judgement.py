"""The verdict: whether the letters worked, and when there is none to give."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from .balance import SampleRatio
from .distributions import CONFIDENCE, normal_quantile
from .lift import Lift

LEAST_EXPECTED = 5
"""A verdict needs this many expected buyers, and expected others, in each arm (Cochran 1954)."""

_SEEN_WITH_POWER = (normal_quantile((1 + CONFIDENCE) / 2) + normal_quantile(0.8)) / normal_quantile(
    (1 + CONFIDENCE) / 2
)


class Verdict(StrEnum):
    """What can be said. Only the first three are verdicts; the others say why there is none."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"
    TOO_LITTLE_DATA = "too_little_data"
    SIZES_DO_NOT_MATCH = "sizes_do_not_match"
    NOBODY_HELD_OUT = "nobody_held_out"
    NOTHING_SENT = "nothing_sent"

    @property
    def is_given(self) -> bool:
        """Whether this is a verdict at all."""
        return self in (Verdict.BETTER, Verdict.WORSE, Verdict.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and what stands behind its words.

    `needed` is about how many contacts the smaller arm needs before a verdict (None: cannot be told, nobody bought);
    `visible` the smallest difference (a fraction) that data of this size show in 8 cases of 10.
    """

    verdict: Verdict
    needed: int | None = None
    visible: float | None = None


def judge(lift: Lift | None, balance: SampleRatio, letters: int) -> Judgement:
    """The verdict on `lift` (None: nobody was held out), given the test of the sizes and the letters sent."""
    if letters == 0:
        return Judgement(Verdict.NOTHING_SENT)
    if lift is None or lift.conversion is None:
        return Judgement(Verdict.NOBODY_HELD_OUT)
    if not balance.ok:
        return Judgement(Verdict.SIZES_DO_NOT_MATCH)
    if _least_expected(lift) < LEAST_EXPECTED:
        return Judgement(Verdict.TOO_LITTLE_DATA, needed=_needed(lift))
    found = lift.conversion
    visible = (found.high - found.low) / 2 * _SEEN_WITH_POWER
    if not found.is_certain:
        return Judgement(Verdict.UNDECIDED, visible=visible)
    return Judgement(Verdict.BETTER if found.value > 0 else Verdict.WORSE, visible=visible)


def _rate(lift: Lift) -> float:
    return (lift.treated.count + lift.against.count) / (lift.treated.of + lift.against.of)


def _least_expected(lift: Lift) -> float:
    rate = _rate(lift)
    return min(rate, 1 - rate) * min(lift.treated.of, lift.against.of)


def _needed(lift: Lift) -> int | None:
    rarer = min(_rate(lift), 1 - _rate(lift))
    return ceil(LEAST_EXPECTED / rarer) if rarer > 0 else None
