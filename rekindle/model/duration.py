"""Durations as a marketer writes them: `90 days`, `6 months`, `2w` (LANGUAGE 1)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum


class DurationUnit(StrEnum):
    """Minutes to weeks are exact; months and years go by the calendar of the workspace's timezone."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


EXACT_UNITS: dict[DurationUnit, timedelta] = {
    DurationUnit.MINUTE: timedelta(minutes=1),
    DurationUnit.HOUR: timedelta(hours=1),
    DurationUnit.DAY: timedelta(days=1),
    DurationUnit.WEEK: timedelta(weeks=1),
}
FAR_PAST = datetime(1, 1, 1, tzinfo=UTC)
FAR_FUTURE = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""What a duration beyond the calendar's ends comes to."""

_SHORT = {"min": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year"}
_PATTERN = re.compile(r"(\d{1,6})\s*([a-z]+)\Z")


def local_moment(naive: datetime, zone: tzinfo) -> datetime:
    """A local time in `zone` as UTC; in a DST gap the offset before it, of a repeated one the first (LANGUAGE 1)."""
    return naive.replace(tzinfo=zone, fold=0).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Duration:
    """`count` times `unit`; never negative."""

    count: int
    unit: DurationUnit

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read `90 days`, `1 year`, `36h`. Raises ValueError with what was expected."""
        match = _PATTERN.match(text.strip().lower())
        if match:
            word = _SHORT.get(match[2], match[2].removesuffix("s"))
            if word in DurationUnit.__members__.values():
                return cls(int(match[1]), DurationUnit(word))
        raise ValueError(f"'{text}' is not a duration; write it like 90 days, 6 months, 2 weeks, 36 hours")

    @staticmethod
    def forms(text: str) -> tuple[str, ...]:
        """How what was meant by `text` may be written, for hints: its number with each unit; none without a number."""
        match = re.match(r"\s*(\d{1,6})\b", text) or re.match(r"\s*(\d{1,6})", text)
        return tuple(str(Duration(int(match[1]), unit)) for unit in DurationUnit) if match else ()

    def before(self, moment: datetime, zone: tzinfo) -> datetime:
        """The moment this long before `moment` (aware), as UTC."""
        return self._shifted(moment, zone, -1)

    def after(self, moment: datetime, zone: tzinfo) -> datetime:
        """The moment this long after `moment` (aware), as UTC."""
        return self._shifted(moment, zone, +1)

    def _shifted(self, moment: datetime, zone: tzinfo, sign: int) -> datetime:
        try:
            exact = EXACT_UNITS.get(self.unit)
            if exact is not None:
                return moment.astimezone(UTC) + sign * self.count * exact
            months = self.count * (12 if self.unit is DurationUnit.YEAR else 1)
            local = moment.astimezone(zone).replace(tzinfo=None)
            index = local.year * 12 + local.month - 1 + sign * months
            year, month = divmod(index, 12)
            day = min(local.day, calendar.monthrange(year, month + 1)[1])
            return local_moment(local.replace(year=year, month=month + 1, day=day), zone)
        except (OverflowError, ValueError, calendar.IllegalMonthError):
            return FAR_PAST if sign < 0 else FAR_FUTURE

    def __str__(self) -> str:
        return f"{self.count} {self.unit}" + ("" if self.count == 1 else "s")
