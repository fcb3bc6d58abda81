from __future__ import annotations

import random
from math import sqrt
from statistics import NormalDist

import pytest

from rekindle.plan.power import power_words, smallest_effect


def test_the_smallest_effect_is_seen_four_times_out_of_five() -> None:
    """By simulation: with that effect a two-sided test at 5 % rejects in 80 % of the cases (within 4 points)."""
    mailed, held, base = 2000, 500, 0.05
    effect = smallest_effect(mailed, held, base)
    assert effect is not None
    draw, bound, seen = random.Random(5), NormalDist().inv_cdf(0.975), 0
    for _ in range(1000):
        # sums of many yes/no draws, by their normal approximation
        one = draw.gauss(base + effect, sqrt((base + effect) * (1 - base - effect) / mailed))
        two = draw.gauss(base, sqrt(base * (1 - base) / held))
        pooled = (mailed * one + held * two) / (mailed + held)
        seen += (one - two) / sqrt(pooled * (1 - pooled) * (1 / mailed + 1 / held)) > bound
    assert 0.76 < seen / 1000 < 0.84


def test_more_people_show_smaller_effects() -> None:
    effects = [smallest_effect(9 * size, size) for size in (100, 1000, 10_000)]
    assert effects == sorted(effects, key=lambda effect: -(effect or 1))


@pytest.mark.parametrize(("mailed", "held"), [(0, 10), (10, 0), (1, 1)])
def test_too_few_show_nothing(mailed: int, held: int) -> None:
    assert smallest_effect(mailed, held) is None


def test_the_words() -> None:
    assert power_words(9000, 1000) == "you would see an effect from 2.3 points up (if 5% would buy by themselves)"
    assert power_words(100, 0) == "nobody is held out: what the letters are worth will not be known"
    assert power_words(0, 5) == "nobody is mailed: there is nothing to compare"
    assert power_words(1, 1) == "1 held out are too few: no effect could be told from chance"
