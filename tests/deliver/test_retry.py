"""When a deferred letter is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rekindle.deliver.retry import next_try

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 240), (6, 240), (15, 240)])
def test_the_pauses_grow_to_four_hours(attempts: int, minutes: int) -> None:
    assert next_try(attempts, NOW, NOW, 0.0) == NOW + timedelta(minutes=minutes)


def test_jitter_only_lengthens_and_by_a_fifth_at_most() -> None:
    assert next_try(4, NOW, NOW, 0.999999) < NOW + timedelta(minutes=72)  # type: ignore[operator]
    assert next_try(4, NOW, NOW, 0.5) == NOW + timedelta(minutes=66)


def test_after_three_days_it_is_given_up() -> None:
    first = NOW - timedelta(days=3) + timedelta(hours=4)
    assert next_try(9, first, NOW, 0.0) == NOW + timedelta(hours=4)
    assert next_try(9, first - timedelta(microseconds=1), NOW, 0.0) is None
