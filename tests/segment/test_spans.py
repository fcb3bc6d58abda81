"""Where time begins and ends: every boundary of LANGUAGE 1, by calendar, across month ends and changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rekindle.model.segment import DateTest
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import Catalogue, FieldKind
from rekindle.segment.field_grammar import read_tests
from rekindle.segment.spans import day_span, days_of_year, ranges_of, spans_of
from rekindle.segment.value_tests import day_holds, moment_holds
from rekindle.segment.values import Reading
from tests.property.written import node_of

TICK = timedelta(microseconds=1)
MOSCOW, NEW_YORK, APIA = ZoneInfo("Europe/Moscow"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")
AS_OF = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def date_test(written: object) -> DateTest:
    reading = Reading(Catalogue())
    tests = read_tests(reading, node_of(written), FieldKind.DATE)
    assert reading.problems == []
    assert tests is not None
    assert isinstance(tests[0], DateTest)
    return tests[0]


def holds(written: object, moment: datetime, zone: ZoneInfo = MOSCOW, as_of: datetime = AS_OF) -> bool:
    return moment_holds(date_test(written), moment, Asking(as_of, zone))


def moscow(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW).astimezone(UTC)


@pytest.mark.parametrize(
    ("written", "first_in", "first_out"),
    [
        # as_of - D < t <= as_of
        ({"within": "90 days"}, AS_OF - timedelta(days=90) + TICK, AS_OF + TICK),
        # t <= as_of - D: the very moment is old enough
        ({"older_than": "90 days"}, None, AS_OF - timedelta(days=90) + TICK),
        ({"before": "2026-10-01"}, None, moscow("2026-10-01")),
        ({"before": "36 hours ago"}, None, AS_OF - timedelta(hours=36)),
        ({"since": "yesterday"}, moscow("2026-10-31"), None),
        # a written date counts whole, a word does not
        ({"between": ["2026-10-01", "2026-10-02"]}, moscow("2026-10-01"), moscow("2026-10-03")),
        ({"between": ["2026-10-01", "today"]}, moscow("2026-10-01"), moscow("2026-11-01")),
        ({"between": ["2026-10-01T10:00", "2026-10-01T11:30"]}, moscow("2026-10-01T10:00"), moscow("2026-10-01T11:30")),
        ("2026-10-05", moscow("2026-10-05"), moscow("2026-10-06")),
        ({"in": "last month"}, moscow("2026-10-01"), moscow("2026-11-01")),
        # weeks begin on Monday; 1 November 2026 is a Sunday
        ({"in": "this week"}, moscow("2026-10-26"), AS_OF + TICK),
        ({"in": "last quarter"}, moscow("2026-07-01"), moscow("2026-10-01")),
        ({"in": "this year"}, moscow("2026-01-01"), AS_OF + TICK),
        ({"in_next": "1 day"}, AS_OF + TICK, AS_OF + timedelta(days=1) + TICK),
    ],
)
def test_a_span_begins_and_ends_at_the_very_moment(
    written: object, first_in: datetime | None, first_out: datetime | None
) -> None:
    """The last moment outside, the first inside, the last inside, the first outside."""
    if first_in is not None:
        assert (holds(written, first_in - TICK), holds(written, first_in)) == (False, True)
    if first_out is not None:
        assert (holds(written, first_out - TICK), holds(written, first_out)) == (True, False)


def test_a_month_back_is_a_calendar_month_clipped_to_its_end() -> None:
    """From 31 March back one month is 28 February, at the same local time."""
    as_of = moscow("2026-03-31T12:00")
    edge = moscow("2026-02-28T12:00")
    assert (
        holds({"within": "1 month"}, edge, as_of=as_of),
        holds({"within": "1 month"}, edge + TICK, as_of=as_of),
    ) == (False, True)


def test_days_are_exact_and_months_follow_the_clock_of_the_zone() -> None:
    """New York set its clocks back at 06:00 UTC on 1 November 2026: a day is 24 hours, a month keeps 04:00 local."""
    day_edge = AS_OF - timedelta(days=1)
    month_edge = datetime(2026, 10, 1, 4, 0, tzinfo=NEW_YORK).astimezone(UTC)
    found = [
        holds({"within": "1 day"}, day_edge + TICK, NEW_YORK),
        holds({"within": "1 day"}, day_edge, NEW_YORK),
        holds({"within": "1 month"}, month_edge + TICK, NEW_YORK),
        holds({"within": "1 month"}, month_edge, NEW_YORK),
    ]
    assert found == [True, False, True, False]


def test_a_plain_date_means_its_midnight() -> None:
    """birthday within 1 day: today's midnight lies within, yesterday's does not at nine in the morning."""
    asking = Asking(AS_OF, MOSCOW)
    test = date_test({"within": "1 day"})
    assert [day_holds(test, date(2026, 10, 31) + timedelta(days=step), asking) for step in (0, 1, 2)] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("zone", [MOSCOW, NEW_YORK, APIA, ZoneInfo("America/Sao_Paulo"), ZoneInfo("UTC")])
def test_days_of_a_span_are_those_whose_midnights_lie_in_it(zone: ZoneInfo) -> None:
    """The SQL form over stored days is the Python form over midnights, also where a zone skipped a day."""
    for start in (
        datetime(2011, 12, 28, tzinfo=UTC),
        datetime(2018, 11, 2, tzinfo=UTC),
        datetime(2026, 10, 30, tzinfo=UTC),
    ):
        for hour in range(0, 96, 5):
            as_of = start + timedelta(hours=hour)
            asking = Asking(as_of, zone)
            for written in ({"within": "2 days"}, {"older_than": "1 day"}, {"in": "this month"}):
                test = date_test(written)
                spans = [day_span(span, zone) for span in spans_of(test, as_of, zone)]
                days = [start.date() + timedelta(days=step) for step in range(-4, 8)]
                by_days = [
                    any((low is None or low <= day) and (high is None or day < high) for low, high in spans)
                    for day in days
                ]
                assert by_days == [day_holds(test, day, asking) for day in days]


def test_an_anniversary_runs_from_today_through_the_last_day() -> None:
    """Both ends in, across the new year, 29 February on the 28th of a common year."""
    new_year = datetime(2026, 12, 30, 9, tzinfo=UTC)
    test = date_test({"anniversary": {"in_next": "3 days"}})
    assert sorted(days_of_year(test, new_year, MOSCOW)) == [101, 102, 1230, 1231]
    february = datetime(2027, 2, 27, 9, tzinfo=UTC)
    assert sorted(days_of_year(date_test({"anniversary": {"in_next": "1 day"}}), february, MOSCOW)) == [227, 228, 229]
    leap = datetime(2028, 2, 27, 9, tzinfo=UTC)
    assert sorted(days_of_year(date_test({"anniversary": {"in_next": "1 day"}}), leap, MOSCOW)) == [227, 228]


def test_days_of_a_year_as_ranges_cross_the_ends_of_months() -> None:
    """The fewest ranges, so that the statement stays short."""
    assert ranges_of([227, 228, 229, 301, 302, 430, 501, 1231]) == ((227, 302), (430, 501), (1231, 1231))


def test_the_ends_of_the_calendar_do_not_break_anything() -> None:
    """A duration that leads before the year 1 means ever."""
    assert holds({"within": "9000 years"}, datetime(1, 1, 2, tzinfo=UTC))
    assert not holds({"older_than": "999999 days"}, AS_OF)
