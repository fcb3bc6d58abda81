"""RFM: fifths by rank, equal values alike."""

from __future__ import annotations

from rekindle.rhythm.rfm import Buying, Scores, rfm_scores


def test_each_fifth_has_its_score() -> None:
    """Ten buyers, two a fifth; the freshest, most frequent and richest is 555."""
    buyers = {n: Buying(silent_days=100 - n, orders=n, revenue=n * 100) for n in range(1, 11)}
    assert [str(one) for one in rfm_scores(buyers).values()] == [
        "111", "111", "222", "222", "333", "333", "444", "444", "555", "555",
    ]  # fmt: skip


def test_the_three_are_scored_by_themselves() -> None:
    """Fresh, seldom, rich."""
    buyers = {n: Buying(silent_days=n, orders=10 - n, revenue=n) for n in range(5)}
    assert rfm_scores(buyers)[0] == Scores(recency=5, frequency=5, money=1)
    assert rfm_scores(buyers)[4] == Scores(recency=1, frequency=1, money=5)


def test_equal_buyers_get_equal_scores() -> None:
    """Nothing but the figures decides; of nobody nothing is said."""
    same = Buying(10, 1, 500)
    assert set(rfm_scores(dict.fromkeys(range(7), same)).values()) == {Scores(1, 1, 1)}
    assert rfm_scores({}) == {}
