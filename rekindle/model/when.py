"""A point or span of time as a marketer writes it: `2026-11-01`, `90 days ago`, `today`, `last month` (LANGUAGE 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from .duration import Duration, local_moment

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?\Z")
WHEN_FORMS = "a time such as 2026-11-01, 2026-11-01T10:00, 90 days ago, today or yesterday"
CALENDAR_FORMS = "a span such as this month, last week, this quarter or last year"


def midnight(day: date, zone: tzinfo) -> datetime:
    """The moment (UTC) at which `day` begins in `zone`."""
    return _as_utc(datetime.combine(day, time.min), zone)


def _as_utc(written: datetime, zone: tzinfo) -> datetime:
    """A naive time in `zone`, or an aware one, as UTC; at the ends of the calendar the nearest moment there is."""
    try:
        return written.astimezone(UTC) if written.tzinfo else local_moment(written, zone)
    except OverflowError:
        return datetime(1, 1, 1, tzinfo=UTC) if written.year == 1 else datetime(9999, 12, 31, 23, 59, tzinfo=UTC)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def local_day(moment: datetime, zone: tzinfo) -> date:
    """The calendar day of `moment` (aware) in `zone`."""
    return moment.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class When:
    """One of: a written `day`, a written `moment` (naive: workspace time), a duration `ago`, a `word`."""

    day: date | None = None
    moment: datetime | None = None
    ago: Duration | None = None
    word: str = ""

    @classmethod
    def parse(cls, text: str) -> When:
        """Read a WHEN. Raises ValueError with what was expected."""
        lowered = text.strip().lower()
        if lowered in ("today", "yesterday"):
            return cls(word=lowered)
        if lowered.endswith(" ago"):
            return cls(ago=Duration.parse(lowered.removesuffix(" ago")))
        try:
            if _DAY.match(text.strip()):
                return cls(day=date.fromisoformat(text.strip()))
            if _MOMENT.match(text.strip()):
                return cls(moment=datetime.fromisoformat(text.strip()))
        except ValueError as error:
            raise ValueError(f"'{text}' is not in the calendar ({error})") from error
        raise ValueError(f"'{text}' is not {WHEN_FORMS}")

    @staticmethod
    def forms(text: str) -> tuple[str, ...]:
        """How what was meant by `text` may be written, for hints."""
        written = text.strip()
        european = re.match(r"(\d{1,2})[./](\d{1,2})[./](\d{4})\Z", written)
        ours = re.match(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})\Z", written)
        if european or ours:
            parts = list(european.groups())[::-1] if european else list(ours.groups()) if ours else []
            day = f"{parts[0]}-{parts[1]:0>2}-{parts[2]:0>2}"
            return (day,) if _is_day(day) and day != written else ()
        return ("today", "yesterday", *(f"{form} ago" for form in Duration.forms(text)))

    def moment_at(self, as_of: datetime, zone: tzinfo) -> datetime:
        """The moment meant (UTC), seen from `as_of`."""
        if self.ago is not None:
            return self.ago.before(as_of, zone)
        if self.moment is not None:
            return _as_utc(self.moment, zone)
        day = self.day or local_day(as_of, zone) - timedelta(days=1 if self.word == "yesterday" else 0)
        return midnight(day, zone)

    def __str__(self) -> str:
        if self.ago is not None:
            return f"{self.ago} ago"
        if self.moment is not None:
            return self.moment.isoformat(
                timespec="auto" if self.moment.second or self.moment.microsecond else "minutes"
            )
        return self.word or str(self.day)


class CalendarUnit(StrEnum):
    """A span of the calendar; weeks begin on Monday."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """The span of the calendar that we are in, or the `last` one before it."""

    unit: CalendarUnit
    last: bool = False

    @classmethod
    def parse(cls, text: str) -> CalendarSpan:
        """Read a CALENDAR. Raises ValueError with what was expected."""
        words = text.strip().lower().split()
        if len(words) == 2 and words[0] in ("this", "last") and words[1] in CalendarUnit.__members__.values():
            return cls(CalendarUnit(words[1]), last=words[0] == "last")
        raise ValueError(f"'{text}' is not {CALENDAR_FORMS}")

    @staticmethod
    def forms(_text: str) -> tuple[str, ...]:
        """Every span, for hints."""
        return tuple(str(CalendarSpan(unit, last)) for last in (False, True) for unit in CalendarUnit)

    def days(self, today: date) -> tuple[date, date]:
        """The first day of the span and the first day after it, seen from `today`."""
        begin = self._begin(today)
        if self.last:
            return self._begin(begin - timedelta(days=1)), begin
        return begin, self._begin(begin + timedelta(days=_LONGEST[self.unit]))

    def _begin(self, day: date) -> date:
        match self.unit:
            case CalendarUnit.WEEK:
                return day - timedelta(days=day.weekday())
            case CalendarUnit.MONTH:
                return day.replace(day=1)
            case CalendarUnit.QUARTER:
                return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        return day.replace(month=1, day=1)

    def __str__(self) -> str:
        return f"{'last' if self.last else 'this'} {self.unit}"


# one day more than the longest span of its kind never reaches past the next one
_LONGEST = {CalendarUnit.WEEK: 7, CalendarUnit.MONTH: 31, CalendarUnit.QUARTER: 92, CalendarUnit.YEAR: 366}
