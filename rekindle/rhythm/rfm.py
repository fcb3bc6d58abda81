"""RFM: how recently, how often and for how much a buyer bought, each scored 1 to 5 among all buyers.

Scores are fifths by rank (A. M. Hughes: Strategic Database Marketing, 1994): 5 for the best fifth. Equal values get
equal scores, so that no chance decides between two buyers.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model.fences import Fences

SCORES = 5


def fences_of(counted: Iterable[tuple[int, int]]) -> Fences:
    """The fences between the scores of buyers, from each different value and how many buyers have it.

    A value's score is 1 + 5 x (share of the buyers whose value is below it), rounded down; one that nobody has is left
    out. No fences where nobody buys.
    """
    values = sorted(counted)
    buyers = sum(many for _, many in values)
    fences: dict[int, int] = {}
    below = 0
    for value, many in values:
        fences.setdefault(1 + SCORES * below // buyers, value)
        below += many
    return Fences(tuple(fences.items()))
