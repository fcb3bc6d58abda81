from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from rekindle.model.campaign import Schedule
from rekindle.model.duration import Duration
from rekindle.plan.schedule import Due, due_occasions, latest_occasions, next_occasion

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")
MONTHLY = "0 10 1 * *"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def periods(due: Due) -> tuple[list[str], list[str]]:
    return [due.due.period] if due.due else [], [each.period for each in due.missed]


def asked(cron: str, now: str, *, lateness: str | None = None, seen: str | None = None, made: tuple[str, ...] = (),
          zone: ZoneInfo = UTC_ZONE) -> tuple[list[str], list[str]]:  # fmt: skip
    schedule = Schedule(cron, Duration.parse(lateness) if lateness else None)
    return periods(due_occasions(schedule, zone, at(now), at(seen) if seen else None, made))


def test_a_period_is_due_from_its_moment_on() -> None:
    assert asked(MONTHLY, "2026-11-01T10:00", made=("2026-10",)) == (["2026-11"], [])
    assert asked(MONTHLY, "2026-11-01T09:59:59", made=("2026-10",)) == ([], [])


def test_a_period_that_was_made_is_not_due_again() -> None:
    assert asked(MONTHLY, "2026-11-01T10:05", made=("2026-11",)) == ([], [])


def test_a_period_within_its_lateness_is_due_and_one_beyond_was_missed() -> None:
    assert asked(MONTHLY, "2026-11-01T22:00", lateness="12 hours", made=("2026-10",)) == (["2026-11"], [])
    assert asked(MONTHLY, "2026-11-01T22:00:01", lateness="12 hours", made=("2026-10",)) == ([], ["2026-11"])


def test_a_missed_period_is_named_once() -> None:
    late = "2026-11-03T00:00"
    assert asked(MONTHLY, late, lateness="1 hour", seen="2026-10-31T00:00") == ([], ["2026-11"])
    assert asked(MONTHLY, late, lateness="1 hour", seen="2026-11-02T00:00") == ([], [])


def test_every_period_of_a_long_pause_is_named_but_only_those_after_the_last_look() -> None:
    seen = "2026-08-15T00:00"
    expected = (["2026-11"], ["2026-09", "2026-10"])
    assert asked(MONTHLY, "2026-11-01T10:05", lateness="1 hour", seen=seen, made=("2026-08",)) == expected
    assert asked(MONTHLY, "2026-11-01T10:05", lateness="1 hour", made=("2026-08",)) == (["2026-11"], [])


def test_without_a_lateness_the_latest_is_due_until_the_next_and_earlier_ones_were_missed() -> None:
    expected = (["2026-11"], ["2026-10"])
    assert asked(MONTHLY, "2026-11-30T00:00", seen="2026-09-15T00:00", made=("2026-09",)) == expected


def test_of_several_periods_within_the_lateness_only_the_latest_is_due() -> None:
    """All would have the audience of now: who is in it would get every one of them in the same minute."""
    due = asked("0 * * * *", "2026-11-01T12:30", lateness="2 hours", seen="2026-11-01T10:00")
    assert due == (["2026-11-01T12"], ["2026-11-01T11"])
    assert asked("0 * * * *", "2026-11-01T12:30", lateness="2 hours", seen="2026-11-01T10:00",
                 made=("2026-11-01T12",)) == ([], ["2026-11-01T11"])  # fmt: skip
    assert asked("*/15 * * * *", "2026-11-01T12:05", lateness="12 hours") == (["2026-11-01T12:00"], [])


def test_a_changed_expression_does_not_mail_a_covered_month_again() -> None:
    """From monthly to daily: November was mailed, its days are covered."""
    seen = "2026-11-04T00:00"
    assert asked("0 10 * * *", "2026-11-05T10:05", seen=seen, made=("2026-11",)) == ([], [])
    assert asked("0 10 * * *", "2026-12-01T10:05", seen="2026-11-30T11:00", made=("2026-11",)) == (["2026-12-01"], [])


def test_in_autumn_the_repeated_hour_fires_once() -> None:
    """02:30 comes twice on 25 October 2026 in Berlin; with the first one made, the second is no new period."""
    daily = "30 2 * * *"
    assert asked(daily, "2026-10-25T00:30", zone=BERLIN, made=("2026-10-24",)) == (["2026-10-25"], [])
    assert asked(daily, "2026-10-25T01:30", zone=BERLIN, made=("2026-10-25",)) == ([], [])
    moments = [each.moment for each in islice(latest_occasions(daily, BERLIN, at("2026-10-26T12:00")), 3)]
    assert moments == [at("2026-10-26T01:30"), at("2026-10-25T00:30"), at("2026-10-24T00:30")]


@pytest.mark.parametrize("cron", ["0 * * * *", "*/30 * * * *"])
def test_in_autumn_no_period_is_named_twice(cron: str) -> None:
    found = [each.period for each in islice(latest_occasions(cron, BERLIN, at("2026-10-25T05:00")), 12)]
    assert len(found) == len(set(found)) == 12


def test_in_spring_a_moment_in_the_gap_comes_right_after_it() -> None:
    """02:30 does not exist on 29 March 2026 in Berlin: the day is not skipped, and mailed once."""
    found = list(islice(latest_occasions("30 2 * * *", BERLIN, at("2026-03-30T12:00")), 3))
    assert [(each.period, each.moment) for each in found] == [
        ("2026-03-30", at("2026-03-30T00:30")),
        ("2026-03-29", at("2026-03-29T01:00")),
        ("2026-03-28", at("2026-03-28T01:30")),
    ]


def test_within_the_repeated_hour_an_earlier_moment_is_not_overlooked() -> None:
    """At 02:10 after the clock went back, 02:50 before it is 20 minutes ago by the true clock."""
    latest = next(latest_occasions("50 2 * * *", BERLIN, at("2026-10-25T01:10")))
    assert (latest.period, latest.moment) == ("2026-10-25", at("2026-10-25T00:50"))


@pytest.mark.parametrize("cron", ["30 2 * * *", "0 10 31 * *", "15 */6 * * MON", "0 10 L * *", "0 9 29 2 *"])
@pytest.mark.parametrize("zone", [BERLIN, UTC_ZONE])
def test_walking_back_finds_the_periods_that_walking_forward_does(cron: str, zone: ZoneInfo) -> None:
    start, end = at("2024-01-01T00:00"), at("2026-12-31T00:00")
    forward = []
    for moment in CronSim(cron, start.astimezone(zone)):
        if moment.astimezone(UTC) > end:
            break
        forward.append(moment.astimezone(UTC))
    back = [each.moment for each in latest_occasions(cron, zone, end) if each.moment > start]
    assert back[:500] == forward[::-1][:500]


def test_months_without_the_day_have_no_period() -> None:
    found = [each.period for each in islice(latest_occasions("0 10 31 * *", UTC_ZONE, at("2026-06-15T00:00")), 3)]
    assert found == ["2026-05", "2026-03", "2026-01"]


def test_running_every_ten_minutes_for_a_year_makes_each_month_once() -> None:
    """Whatever cron does and how often: twelve months, twelve mailings, none missed."""
    schedule, made, missed, seen = Schedule(MONTHLY, Duration.parse("1 hour")), ["2025-12"], [], None
    now = at("2026-01-01T00:00")
    while now < at("2027-01-01T00:00"):
        found = due_occasions(schedule, BERLIN, now, seen, made)
        made += [found.due.period] if found.due else []
        missed += found.missed
        seen = now
        now += timedelta(hours=1) if now.day > 2 else timedelta(minutes=10)
    assert made[1:] == [f"2026-{month:02}" for month in range(1, 13)]
    assert missed == []


def test_the_next_moment() -> None:
    found = next_occasion(MONTHLY, BERLIN, at("2026-11-01T09:00"))
    assert found is not None
    assert (found.period, found.moment) == ("2026-12", at("2026-12-01T09:00"))
