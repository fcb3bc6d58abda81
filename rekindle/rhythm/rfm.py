"""RFM: how recently, how often and for how much a buyer bought, each scored 1 to 5 among the buyers.

Scores are quintiles by rank (A. M. Hughes: Strategic Database Marketing, 1994): 5 for the best fifth. Equal values
get equal scores, so that no chance decides between two buyers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SCORES = 5


@dataclass(frozen=True, slots=True)
class Buying:
    """What a buyer's scores are made of: days since the last paid order, paid orders, their sum in minor units."""

    silent_days: int
    orders: int
    revenue: int


@dataclass(frozen=True, slots=True)
class Scores:
    """1 (worst fifth) to 5 (best fifth) each."""

    recency: int
    frequency: int
    money: int

    def __str__(self) -> str:
        return f"{self.recency}{self.frequency}{self.money}"


def rfm_scores(buyers: Mapping[int, Buying]) -> dict[int, Scores]:
    """The scores of each buyer by contact id, among all of `buyers`."""
    recency = _fifths([-one.silent_days for one in buyers.values()])
    frequency = _fifths([one.orders for one in buyers.values()])
    money = _fifths([one.revenue for one in buyers.values()])
    return {
        owner: Scores(recency[-one.silent_days], frequency[one.orders], money[one.revenue])
        for owner, one in buyers.items()
    }


def _fifths(values: Sequence[int]) -> dict[int, int]:
    """The score of each value: by the share of the values that are below it."""
    ranked = sorted(values)
    return {value: 1 + SCORES * bisect_left(ranked, value) // len(ranked) for value in set(ranked)}
