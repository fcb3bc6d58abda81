from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from rekindle.model.campaign import Cap, Step, Window
from rekindle.model.configuration import Warmup
from rekindle.model.duration import Duration, DurationUnit
from rekindle.plan.departure import last_of_steps, last_of_waves, last_warm_day

MOSCOW = ZoneInfo("Europe/Moscow")
DAY = Window(time(9), time(20), frozenset(range(5)))
START = datetime(2026, 11, 2, 9, tzinfo=UTC)  # a Monday
WEEK = Step(Duration(7, DurationUnit.DAY))


def test_letters_leave_one_after_the_other_and_wave_after_wave() -> None:
    """Without a window all of them follow each other; with one, those whose day begins later come later."""
    each = timedelta(minutes=1)
    assert last_of_waves(None, [(UTC, 30), (MOSCOW, 30)], START, each) == START + timedelta(hours=1)
    evening = START + timedelta(hours=10)  # 19:00 in UTC, 22:00 in Moscow, which goes on at 06:00 UTC
    assert last_of_waves(DAY, [(UTC, 30), (MOSCOW, 30)], evening, each) == datetime(2026, 11, 3, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "out", "letters", "expected"),
    [(0, 0, 100, (0, 100)), (0, 0, 101, (1, 1)), (0, 60, 100, (1, 60)), (1, 0, 450, (1, 250)), (0, 500, 200, (1, 200))],
)
def test_the_warm_up_lets_so_many_out_a_day(day: int, out: int, letters: int, expected: tuple[int, int]) -> None:
    """100 on the first day, twice as many each day after; what left today already counts."""
    assert last_warm_day(Warmup(100, Decimal(2)), day, out, letters, lambda ahead: True) == expected


def test_an_allowance_that_dwindles_may_never_be_enough() -> None:
    assert last_warm_day(Warmup(100, Decimal("0.5")), 0, 0, 10_000, lambda ahead: True) is None


def test_days_on_which_nothing_leaves_give_no_allowance() -> None:
    """A warm-up begins with its first letter; once begun, its allowance grows on days off too."""
    warmup, weekdays = Warmup(100, Decimal(2)), lambda ahead: ahead not in (0, 1)
    assert last_warm_day(warmup, None, 0, 250, weekdays) == (3, 150)
    assert last_warm_day(warmup, 0, 0, 250, weekdays) == (2, 250)


def test_a_step_waits_for_its_time_its_window_and_the_cap() -> None:
    """With two letters in 30 days the third is 30 days behind the first; a Saturday is no day of the window."""
    steps = (Step(), WEEK, WEEK)
    free = last_of_steps(START, steps, None, None, [(UTC, 1)], UTC)
    assert free == (START, START + timedelta(days=7), START + timedelta(days=14))
    capped = last_of_steps(START, steps, Cap(2, Duration(30, DurationUnit.DAY)), None, [(UTC, 1)], UTC)
    assert capped == (START, START + timedelta(days=7), START + timedelta(days=30))
    friday = datetime(2026, 11, 6, 9, tzinfo=UTC)
    soon = (Step(), Step(Duration(1, DurationUnit.DAY)))
    assert last_of_steps(friday, soon, None, DAY, [(UTC, 1)], UTC)[1] == datetime(2026, 11, 9, 9, tzinfo=UTC)
    assert last_of_steps(START, (), None, None, [(UTC, 1)], UTC) == (START,)
