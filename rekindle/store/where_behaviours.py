"""A behaviour as SQL: EXISTS where one row decides, else the set of contacts whose rows together pass."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_

from ..model.segment import Aggregate, AggregateTest, Behaviour, NumberTest
from ..segment.value_tests import number_holds
from .where_frame import Frame, every
from .where_rows import Rows, behaviour_rows, of_organisations
from .where_scalars import scalars
from .where_values import Ratio, moment_clause, number_clause


def behaviour_clause(frame: Frame, behaviour: Behaviour) -> ColumnElement[bool]:
    """Whether the contact's rows pass the behaviour's counts, aggregates, first and last."""
    rows = behaviour_rows(frame, behaviour)
    own = counted_clause(frame, behaviour, rows, frame.of.c.id)
    if not behaviour.of_organisation:
        return own
    organisation = frame.of.c.organisation_id
    shared = counted_clause(frame, behaviour, of_organisations(behaviour_rows(frame, behaviour), frame), organisation)
    return or_(and_(organisation.is_(None), own), and_(organisation.is_not(None), shared))


def counted_clause(frame: Frame, behaviour: Behaviour, rows: Rows, outer: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the rows owned by `outer` pass."""
    if any(test.asks_field for test in (*behaviour.amounts, *(one.test for one in behaviour.aggregates))):
        return _one_by_one(frame, behaviour, rows, outer)
    only_counts = not (behaviour.aggregates or behaviour.firsts or behaviour.lasts)
    if only_counts and _is_once(behaviour.counts):
        return exists_clause(rows, outer)
    if only_counts and _is_never(behaviour.counts):
        return not_(exists_clause(rows, outer))
    having = _having(frame, behaviour, rows)
    members = rows.selected(rows.owner).group_by(rows.owner)
    failing = members.having(not_(having)) if _holds_of_none(behaviour) else None
    if frame.is_sqlite and rows.among_others:
        return (
            _has_any(rows, outer, members.having(having)) if failing is None else not_(_has_any(rows, outer, failing))
        )
    return frame.among(outer, members.having(having)) if failing is None else frame.not_among(outer, failing)


def exists_clause(rows: Rows, outer: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether there is any such row."""
    return _has_any(rows, outer, rows.selected(rows.owner))


def _has_any(rows: Rows, outer: ColumnElement[Any], found: Select[Any]) -> ColumnElement[bool]:
    """Whether `found`, a statement over the rows, has any that are owned by `outer`."""
    return found.where(rows.owner == outer).correlate_except(rows.table, *_tables(rows)).exists()


def _tables(rows: Rows) -> list[Any]:
    """The tables inside a join, which belong to the inner statement too."""
    left, right = getattr(rows.table, "left", None), getattr(rows.table, "right", None)
    return [table for table in (left, right) if table is not None]


def _is_once(counts: tuple[NumberTest, ...]) -> bool:
    """Whether the counts ask for nothing but one row."""
    return _answers(counts) == (False, True)


def _is_never(counts: tuple[NumberTest, ...]) -> bool:
    return _answers(counts) == (True, False)


def _answers(counts: tuple[NumberTest, ...]) -> tuple[bool, bool] | None:
    """What the counts say of no row and of any number of rows from one up; None where it hangs on the number."""
    from_one = {_all_hold(counts, number) for number in _telling_numbers(counts)}
    return (_all_hold(counts, 0), from_one.pop()) if len(from_one) == 1 else None


def _telling_numbers(counts: tuple[NumberTest, ...]) -> set[int]:
    """Numbers from one up among which every change of the answer shows."""
    bounds = [int(bound) for test in counts for bound in test.bounds if not hasattr(bound, "field")]
    return {1} | {near for bound in bounds for near in (bound - 1, bound, bound + 1) if near > 0}


def _all_hold(counts: tuple[NumberTest, ...], number: int) -> bool:
    return all(number_holds(test, Fraction(number)) for test in counts)


def _holds_of_none(behaviour: Behaviour) -> bool:
    """Whether who has no such row passes: counts see 0, a total is 0, everything else is false of none."""
    if behaviour.firsts or behaviour.lasts:
        return False
    if not all(
        test.aggregate is Aggregate.TOTAL and number_holds(test.test, Fraction(0)) for test in behaviour.aggregates
    ):
        return False
    return _all_hold(behaviour.counts, 0)


def _one_by_one(frame: Frame, behaviour: Behaviour, rows: Rows, outer: ColumnElement[Any]) -> ColumnElement[bool]:
    """The slow form, where a bound is another field of the contact: each aggregate a scalar of its own."""

    def made(what: ColumnElement[Any]) -> ColumnElement[Any]:
        found = rows.selected(what).where(rows.owner == outer)
        return found.correlate_except(rows.table, *_tables(rows)).scalar_subquery()

    first, last = made(_edge(func.min, rows)), made(_edge(func.max, rows))
    numbers = scalars(frame)
    clauses = [number_clause(frame, test, Ratio(made(func.count()))) for test in behaviour.counts]
    for test in behaviour.aggregates:
        if test.aggregate is not Aggregate.TOTAL:
            clauses.append(made(func.count()) > 0)
        clauses.append(number_clause(frame, test.test, _made_ratio(test, rows, frame, made), numbers))
    clauses += [and_(first.is_not(None), moment_clause(test, first, frame.asking)) for test in behaviour.firsts]
    clauses += [and_(last.is_not(None), moment_clause(test, last, frame.asking)) for test in behaviour.lasts]
    return every(clauses)


def _made_ratio(test: AggregateTest, rows: Rows, frame: Frame, made: Any) -> Ratio:
    ratio = _aggregate(test, rows, frame)
    top = made(ratio.top)
    if test.aggregate is Aggregate.TOTAL:
        return Ratio(func.coalesce(top, 0), unit=ratio.unit)
    bottom = None if ratio.bottom is None else func.nullif(made(ratio.bottom), 0)
    return Ratio(top, bottom, ratio.unit, nullable=True)


def _edge(edge: Any, rows: Rows) -> ColumnElement[Any]:
    """The first or last moment of the rows."""
    found: ColumnElement[Any] = edge(rows.moment, type_=rows.moment.type)
    return found


def _having(frame: Frame, behaviour: Behaviour, rows: Rows) -> ColumnElement[bool]:
    count = Ratio(func.count())
    first, last = _edge(func.min, rows), _edge(func.max, rows)
    first_day = None if rows.day is None else func.min(rows.day, type_=rows.day.type)
    last_day = None if rows.day is None else func.max(rows.day, type_=rows.day.type)
    return every(
        [
            *(number_clause(frame, test, count) for test in behaviour.counts),
            *(number_clause(frame, test.test, _aggregate(test, rows, frame)) for test in behaviour.aggregates),
            *(moment_clause(test, first, frame.asking, first_day) for test in behaviour.firsts),
            *(moment_clause(test, last, frame.asking, last_day) for test in behaviour.lasts),
        ]
    )


def _aggregate(test: AggregateTest, rows: Rows, frame: Frame) -> Ratio:
    amount, unit = rows.amount, frame.asking.money_unit
    assert amount is not None
    match test.aggregate:
        case Aggregate.TOTAL:
            return Ratio(func.sum(amount), unit=unit)
        case Aggregate.AVERAGE:
            return Ratio(func.sum(amount), func.count(), unit)
        case Aggregate.LARGEST:
            return Ratio(func.max(amount), unit=unit)
    return Ratio(func.min(amount), unit=unit)
