"""The window: its first open moment by the local clock, through the changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekindle.model.campaign import Window
from rekindle.plan.window import last_moment, next_open

DAY = Window(time(9), time(20), frozenset(range(5)))
WHOLE = Window(time(0), time.max)
BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-03T05:59:59", "2026-11-03T06:00"),  # a Tuesday, 09:00 in Moscow
        ("2026-11-03T06:00", "2026-11-03T06:00"),
        ("2026-11-03T16:59:59", "2026-11-03T16:59:59"),
        ("2026-11-03T17:00", "2026-11-04T06:00"),  # 20:00: closed
        ("2026-11-06T17:00", "2026-11-09T06:00"),  # Friday evening: Monday
        ("2026-11-07T10:00", "2026-11-09T06:00"),
        ("2026-12-31T21:30", "2027-01-01T06:00"),  # past midnight in Moscow already
    ],
)
def test_the_first_open_moment(moment: str, expected: str) -> None:
    """It opens at its first minute and is closed from its last on; closed days are passed over."""
    assert next_open(DAY, MOSCOW, at(moment)) == at(expected)


def test_the_local_clock_holds_when_the_clocks_change() -> None:
    """Nine in the morning is nine in the morning, in Berlin an hour earlier by UTC in summer."""
    assert next_open(DAY, BERLIN, at("2026-03-27T19:00")) == at("2026-03-30T07:00")
    assert next_open(DAY, BERLIN, at("2026-10-23T18:00")) == at("2026-10-26T08:00")


def test_an_end_in_a_gap_or_in_a_repeated_hour() -> None:
    """02:30 does not exist on 29 March: the offset before it; on 25 October it comes twice: the first."""
    night = Window(time(2, 30), time(4))
    assert next_open(night, BERLIN, at("2026-03-29T00:00")) == at("2026-03-29T01:30")
    assert next_open(night, BERLIN, at("2026-10-25T00:00")) == at("2026-10-25T00:30")


def test_the_whole_day_is_never_closed() -> None:
    """24:00 is the next midnight."""
    for moment in ("2026-11-03T20:59:59.999999", "2026-11-03T21:00", "2026-11-03T23:00"):
        assert next_open(WHOLE, MOSCOW, at(moment)) == at(moment)


def test_work_goes_on_the_next_day() -> None:
    """Twelve hours of work begun an hour before the window closes end an eleventh hour into the next."""
    assert last_moment(DAY, MOSCOW, at("2026-11-03T16:00"), timedelta(hours=12)) == at("2026-11-04T17:00")
    assert last_moment(DAY, MOSCOW, at("2026-11-06T16:00"), timedelta(hours=2)) == at("2026-11-09T07:00")
    assert last_moment(DAY, MOSCOW, at("2026-11-07T16:00"), timedelta()) == at("2026-11-09T06:00")


@given(
    st.integers(0, 3 * 366 * 24 * 60),
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"]),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 22),
)
def test_what_is_found_is_open_and_not_before(minutes: int, zone: str, days: set[int], opens: int) -> None:
    """Never before it was asked for, on an open day, within the hours, and asked again it is the same."""
    window, asked = Window(time(opens), time(opens + 1), frozenset(days)), at("2025-01-01") + timedelta(minutes=minutes)
    found = next_open(window, ZoneInfo(zone), asked)
    local = found.astimezone(ZoneInfo(zone))
    assert asked <= found <= asked + timedelta(days=9)
    assert local.weekday() in days
    assert time(opens) <= local.time()
    assert local.time() < time(opens + 1) or local.utcoffset() != (local + timedelta(hours=3)).utcoffset()
    assert next_open(window, ZoneInfo(zone), found) == found
