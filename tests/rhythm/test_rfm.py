"""RFM: fifths by rank, equal values alike."""

from __future__ import annotations

from collections import Counter
from random import Random

from rekindle.model.fences import Fences
from rekindle.rhythm.rfm import fences_of


def test_each_fifth_has_its_score() -> None:
    """Ten buyers, two a fifth; the best has 5."""
    fences = fences_of((value, 1) for value in range(10, 101, 10))
    assert [fences.score(value) for value in range(10, 101, 10)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert fences == Fences(((1, 10), (2, 30), (3, 50), (4, 70), (5, 90)))


def test_equal_buyers_get_equal_scores() -> None:
    """Nothing but the figure decides: seven alike are all at 1; a score that nobody has is passed over."""
    assert fences_of([(500, 7)]) == Fences(((1, 500),))
    fences = fences_of([(0, 1), (10, 3), (20, 1)])
    assert fences == Fences(((1, 0), (2, 10), (5, 20)))
    assert [fences.score(value) for value in (-5, 0, 9, 10, 20, 99)] == [1, 1, 1, 2, 5, 5]


def test_of_nobody_nothing_is_said() -> None:
    """No buyers, no fences."""
    assert fences_of([]) == Fences()


def test_a_score_is_the_share_below() -> None:
    """1 + 5 x below / buyers, rounded down, for any values."""
    random = Random(3)
    values = [random.randrange(20) for _ in range(83)]
    fences = fences_of(Counter(values).items())
    for value in values:
        assert fences.score(value) == 1 + 5 * sum(other < value for other in values) // len(values)
