"""Date tests as half-open spans of moments, or as days of the year: what both readers of a condition compare with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from ..model.duration import Duration, DurationUnit
from ..model.segment import DateOperator, DateTest
from ..model.when import When, local_day, midnight

Span = tuple[datetime | None, datetime | None]
"""From the first moment (None: ever) up to, without, the second (None: for ever). Moments count microseconds."""

_TICK = timedelta(microseconds=1)
_ONE_DAY = timedelta(days=1)
YEARLY = frozenset({DateOperator.ANNIVERSARY, DateOperator.MONTH})
"""Operators that ask for a day of the year, whatever the year."""


def spans_of(test: DateTest, as_of: datetime, zone: tzinfo) -> tuple[Span, ...]:
    """The spans that a moment must lie in (any of them) for `test` to hold; not for YEARLY operators (LANGUAGE 1)."""
    match test.operator:
        case DateOperator.ON:
            days = [when.day for when in test.whens if when.day is not None]
            return tuple((midnight(day, zone), _after(day, zone)) for day in days)
        case DateOperator.BEFORE:
            return ((None, test.whens[0].moment_at(as_of, zone)),)
        case DateOperator.SINCE:
            return ((test.whens[0].moment_at(as_of, zone), None),)
        case DateOperator.BETWEEN:
            return ((test.whens[0].moment_at(as_of, zone), _end(test.whens[1], as_of, zone)),)
        case DateOperator.IN:
            assert test.span is not None
            begin, end = test.span.days(local_day(as_of, zone))
            return ((midnight(begin, zone), min(midnight(end, zone), _just_after(as_of))),)
    assert test.duration is not None
    if test.operator is DateOperator.IN_NEXT:
        return ((_just_after(as_of), _just_after(test.duration.after(as_of, zone))),)
    ago = _just_after(test.duration.before(as_of, zone))
    return ((ago, _just_after(as_of)),) if test.operator is DateOperator.WITHIN else ((None, ago),)


def _end(when: When, as_of: datetime, zone: tzinfo) -> datetime:
    return _after(when.day, zone) if when.day is not None else when.moment_at(as_of, zone)


def _after(day: date, zone: tzinfo) -> datetime:
    return midnight(day + _ONE_DAY, zone) if day < date.max else midnight(day, zone)


def _just_after(moment: datetime) -> datetime:
    try:
        return moment + _TICK
    except OverflowError:
        return moment


def in_spans(moment: datetime, spans: Iterable[Span]) -> bool:
    """Whether `moment` lies in any of the spans."""
    return any((low is None or low <= moment) and (high is None or moment < high) for low, high in spans)


def day_span(span: Span, zone: tzinfo) -> tuple[date | None, date | None]:
    """The days whose midnights lie in `span`: from the first up to, without, the second."""
    low, high = span
    return (_first_day(low, zone) if low else None, _first_day(high, zone) if high else None)


def _first_day(moment: datetime, zone: tzinfo) -> date:
    """The first day whose midnight is not before `moment`."""
    try:
        day = local_day(moment, zone)
        if midnight(day, zone) < moment:
            return day + _ONE_DAY
        # where a zone skipped a whole day, two midnights are one moment
        while midnight(day - _ONE_DAY, zone) >= moment:
            day -= _ONE_DAY
    except OverflowError:
        return date.min if moment.year == 1 else date.max
    return day


def days_of_year(test: DateTest, as_of: datetime, zone: tzinfo) -> frozenset[int]:
    """The days of the year, each as month x 100 + day, that a YEARLY test holds on."""
    if test.operator is DateOperator.MONTH:
        return frozenset(month * 100 + day for month in test.months for day in range(1, 32))
    assert test.duration is not None
    today = local_day(as_of, zone)
    last = _days_later(today, test.duration, zone)
    found: set[int] = set()
    day = today
    while day <= last and (day - today).days <= 366:
        found.add(day.month * 100 + day.day)
        if (day.month, day.day) == (2, 28) and not _is_leap(day.year):
            # who was born on 29 February has the day before in a common year
            found.add(229)
        day += _ONE_DAY
    return frozenset(found)


def _days_later(today: date, duration: Duration, zone: tzinfo) -> date:
    """`today` + D as a day: days and weeks by the calendar, so that a change of the clock moves nothing."""
    exact = {DurationUnit.DAY: 1, DurationUnit.WEEK: 7}.get(duration.unit)
    if exact is not None:
        return today + timedelta(days=min(duration.count * exact, 400))
    return local_day(duration.after(midnight(today, zone), zone), zone)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def day_of_year(day: date) -> int:
    """A day as `days_of_year` writes it."""
    return day.month * 100 + day.day


def ranges_of(days: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Days of the year as the fewest ranges, both ends in; keys between two months (such as 132) belong to nobody."""
    ranges: list[tuple[int, int]] = []
    for key in sorted(days):
        if ranges and (key == ranges[-1][1] + 1 or (key % 100 == 1 and ranges[-1][1] >= _last_key(key))):
            ranges[-1] = (ranges[-1][0], key)
        else:
            ranges.append((key, key))
    return tuple(ranges)


def _last_key(first_of_month: int) -> int:
    """The last day of the month before, as a key."""
    month = first_of_month // 100 - 1
    return month * 100 + {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}.get(month, 31)
