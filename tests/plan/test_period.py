from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from rekindle.plan.period import covers, is_period, period_name, unscheduled_period

MOSCOW = ZoneInfo("Europe/Moscow")
MOMENT = datetime(2026, 11, 5, 7, 30, tzinfo=UTC)  # 10:30 in Moscow


@pytest.mark.parametrize(
    ("cron", "name"),
    [
        ("30 10 5 * *", "2026-11"),
        ("30 10 5-5 */1 *", "2026-11"),  # what is meant counts, not how it is spelt
        ("30 10 L * *", "2026-11"),
        ("30 10 5 * 0-7", "2026-11"),
        ("30 10 * * *", "2026-11-05"),
        ("30 10 * * THU", "2026-11-05"),
        ("30 10 1,5 * *", "2026-11-05"),
        ("30 10 5 11 *", "2026-11-05"),  # not every month
        ("30 10 5 * THU", "2026-11-05"),  # not every weekday
        ("30 10 */5 * *", "2026-11-05"),
        ("30 * * * *", "2026-11-05T10"),
        ("30 9,10 5 * *", "2026-11-05T10"),
        ("*/30 * * * *", "2026-11-05T10:30"),
        ("0,30 10 5 * *", "2026-11-05T10:30"),
    ],
)
def test_the_period_is_as_short_as_the_expression_allows(cron: str, name: str) -> None:
    assert period_name(cron, MOMENT, MOSCOW) == name


def test_an_unscheduled_period_is_the_day_of_the_workspace() -> None:
    """Half past ten in the evening UTC is the next day in Moscow."""
    assert unscheduled_period(datetime(2026, 11, 5, 22, 30, tzinfo=UTC), MOSCOW) == "2026-11-06"


@pytest.mark.parametrize(
    ("made", "period", "expected"),
    [
        ("2026-11", "2026-11", True),
        ("2026-11", "2026-11-05", True),
        ("2026-11-05", "2026-11", True),
        ("2026-11-05T10", "2026-11-05", True),
        ("2026-11-05", "2026-11-05T10:30", True),
        ("2026-11", "2026-12", False),
        ("2026-11-05", "2026-11-06", False),
        ("2026-11-05T10", "2026-11-05T11", False),
        ("2026-1", "2026-11", False),
        ("autumn", "2026-11", False),
        ("autumn", "autumn", True),
    ],
)
def test_a_changed_expression_never_mails_a_covered_time_again(made: str, period: str, expected: bool) -> None:
    assert covers(made, period) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11", True),
        ("a.b_c:d-1", True),
        ("", False),
        ("a b", False),
        ("a/b", False),
        ("x\n", False),
        ("осень", False),
    ],
)
def test_what_can_name_a_period(text: str, expected: bool) -> None:
    assert is_period(text) is expected
