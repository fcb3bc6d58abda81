"""The lives of a population's buyers: the four figures of BG/NBD that the probability `alive` is computed from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LifetimeModel:
    """BG/NBD as fitted (Fader, Hardie & Lee 2005), time in weeks.

    Buyers' rates of buying are gamma distributed with shape `r` and scale `alpha`; their chances of leaving for good
    after a purchase are beta distributed with `a` and `b`.
    """

    r: float
    alpha: float
    a: float
    b: float
