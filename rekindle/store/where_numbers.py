"""Number fields as SQL: sets of contacts for constant bounds, one scalar a contact where a bound is another field."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, case, func, literal, not_, select, true, type_coerce

from ..model.contact import TEXT_FIELDS
from ..model.error import UsageError
from ..model.segment import (
    Aggregate,
    AggregateTest,
    Behaviour,
    BehaviourKind,
    FieldBound,
    KnownTest,
    NumberOperator,
    NumberTest,
)
from ..model.when import local_day
from ..segment.catalogue import COMPLETENESS_FIELDS, NUMBER_FIELDS
from .tables import contact, contact_attribute
from .types import MILLION
from .where_behaviours import counted_clause, exists_clause
from .where_frame import Frame
from .where_rhythm import days_as_number, rhythm_ratio, rhythm_rows
from .where_rows import paid_order_rows
from .where_values import Ratio, number_clause

RHYTHM_FIELDS = ("usual_gap", "overdue")
_NEGATIONS = {NumberOperator.IS_NOT: NumberOperator.IS, NumberOperator.NOT_IN: NumberOperator.IN}


def number_field_clause(frame: Frame, field: str, test: Any) -> ColumnElement[bool]:
    """Whether a number field or attribute passes; never NULL."""
    if field == "alive":
        raise UsageError("'alive' cannot be asked yet; silent_days and overdue say how long a buyer is silent")
    if isinstance(test, KnownTest):
        known = _known(frame, field)
        return known if test.wanted else not_(known)
    assert isinstance(test, NumberTest)
    positive = _NEGATIONS.get(test.operator)
    if positive is not None:
        return not_(_passes(frame, field, NumberTest(positive, test.bounds)))
    return _passes(frame, field, test)


def _passes(frame: Frame, field: str, test: NumberTest) -> ColumnElement[bool]:
    others = {bound.field for bound in test.bounds if isinstance(bound, FieldBound)}
    if others & set(RHYTHM_FIELDS) or field in RHYTHM_FIELDS:
        return _by_rhythm(frame, field, test)
    if others or field == "completeness":
        return number_clause(frame, test, _scalar(frame, field), lambda name: _scalar(frame, name))
    if field in _OF_ORDERS:
        # the field is the behaviour's aggregate, but 0 of none where the behaviour would want an order
        return counted_clause(frame, _OF_ORDERS[field](test), paid_order_rows(frame), frame.of.c.id)
    if field == "silent_days":
        return _silent(frame, test)
    own = contact_attribute.alias()
    number = Ratio(_millionths(own), unit=MILLION, nullable=True)
    return frame.one(
        own.c.contact_id == frame.of.c.id, own.c.name == field, number_clause(frame, test, number), own=own
    )


def _millionths(own: FromClause) -> ColumnElement[int]:
    """A number attribute as the integer that is stored."""
    return type_coerce(own.c.number, BigInteger)


def _of_count(test: NumberTest) -> Behaviour:
    return Behaviour(BehaviourKind.BOUGHT, counts=(test,))


def _of_total(test: NumberTest) -> Behaviour:
    return Behaviour(BehaviourKind.BOUGHT, aggregates=(AggregateTest(Aggregate.TOTAL, test),))


def _of_average(test: NumberTest) -> Behaviour:
    return Behaviour(BehaviourKind.BOUGHT, aggregates=(AggregateTest(Aggregate.AVERAGE, test),))


_OF_ORDERS = {"orders": _of_count, "revenue": _of_total, "average_order": _of_average}


def _silent(frame: Frame, test: NumberTest) -> ColumnElement[bool]:
    rows = paid_order_rows(frame)
    assert rows.day is not None
    silent = Ratio(_today(frame) - func.max(days_as_number(rows.day)))
    members = rows.selected(rows.owner).group_by(rows.owner).having(number_clause(frame, test, silent))
    return frame.among(frame.of.c.id, members)


def _today(frame: Frame) -> ColumnElement[int]:
    return literal(local_day(frame.asking.as_of, frame.asking.zone).toordinal())


def _by_rhythm(frame: Frame, field: str, test: NumberTest) -> ColumnElement[bool]:
    """The set of buyers whose usual gap or overdue passes; the other side of the test may be any number field."""
    rhythm, buyer = rhythm_rows(frame.asking), contact.alias()
    inner = frame.about(buyer)

    def ratio_of(name: str) -> Ratio:
        return rhythm_ratio(name, rhythm, frame.asking) if name in RHYTHM_FIELDS else _scalar(inner, name)

    members = (
        select(rhythm.c.contact_id)
        .join_from(rhythm, buyer, buyer.c.id == rhythm.c.contact_id)
        .where(number_clause(inner, test, ratio_of(field), ratio_of))
    )
    return frame.among(frame.of.c.id, members)


def _known(frame: Frame, field: str) -> ColumnElement[bool]:
    if field in ("orders", "revenue", "completeness"):
        return true()
    if field in ("average_order", "silent_days"):
        return exists_clause(paid_order_rows(frame), frame.of.c.id)
    if field in RHYTHM_FIELDS:
        rhythm = rhythm_rows(frame.asking)
        members = select(rhythm.c.contact_id).where(rhythm.c.twice_common.is_not(None))
        return frame.among(frame.of.c.id, members)
    own = contact_attribute.alias()
    return frame.one(own.c.contact_id == frame.of.c.id, own.c.name == field, own.c.number.is_not(None), own=own)


# --- one scalar a contact -------------------------------------------------------------------------------------------


def _scalar(frame: Frame, field: str) -> Ratio:
    """A number field of the contact as a scalar, NULL where it is missing."""
    if field not in NUMBER_FIELDS:
        own = contact_attribute.alias()
        found = select(_millionths(own)).where(own.c.contact_id == frame.of.c.id, own.c.name == field, own.c.position == 0)
        return Ratio(_one_value(found, own), unit=MILLION, nullable=True)
    if field == "completeness":
        return Ratio(_completeness(frame))
    if field == "alive":
        raise UsageError("'alive' cannot be asked yet; silent_days and overdue say how long a buyer is silent")
    unit = frame.asking.money_unit
    match field:
        case "orders":
            return Ratio(_of_paid(frame, func.count()))
        case "revenue":
            return Ratio(func.coalesce(_of_paid(frame, _total), 0), unit=unit)
        case "average_order":
            return Ratio(_of_paid(frame, _total), func.nullif(_of_paid(frame, func.count()), 0), unit, nullable=True)
    return Ratio(_today(frame) - _of_paid(frame, _last_day), nullable=True)


def _total(amount: ColumnElement[Any], _day: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.sum(amount)


def _last_day(_amount: ColumnElement[Any], day: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.max(days_as_number(day))


def _of_paid(frame: Frame, made: Any) -> ColumnElement[Any]:
    rows = paid_order_rows(frame)
    column = made(rows.amount, rows.day) if callable(made) else made
    return _one_value(rows.selected(column).where(rows.owner == frame.of.c.id), rows.table)


def _one_value(statement: Any, own: Any) -> ColumnElement[Any]:
    found: ColumnElement[Any] = statement.correlate_except(own).scalar_subquery()
    return found


def _completeness(frame: Frame) -> ColumnElement[Any]:
    columns = frame.of.c
    known = [
        columns[f"{name}_folded"] != "" if name in TEXT_FIELDS else columns[name].is_not(None)
        for name in COMPLETENESS_FIELDS
    ]
    total: Any = sum((case((one, 1), else_=0) for one in known[1:]), case((known[0], 1), else_=0))
    whole: ColumnElement[Any] = (total * 100) // len(COMPLETENESS_FIELDS)
    return whole
