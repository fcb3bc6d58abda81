"""Tests of one value as SQL: folded text columns, integers in their own unit, moments and days by spans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, false, func, literal, not_
from sqlalchemy import Text as TextType

from ..model.folding import fold
from ..model.segment import (
    COMPLEMENTS,
    Bound,
    DateTest,
    FieldBound,
    NumberOperator,
    NumberTest,
    TextOperator,
    TextTest,
)
from ..segment.asking import Asking
from ..segment.spans import YEARLY, Span, day_span, days_of_year, ranges_of, spans_of
from .functions import day_of_year_of, ending_of, like_pattern, local_day_of, position_of, ratio_sign
from .where_frame import LARGEST, Among, Frame, among_texts, can_be_stored, every, some

LONGEST_LIKE = 10_000
"""SQLite refuses LIKE patterns above 50,000 bytes."""


# --- text -----------------------------------------------------------------------------------------------------------


def text_clause(
    frame: Frame, test: TextTest, folded: ColumnElement[str], among: Among = among_texts
) -> ColumnElement[bool]:
    """A folded column (empty: missing, never NULL) under a text test; `among`: how it is compared with whole texts."""
    operator = COMPLEMENTS.get(test.operator)
    if operator is not None:
        return not_(_text_clause(frame, operator, test, folded, among))
    return _text_clause(frame, test.operator, test, folded, among)


def _text_clause(
    frame: Frame, operator: TextOperator, test: TextTest, folded: ColumnElement[str], among: Among
) -> ColumnElement[bool]:
    wanted = [fold(value) for value in test.values]
    if operator in (TextOperator.IS, TextOperator.IN):
        return among(folded, wanted)
    part = wanted[0]
    if not can_be_stored(part):
        return false()
    match operator:
        case TextOperator.CONTAINS:
            return position_of(folded, literal(part)) > 0
        case TextOperator.STARTS_WITH:
            return func.substr(folded, 1, len(part), type_=TextType()) == part
        case TextOperator.ENDS_WITH:
            return and_(func.length(folded) >= len(part), ending_of(folded, literal(len(part))) == part)
    return _like(frame, part, folded)


def _like(frame: Frame, pattern: str, folded: ColumnElement[str]) -> ColumnElement[bool]:
    known = folded != ""
    if frame.is_sqlite and len(pattern) > LONGEST_LIKE:
        return and_(known, like_pattern(literal(pattern), folded))
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return and_(known, folded.like(escaped.replace("*", "%").replace("?", "_"), escape="\\"))


# --- numbers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ratio:
    """A number in SQL: `top` / `bottom` / `unit`, integers, `bottom` positive; NULL in one of them: missing."""

    top: ColumnElement[Any]
    bottom: ColumnElement[Any] | None = None
    unit: int = 1
    nullable: bool = False


RatioOf = Callable[[str], Ratio]
"""The number field of this name, for the contact that the clause is about."""
_NEGATIONS = {NumberOperator.IS_NOT: NumberOperator.IS, NumberOperator.NOT_IN: NumberOperator.IN}


def number_clause(
    frame: Frame, test: NumberTest, number: Ratio, ratio_of: RatioOf | None = None
) -> ColumnElement[bool]:
    """A number under a number test, never NULL; `ratio_of` is asked where a bound is another field."""
    negated = _NEGATIONS.get(test.operator)
    clause = _number_clause(frame, negated or test.operator, test.bounds, number, ratio_of)
    if number.nullable:
        clause = and_(number.top.is_not(None), clause)
    return not_(clause) if negated else clause


def _number_clause(
    frame: Frame, operator: NumberOperator, bounds: tuple[Bound, ...], number: Ratio, ratio_of: RatioOf | None
) -> ColumnElement[bool]:
    if operator in (NumberOperator.IS, NumberOperator.IN):
        return some(_compared(frame, NumberOperator.IS, bound, number, ratio_of) for bound in bounds)
    if operator is NumberOperator.BETWEEN:
        low, high = bounds
        return and_(
            _compared(frame, NumberOperator.AT_LEAST, low, number, ratio_of),
            _compared(frame, NumberOperator.AT_MOST, high, number, ratio_of),
        )
    return _compared(frame, operator, bounds[0], number, ratio_of)


def _compared(
    frame: Frame, operator: NumberOperator, bound: Bound, number: Ratio, ratio_of: RatioOf | None
) -> ColumnElement[bool]:
    if isinstance(bound, FieldBound):
        assert ratio_of is not None
        return _against_field(operator, bound, number, ratio_of(bound.field))
    wanted = Fraction(bound) * number.unit
    if number.bottom is None:
        return _against_constant(operator, wanted, number.top)
    return _crosswise(frame, operator, wanted, number.top, number.bottom)


def _against_constant(operator: NumberOperator, wanted: Fraction, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """An integer column against an exact bound: the bound moves to the integer that decides the same."""
    if operator is NumberOperator.IS:
        return column == _whole(int(wanted)) if wanted.denominator == 1 and abs(wanted) <= LARGEST else false()
    low, high = max(floor(wanted), -LARGEST), min(ceil(wanted), LARGEST)
    match operator:
        case NumberOperator.MORE_THAN:
            return column > _whole(low) if low < LARGEST else false()
        case NumberOperator.AT_LEAST:
            return column >= _whole(high)
        case NumberOperator.LESS_THAN:
            return column < _whole(high) if high > -LARGEST else false()
    return column <= _whole(min(low, LARGEST))


def _whole(number: int) -> ColumnElement[int]:
    # wider than any column: PostgreSQL refuses a number that its type cannot hold
    return literal(number, BigInteger)


def _crosswise(
    frame: Frame, operator: NumberOperator, wanted: Fraction, top: ColumnElement[Any], bottom: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Top / bottom against p/q as integers: top x q against p x bottom."""
    if frame.is_sqlite and wanted.denominator * abs(wanted.numerator) > 10**6:
        # beyond this a product might leave 64 bits, where SQLite goes on with inexact numbers
        sign = _sign(top, bottom, literal(1), literal(1), wanted)
        return _OF_SIGN[operator](sign)
    left = top * wanted.denominator if frame.is_sqlite else cast(top, BigInteger) * _exact(wanted.denominator)
    return _OF_SIDES[operator](left, bottom * (wanted.numerator if frame.is_sqlite else _exact(wanted.numerator)))


def _exact(number: int) -> ColumnElement[Any]:
    # a decimal, so that PostgreSQL multiplies without a limit
    return literal(Decimal(number))


def _against_field(operator: NumberOperator, bound: FieldBound, number: Ratio, other: Ratio) -> ColumnElement[bool]:
    one = literal(1)
    factor = Fraction(bound.times) * number.unit / other.unit
    sign = _sign(number.top, one if number.bottom is None else number.bottom,
                 other.top, one if other.bottom is None else other.bottom, factor)  # fmt: skip
    # NULL where either is missing: false, whatever is asked
    return func.coalesce(_OF_SIGN[operator](sign), false())


def _sign(
    top: ColumnElement[Any],
    bottom: ColumnElement[Any],
    other: ColumnElement[Any],
    below: ColumnElement[Any],
    by: Fraction,
) -> ColumnElement[int]:
    return ratio_sign(top, bottom, other, below, literal(str(by.numerator)), literal(str(by.denominator)))


_OF_SIGN: dict[NumberOperator, Callable[[ColumnElement[int]], ColumnElement[bool]]] = {
    NumberOperator.IS: lambda sign: sign == 0,
    NumberOperator.MORE_THAN: lambda sign: sign > 0,
    NumberOperator.AT_LEAST: lambda sign: sign >= 0,
    NumberOperator.LESS_THAN: lambda sign: sign < 0,
    NumberOperator.AT_MOST: lambda sign: sign <= 0,
}
_OF_SIDES: dict[NumberOperator, Callable[[Any, Any], ColumnElement[bool]]] = {
    NumberOperator.IS: lambda left, right: left == right,
    NumberOperator.MORE_THAN: lambda left, right: left > right,
    NumberOperator.AT_LEAST: lambda left, right: left >= right,
    NumberOperator.LESS_THAN: lambda left, right: left < right,
    NumberOperator.AT_MOST: lambda left, right: left <= right,
}


# --- dates ----------------------------------------------------------------------------------------------------------


def span_clause(column: ColumnElement[Any], span: Span) -> ColumnElement[bool]:
    """A moment column (not NULL) within a half-open span."""
    low, high = span
    return every([*([column >= low] if low else []), *([column < high] if high else [])])


def moment_clause(
    test: DateTest, moment: ColumnElement[Any], asking: Asking, day: ColumnElement[Any] | None = None
) -> ColumnElement[bool]:
    """A moment column under a date test; `day` is the column of its local day where there is one.

    The column must not be NULL, and not after as_of.
    """
    if test.operator in YEARLY:
        local = local_day_of(moment, literal(zone_name(asking))) if day is None else day
        return _yearly(test, local, asking)
    spans = spans_of(test, asking.as_of, asking.zone)
    # nothing after as_of is among the rows: an end beyond it says nothing
    return some(
        span_clause(moment, (low, None if high is not None and high > asking.as_of else high)) for low, high in spans
    )


def day_clause(test: DateTest, day: ColumnElement[Any], asking: Asking) -> ColumnElement[bool]:
    """A day column (not NULL), which means its midnight, under a date test."""
    if test.operator in YEARLY:
        return _yearly(test, day, asking)
    spans = (day_span(span, asking.zone) for span in spans_of(test, asking.as_of, asking.zone))
    return some(span_clause(day, span) for span in spans)  # type: ignore[arg-type]


def _yearly(test: DateTest, day: ColumnElement[Any], asking: Asking) -> ColumnElement[bool]:
    ranges = ranges_of(days_of_year(test, asking.as_of, asking.zone))
    key = day_of_year_of(day)
    return some(key.between(low, high) for low, high in ranges)


def zone_name(asking: Asking) -> str:
    """The zone's name in the tz database."""
    return getattr(asking.zone, "key", None) or "UTC"
