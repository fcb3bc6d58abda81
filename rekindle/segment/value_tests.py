"""One value under one test: text folded, numbers exact, dates by spans; a missing value is None (LANGUAGE 2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from fractions import Fraction

from ..model.folding import fold
from ..model.segment import (
    COMPLEMENTS,
    Bound,
    DateTest,
    FieldBound,
    ListOperator,
    ListTest,
    NumberOperator,
    NumberTest,
    TextOperator,
    TextTest,
)
from ..model.when import local_day, midnight
from .asking import Asking
from .spans import YEARLY, day_of_year, days_of_year, in_spans, spans_of

NumberOf = Callable[[str], Fraction | None]
"""The value of a number field of the contact at hand, None where it is missing."""


def text_holds(test: TextTest, text: str) -> bool:
    """Whether a text (empty: missing) passes."""
    folded = fold(text)
    operator = COMPLEMENTS.get(test.operator)
    if operator is not None:
        return not _text_holds(operator, folded, test.values)
    return _text_holds(test.operator, folded, test.values)


def _text_holds(operator: TextOperator, folded: str, values: Iterable[str]) -> bool:
    if not folded:
        return False
    wanted = [fold(value) for value in values]
    match operator:
        case TextOperator.CONTAINS:
            return wanted[0] in folded
        case TextOperator.STARTS_WITH:
            return folded.startswith(wanted[0])
        case TextOperator.ENDS_WITH:
            return folded.endswith(wanted[0])
        case TextOperator.MATCHES:
            return matches(wanted[0], folded)
    return folded in wanted


def matches(pattern: str, text: str) -> bool:
    """Whether `text` is like `pattern`: * stands for any run, ? for one character; steps back to the last * only."""
    at = inside = 0
    star, resume = -1, 0
    while at < len(text):
        if inside < len(pattern) and pattern[inside] == "*":
            star, resume = inside, at
            inside += 1
        elif inside < len(pattern) and pattern[inside] in ("?", text[at]):
            at += 1
            inside += 1
        elif star >= 0:
            resume += 1
            at, inside = resume, star + 1
        else:
            return False
    return not pattern[inside:].strip("*")


def number_holds(test: NumberTest, number: Fraction | None, number_of: NumberOf | None = None) -> bool:
    """Whether a number passes; a missing number, or a bound that is missing, passes only the complements."""
    if test.operator in (NumberOperator.IS_NOT, NumberOperator.NOT_IN):
        return not _equals_any(number, test.bounds, number_of)
    if test.operator in (NumberOperator.IS, NumberOperator.IN):
        return _equals_any(number, test.bounds, number_of)
    bounds = [bound_value(bound, number_of) for bound in test.bounds]
    if number is None or any(bound is None for bound in bounds):
        return False
    known = [bound for bound in bounds if bound is not None]
    match test.operator:
        case NumberOperator.MORE_THAN:
            return number > known[0]
        case NumberOperator.AT_LEAST:
            return number >= known[0]
        case NumberOperator.LESS_THAN:
            return number < known[0]
        case NumberOperator.AT_MOST:
            return number <= known[0]
    return known[0] <= number <= known[1]


def _equals_any(number: Fraction | None, bounds: Iterable[Bound], number_of: NumberOf | None) -> bool:
    return number is not None and any(number == bound_value(bound, number_of) for bound in bounds)


def bound_value(bound: Bound, number_of: NumberOf | None) -> Fraction | None:
    """What a bound comes to for the contact at hand."""
    if not isinstance(bound, FieldBound):
        return Fraction(bound)
    other = number_of(bound.field) if number_of else None
    return None if other is None else other * Fraction(bound.times)


def moment_holds(test: DateTest, moment: datetime | None, asking: Asking) -> bool:
    """Whether a moment passes."""
    if moment is None:
        return False
    if test.operator in YEARLY:
        return day_of_year(local_day(moment, asking.zone)) in days_of_year(test, asking.as_of, asking.zone)
    return in_spans(moment, spans_of(test, asking.as_of, asking.zone))


def day_holds(test: DateTest, day: date | None, asking: Asking) -> bool:
    """Whether a plain date, which means its midnight, passes."""
    if day is None:
        return False
    if test.operator in YEARLY:
        return day_of_year(day) in days_of_year(test, asking.as_of, asking.zone)
    return in_spans(midnight(day, asking.zone), spans_of(test, asking.as_of, asking.zone))


def list_holds(test: ListTest, items: Iterable[str]) -> bool:
    """Whether a list passes."""
    have = folded_items(items)
    wanted = {fold(value) for value in test.values}
    match test.operator:
        case ListOperator.HAS_ALL:
            return wanted <= have
        case ListOperator.HAS_NONE:
            return not wanted & have
    return bool(wanted & have)


def folded_items(items: Iterable[str]) -> set[str]:
    """The items of a list as they are compared: folded, empty ones left out."""
    return {folded for folded in map(fold, items) if folded}
