"""Number fields as SQL: sets of contacts for constant bounds, one scalar a contact where a bound is another field."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, false, func, not_, select, true

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
from ..segment.catalogue import SCORE_FIELDS
from .tables import contact, contact_attribute
from .types import MILLION
from .where_alive import alive_ratio, life_rows
from .where_behaviours import counted_clause, exists_clause
from .where_frame import Frame, some
from .where_rhythm import RHYTHM_FIELDS, days_as_number, rhythm_ratio, rhythm_rows, today_number
from .where_rows import paid_order_rows
from .where_scalars import millionths, scalar
from .where_scores import score_rows
from .where_values import Ratio, number_clause

_NEGATIONS = {NumberOperator.IS_NOT: NumberOperator.IS, NumberOperator.NOT_IN: NumberOperator.IN}


def number_field_clause(frame: Frame, field: str, test: Any) -> ColumnElement[bool]:
    """Whether a number field or attribute passes; never NULL."""
    if isinstance(test, KnownTest):
        known = _known(frame, field)
        return known if test.wanted else not_(known)
    assert isinstance(test, NumberTest)
    positive = _NEGATIONS.get(test.operator)
    if positive is not None:
        return not_(_passes(frame, field, NumberTest(positive, test.bounds)))
    return _passes(frame, field, test)


def _passes(frame: Frame, field: str, test: NumberTest) -> ColumnElement[bool]:
    if test.operator is NumberOperator.IN and test.asks_field:
        # one by one: where one of the bounds is missing another may still be equal
        return some(_passes(frame, field, NumberTest(NumberOperator.IS, (bound,))) for bound in test.bounds)
    if field == "alive":
        return _by_life(frame, test)
    if field in SCORE_FIELDS:
        scores = score_rows(field, frame.asking.as_of)
        return _by_buyer(frame, field, test, scores, Ratio(scores.c.score))
    others = {bound.field for bound in test.bounds if isinstance(bound, FieldBound)}
    if others & set(RHYTHM_FIELDS) or field in RHYTHM_FIELDS:
        return _by_rhythm(frame, field, test)
    if others or field == "completeness":
        return number_clause(frame, test, scalar(frame, field), lambda name: scalar(frame, name))
    if field in _OF_ORDERS:
        # the field is the behaviour's aggregate, but 0 of none where the behaviour would want an order
        return counted_clause(frame, _OF_ORDERS[field](test), paid_order_rows(frame), frame.of.c.id)
    if field == "silent_days":
        return _silent(frame, test)
    own = contact_attribute.alias()
    number = Ratio(millionths(own), unit=MILLION, nullable=True)
    return frame.one(
        own.c.contact_id == frame.of.c.id, own.c.name == field, number_clause(frame, test, number), own=own
    )


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
    silent = Ratio(today_number(frame.asking) - func.max(days_as_number(rows.day)))
    members = rows.selected(rows.owner).group_by(rows.owner).having(number_clause(frame, test, silent))
    return frame.among(frame.of.c.id, members)


def _by_rhythm(frame: Frame, field: str, test: NumberTest) -> ColumnElement[bool]:
    """The set of buyers whose usual gap or overdue passes; the other side of the test may be any number field."""
    rhythm, buyer = rhythm_rows(frame.asking.as_of), contact.alias()
    inner = frame.about(buyer)

    def ratio_of(name: str) -> Ratio:
        return rhythm_ratio(name, rhythm, frame.asking) if name in RHYTHM_FIELDS else scalar(inner, name)

    members = (
        select(rhythm.c.contact_id)
        .join_from(rhythm, buyer, buyer.c.id == rhythm.c.contact_id)
        .where(number_clause(inner, test, ratio_of(field), ratio_of))
    )
    return frame.among(frame.of.c.id, members)


def _by_life(frame: Frame, test: NumberTest) -> ColumnElement[bool]:
    """The set of buyers whose probability of being alive passes; nobody where there is no model."""
    if frame.asking.lifetimes is None:
        return false()
    lives = life_rows(frame.asking.as_of)
    return _by_buyer(frame, "alive", test, lives, alive_ratio(lives, frame.asking))


def _by_buyer(frame: Frame, field: str, test: NumberTest, rows: CTE, number: Ratio) -> ColumnElement[bool]:
    """The set of buyers, one of the `rows` each, whose `number` passes."""
    buyer = contact.alias()
    inner = frame.about(buyer)

    def ratio_of(name: str) -> Ratio:
        return number if name == field else scalar(inner, name)

    # who buys need not be joined where no bound asks for more of the contact
    source = rows.join(buyer, buyer.c.id == rows.c.contact_id) if test.asks_field else rows
    passing = number_clause(inner, test, number, ratio_of)
    return frame.among(frame.of.c.id, select(rows.c.contact_id).select_from(source).where(passing))


def _known(frame: Frame, field: str) -> ColumnElement[bool]:
    if field in ("orders", "revenue", "completeness"):
        return true()
    if field in ("average_order", "silent_days", *SCORE_FIELDS):
        return exists_clause(paid_order_rows(frame), frame.of.c.id)
    if field == "alive":
        missing = frame.asking.lifetimes is None
        return false() if missing else exists_clause(paid_order_rows(frame), frame.of.c.id)
    if field in RHYTHM_FIELDS:
        rhythm = rhythm_rows(frame.asking.as_of)
        members = select(rhythm.c.contact_id).where(rhythm.c.twice_common.is_not(None))
        return frame.among(frame.of.c.id, members)
    own = contact_attribute.alias()
    return frame.one(own.c.contact_id == frame.of.c.id, own.c.name == field, own.c.number.is_not(None), own=own)
