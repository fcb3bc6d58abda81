"""Reading one date operator and its time (LANGUAGE 1, 2.1)."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Callable

from ..model.document import Node, Scalar, Sequence
from ..model.duration import Duration
from ..model.folding import fold
from ..model.segment import DateOperator, DateTest
from ..model.when import CALENDAR_FORMS, WHEN_FORMS, CalendarSpan, When
from .values import Reading, read_duration, read_mapping, read_parsed, read_scalar, read_some, shape

_MONTHS = frozenset(str(month) for month in range(1, 13)) | frozenset(f"0{month}" for month in range(1, 10))


def read_plain_date(reading: Reading, node: Node) -> DateTest | None:
    """A date, or a list of dates, in place of operators: on that day, on any of them."""
    days = read_some(reading, node, _read_day, "a date or a list of dates")
    return None if days is None else DateTest(DateOperator.ON, whens=days, at=node.at)


def _read_when(reading: Reading, node: Node) -> When | None:
    return read_parsed(reading, node, When.parse, WHEN_FORMS, When.forms)


def _read_day(reading: Reading, node: Node) -> When | None:
    when = read_parsed(reading, node, When.parse, "a date such as 2026-11-01", _day_forms)
    if when is not None and when.day is None:
        reading.wrong(
            node.at, f"expected a date such as 2026-11-01, found {shape(node)}", "for other times: since, before"
        )
        return None
    return when


def _day_forms(text: str) -> tuple[str, ...]:
    """A date; or, of a duration, the operators that take one."""
    try:
        duration = Duration.parse(text)
    except ValueError:
        return When.forms(text)
    return (f"within: {duration}",)


def _read_month(reading: Reading, node: Node) -> int | None:
    scalar = read_scalar(reading, node, "a month from 1 to 12")
    if scalar is None:
        return None
    if scalar.text.strip() in _MONTHS:
        return int(scalar.text)
    named = next((number for number, name in enumerate(month_name) if name and fold(scalar.text) == fold(name)), 0)
    hint = f"did you mean '{named}'?" if named else ""
    reading.wrong(scalar.at, f"expected a month from 1 to 12, found {shape(scalar)}", hint)
    return None


def read_date_operator(reading: Reading, operator: Scalar, node: Node) -> DateTest | None:
    """One date operator and its time."""
    return _DATE_READERS[DateOperator(operator.text)](reading, operator, node)


def _date_duration(reading: Reading, operator: Scalar, node: Node) -> DateTest | None:
    duration = read_duration(reading, node)
    return None if duration is None else DateTest(DateOperator(operator.text), duration=duration, at=operator.at)


def _date_when(reading: Reading, operator: Scalar, node: Node) -> DateTest | None:
    when = _read_when(reading, node)
    return None if when is None else DateTest(DateOperator(operator.text), whens=(when,), at=operator.at)


def _date_on(reading: Reading, operator: Scalar, node: Node) -> DateTest | None:
    day = _read_day(reading, node)
    return None if day is None else DateTest(DateOperator.ON, whens=(day,), at=operator.at)


def _date_between(reading: Reading, operator: Scalar, node: Node) -> DateTest | None:
    if not isinstance(node, Sequence) or len(node.items) != 2:
        reading.wrong(
            node.at, f"expected two times, found {shape(node)}", "write it like between: [2026-01-01, 2026-03-31]"
        )
        return None
    whens = read_some(reading, node, _read_when, "two times")
    if whens is None:
        return None
    first, last = whens[0].day, whens[1].day
    if first is not None and last is not None and first > last:
        reading.wrong(node.at, f"the range {first} to {last} is empty", "the earlier date comes first")
    return DateTest(DateOperator.BETWEEN, whens=whens, at=operator.at)


def _date_in(reading: Reading, operator: Scalar, node: Node) -> DateTest | None:
    span = read_parsed(reading, node, CalendarSpan.parse, CALENDAR_FORMS, CalendarSpan.forms)
    return None if span is None else DateTest(DateOperator.IN, span=span, at=operator.at)


def _date_anniversary(reading: Reading, operator: Scalar, node: Node) -> DateTest | None:
    mapping = read_mapping(reading, node, "{in_next: DURATION}")
    if mapping is None:
        return None
    for key, _ in mapping:
        if key.text != "in_next":
            reading.unknown("key", key, ("in_next",))
            return None
    duration = read_duration(reading, mapping.entries[0][1])
    return None if duration is None else DateTest(DateOperator.ANNIVERSARY, duration=duration, at=operator.at)


def _date_month(reading: Reading, operator: Scalar, node: Node) -> DateTest | None:
    months = read_some(reading, node, _read_month, "a month from 1 to 12, or a list of months")
    return None if months is None else DateTest(DateOperator.MONTH, months=months, at=operator.at)


_DATE_READERS: dict[DateOperator, Callable[[Reading, Scalar, Node], DateTest | None]] = {
    DateOperator.ON: _date_on,
    DateOperator.BEFORE: _date_when,
    DateOperator.SINCE: _date_when,
    DateOperator.BETWEEN: _date_between,
    DateOperator.WITHIN: _date_duration,
    DateOperator.OLDER_THAN: _date_duration,
    DateOperator.IN: _date_in,
    DateOperator.IN_NEXT: _date_duration,
    DateOperator.ANNIVERSARY: _date_anniversary,
    DateOperator.MONTH: _date_month,
}
