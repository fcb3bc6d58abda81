"""The periods that targets are for: a written one, or the one that a moment lies in (LANGUAGE 5, `targets`)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from ..model.duration import Duration
from ..model.when import CalendarSpan, CalendarUnit, local_day, midnight

_NAME = re.compile(r"(\d{4})(?:-Q([1-4])|-(\d{2})(?:-(\d{2}))?)?\Z")


@dataclass(frozen=True, slots=True)
class TargetPeriod:
    """From `begin` up to `end` (both UTC), the end left out."""

    name: str
    begin: datetime
    end: datetime


def named_period(name: str, rhythm: str, zone: tzinfo) -> TargetPeriod:
    """The period of that name: a year, quarter or month is itself, unless the rhythm is a duration of the firm's own.

    A day begins a period of the rhythm. Raises ValueError.
    """
    match = _NAME.match(name)
    if match is None:
        raise ValueError(f"'{name}' is not a period; write it like 2026-11, 2026-Q4, 2026 or 2026-11-02")
    year, quarter, month, day = match.groups()
    first = date(int(year), int(month or (int(quarter) - 1) * 3 + 1 if quarter or month else 1), int(day or 1))
    if rhythm not in set(CalendarUnit):
        begin = midnight(first, zone)
        return TargetPeriod(name, begin, Duration.parse(rhythm).after(begin, zone))
    unit = CalendarUnit(rhythm)
    if not day:
        unit = CalendarUnit.QUARTER if quarter else CalendarUnit.MONTH if month else CalendarUnit.YEAR
    return TargetPeriod(name, midnight(first, zone), midnight(_next(first, unit), zone))


def _next(first: date, unit: CalendarUnit) -> date:
    """The day on which the span of the calendar that begins on `first` is over; a day within one begins its own."""
    if unit is CalendarUnit.WEEK:
        return first + timedelta(weeks=1)
    months = first.year * 12 + first.month - 1 + {CalendarUnit.MONTH: 1, CalendarUnit.QUARTER: 3}.get(unit, 12)
    return first.replace(year=months // 12, month=months % 12 + 1, day=min(first.day, 28))


def current_period(rhythm: str, written: Iterable[str], as_of: datetime, zone: tzinfo) -> TargetPeriod:
    """The period that `as_of` lies in: of those written the one begun last, else the one that the rhythm gives.

    Periods of a duration follow each other from the last one written before as_of; where there is none, the time of
    one duration up to as_of is meant.
    """
    periods = sorted((named_period(name, rhythm, zone) for name in written), key=lambda one: one.begin)
    begun = [one for one in periods if one.begin <= as_of]
    running = [one for one in begun if as_of < one.end]
    if running:
        return running[-1]
    if rhythm in set(CalendarUnit):
        first, after = CalendarSpan(CalendarUnit(rhythm)).days(local_day(as_of, zone))
        return TargetPeriod(_name(first, CalendarUnit(rhythm)), midnight(first, zone), midnight(after, zone))
    step = Duration.parse(rhythm)
    begin = begun[-1].end if begun else step.before(as_of, zone)
    while step.count and step.after(begin, zone) <= as_of and begun:
        begin = step.after(begin, zone)
    return TargetPeriod(local_day(begin, zone).isoformat(), begin, step.after(begin, zone))


def _name(first: date, unit: CalendarUnit) -> str:
    match unit:
        case CalendarUnit.YEAR:
            return f"{first:%Y}"
        case CalendarUnit.QUARTER:
            return f"{first:%Y}-Q{(first.month + 2) // 3}"
        case CalendarUnit.MONTH:
            return f"{first:%Y-%m}"
    return first.isoformat()
