"""When letters leave: the cron schedule, and the window outside of which it is quiet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time

from ..model.campaign import Schedule, Window
from ..model.document import Node, Sequence
from ..model.problem import did_you_mean
from ..plan.schedule import next_occasion
from .reading import Reading, quoted, scalar
from .tables import Key, Table, Values
from .values import Choice, Span

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CRON_HINT = 'minute hour day month weekday, such as "0 10 1 * *": at 10:00 on the first of each month'

# the rule of the calendar does not depend on where one starts to look; 2024 is the start of a four-year circle
_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)
_HOURS = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression of five parts that comes round at least once."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, "a cron expression", CRON_HINT)
        if found is None:
            return None
        parts = found.text.split()
        expression = " ".join(parts)
        if len(parts) == 5 and _comes(expression):
            return expression
        # each part alone is right, and together they never meet
        sound = len(parts) == 5 and all(
            _comes(" ".join(part if place == at else "*" for at in range(5))) for place, part in enumerate(parts)
        )
        message = "never comes: no month has such a day" if sound else "is not a cron expression"
        reading.fault(node.at, f"{quoted(expression)} {message}", CRON_HINT)
        return None


def _comes(expression: str) -> bool:
    from cronsim import CronSimError

    try:
        return next_occasion(expression, UTC, _SOME_DAY) is not None
    except CronSimError:
        return False


SCHEDULE: Table[Schedule] = Table(
    "schedule",
    (
        Key("cron", Cron(), f"when: {CRON_HINT}", required=True),
        Key("max_lateness", Span(), "how late a missed moment may still be made up for"),
    ),
    lambda values: Schedule(values["cron"], values.get("max_lateness")),
)


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of the day, `09:00-20:00`."""

    def __call__(self, node: Node, reading: Reading) -> tuple[time, time] | None:
        found = scalar(node, reading, "hours such as 09:00-20:00")
        if found is None:
            return None
        match = _HOURS.fullmatch(found.text.strip())
        opens, closes = (_time(match[1], match[2]), _time(match[3], match[4])) if match else (None, None)
        if opens is None or closes is None:
            reading.expected(node, "hours such as 09:00-20:00")
            return None
        if opens >= closes:
            reading.fault(node.at, f"{quoted(found.text)} closes before it opens", "write the earlier hour first")
            return None
        return opens, closes


def _time(hour: str, minute: str) -> time | None:
    if int(hour) == 24:
        return time.max if int(minute) == 0 else None
    return time(int(hour), int(minute))


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the week: `mon-fri`, `sat`, or a list of those."""

    def __call__(self, node: Node, reading: Reading) -> frozenset[int] | None:
        if isinstance(node, Sequence) and node.items:
            parts = [self._part(item, reading) for item in node]
            return None if None in parts else frozenset(day for part in parts if part for day in part)
        return self._part(node, reading)

    def _part(self, node: Node, reading: Reading) -> frozenset[int] | None:
        found = scalar(node, reading, "days such as mon-fri")
        if found is None:
            return None
        words = [word.strip().lower() for word in found.text.split("-")]
        unknown = next((word for word in words if word not in DAYS), None)
        if unknown is not None or len(words) > 2:
            hint = did_you_mean(unknown or "", DAYS) or "mon, tue, wed, thu, fri, sat, sun"
            reading.fault(node.at, f"{quoted(found.text)} is not a day or days such as mon-fri", hint)
            return None
        first, last = DAYS.index(words[0]), DAYS.index(words[-1])
        return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))


def _window(values: Values) -> Window:
    opens, closes = values["hours"]
    days = values.get("days", frozenset(range(7)))
    return Window(opens, closes, days, values.get("timezone", "workspace") == "contact")


WINDOW: Table[Window] = Table(
    "window",
    (
        Key("hours", Hours(), "between which hours letters leave, such as 09:00-20:00", required=True),
        Key("days", Days(), "on which days letters leave; every day by default"),
        Key("timezone", Choice(("contact", "workspace")), "by whose clock; the workspace's by default"),
    ),
    _window,
)
