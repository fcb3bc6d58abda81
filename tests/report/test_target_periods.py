"""The periods of the plan: named ones, the one that a moment lies in, and a rhythm of the firm's own."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from rekindle.report.against_plan import Growth
from rekindle.report.target_periods import TargetPeriod, current_period, named_period

ZONE = ZoneInfo("Europe/Moscow")


def shown(period: TargetPeriod) -> tuple[str, str, str]:
    return period.name, *(str(moment.astimezone(ZONE).date()) for moment in (period.begin, period.end))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("name", "rhythm", "begin", "end"),
    [
        ("2026-12", "month", "2026-12-01", "2027-01-01"), ("2026-Q4", "month", "2026-10-01", "2027-01-01"),
        ("2026", "month", "2026-01-01", "2027-01-01"), ("2026-11-16", "week", "2026-11-16", "2026-11-23"),
        ("2026-11-16", "month", "2026-11-16", "2026-12-16"), ("2026-11", "45 days", "2026-11-01", "2026-12-16"),
        ("2026-11-10", "2 months", "2026-11-10", "2027-01-10"),
    ],
)  # fmt: skip
def test_a_period_is_known_by_its_name(name: str, rhythm: str, begin: str, end: str) -> None:
    """In the workspace's timezone; a rhythm of the firm's own counts from the first day."""
    assert shown(named_period(name, rhythm, ZONE)) == (name, begin, end)


def test_the_current_period_is_the_one_that_the_moment_lies_in() -> None:
    """By the calendar; of written ones that hold the moment, the one begun last; firm's own ones follow each other."""
    now = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)
    for rhythm, expected in {
        "month": ("2026-11", "2026-11-01", "2026-12-01"), "quarter": ("2026-Q4", "2026-10-01", "2027-01-01"),
        "year": ("2026", "2026-01-01", "2027-01-01"), "week": ("2026-11-16", "2026-11-16", "2026-11-23"),
    }.items():  # fmt: skip
        assert shown(current_period(rhythm, [], now, ZONE)) == expected
    assert current_period("month", ["2026", "2026-Q4", "2026-12"], now, ZONE).name == "2026-Q4"
    assert shown(current_period("20 days", ["2026-10-01"], now, ZONE)) == ("2026-11-10", "2026-11-10", "2026-11-30")
    assert shown(current_period("20 days", [], now, ZONE))[1:] == ("2026-11-01", "2026-11-21")
    # the first minute of December in Moscow is still November in Greenwich
    assert current_period("month", [], datetime(2026, 11, 30, 21, 0, tzinfo=UTC), ZONE).name == "2026-12"


def test_a_wrong_name_says_how_to_write_it() -> None:
    """2026-Q5 is no quarter."""
    with pytest.raises(ValueError, match="2026-Q4"):
        named_period("2026-Q5", "month", ZONE)


@pytest.mark.parametrize(
    ("base", "gained", "needed", "ok"), [(0, 0, 0, True), (100, 10, 10, True), (101, 10, 11, False)]
)
def test_a_base_should_gain_its_square_root(base: int, gained: int, needed: int, ok: bool) -> None:
    """Whole contacts: no fewer than the root."""
    growth = Growth(base, gained)
    assert (growth.needed, growth.ok) == (needed, ok)
