"""A field or attribute of a contact as SQL: text, dates, flags, lists; numbers are where_numbers' (LANGUAGE 2.1)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, func, not_, select, true

from ..model.contact import TEXT_FIELDS
from ..model.event import EventKind
from ..model.folding import fold
from ..model.segment import (
    COMPLEMENTS,
    DateTest,
    FieldTest,
    FlagTest,
    KnownTest,
    ListCountTest,
    ListOperator,
    ListTest,
    NumberTest,
    TextTest,
)
from ..segment.catalogue import DAY_FIELDS, FieldKind
from ..segment.spans import YEARLY, Span, spans_of
from ..segment.value_tests import number_holds
from .tables import contact_attribute, contact_tag
from .where_behaviours import exists_clause
from .where_frame import Frame, among_starts, among_texts, every, some
from .where_numbers import number_field_clause
from .where_rows import Rows, human_event_rows, letter_rows, paid_order_rows
from .where_scalars import scalars
from .where_values import Ratio, day_clause, moment_clause, number_clause, span_clause, text_clause


def field_clause(frame: Frame, condition: FieldTest) -> ColumnElement[bool]:
    """Whether the contact's field passes the test; never NULL."""
    kind = frame.asking.catalogue.fields[condition.field]
    return _READERS[kind](frame, condition.field, condition.test)


def _text_field(frame: Frame, field: str, test: Any) -> ColumnElement[bool]:
    if field in TEXT_FIELDS:
        folded = frame.of.c[f"{field}_folded"]
        if isinstance(test, KnownTest):
            return folded != "" if test.wanted else folded == ""
        return text_clause(frame, test, folded)
    own = contact_attribute.alias()
    if isinstance(test, KnownTest):
        known = _attribute(frame, own, field, own.c.position == 0, own.c.folded != "")
        return known if test.wanted else not_(known)
    positive = COMPLEMENTS.get(test.operator)
    asked = TextTest(positive or test.operator, test.values)
    found = _attribute(frame, own, field, own.c.position == 0, text_clause(frame, asked, own.c.folded, among_starts))
    return not_(found) if positive else found


def _attribute(frame: Frame, own: FromClause, name: str, *clauses: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is a row of the attribute that passes."""
    return frame.one(own.c.contact_id == frame.of.c.id, own.c.name == name, *clauses, own=own)


def _flag_field(frame: Frame, field: str, test: Any) -> ColumnElement[bool]:
    own = contact_attribute.alias()
    if isinstance(test, KnownTest):
        known = _attribute(frame, own, field, own.c.flag.is_not(None))
        return known if test.wanted else not_(known)
    assert isinstance(test, FlagTest)
    return _attribute(frame, own, field, own.c.flag == test.wanted)


# --- dates ----------------------------------------------------------------------------------------------------------


def _date_field(frame: Frame, field: str, test: Any) -> ColumnElement[bool]:
    rows = _ROWS[field](frame) if field in _ROWS else None
    if isinstance(test, KnownTest):
        known = _date_known(frame, field, rows)
        return known if test.wanted else not_(known)
    assert isinstance(test, DateTest)
    if rows is not None:
        return _edge_clause(frame, rows, test, first=field == "first_order_at")
    if field in DAY_FIELDS:
        day = frame.of.c[field]
        return and_(day.is_not(None), day_clause(test, day, frame.asking))
    if field == "created_at":
        return moment_clause(test, frame.of.c.exists_from, frame.asking)
    if field == "confirmed_at":
        confirmed = moment_clause(test, frame.of.c.confirmed_at, frame.asking)
        return and_(_date_known(frame, field, None), confirmed)
    own = contact_attribute.alias()
    return _attribute(frame, own, field, own.c.day.is_not(None), day_clause(test, own.c.day, frame.asking))


def _date_known(frame: Frame, field: str, rows: Rows | None) -> ColumnElement[bool]:
    if rows is not None:
        return exists_clause(rows, frame.of.c.id)
    if field == "created_at":
        return true()
    if field == "confirmed_at":
        confirmed = frame.of.c.confirmed_at
        return and_(confirmed.is_not(None), confirmed <= frame.asking.as_of)
    if field in DAY_FIELDS:
        return frame.of.c[field].is_not(None)
    own = contact_attribute.alias()
    return _attribute(frame, own, field, own.c.day.is_not(None))


_ROWS: dict[str, Callable[[Frame], Rows]] = {
    "first_order_at": paid_order_rows,
    "last_order_at": paid_order_rows,
    "last_mailed_at": letter_rows,
    "last_opened_at": lambda frame: human_event_rows(frame, EventKind.OPENED),
    "last_clicked_at": lambda frame: human_event_rows(frame, EventKind.CLICKED),
}


def _edge_clause(frame: Frame, rows: Rows, test: DateTest, *, first: bool) -> ColumnElement[bool]:
    """Whether the first or last of the rows passes: there is one in the span and none beyond it."""
    if test.operator not in YEARLY:
        spans = spans_of(test, frame.asking.as_of, frame.asking.zone)
        return some(_edge_in_span(frame, rows, span, first=first) for span in spans)
    # by a set, so that the day of the year is computed once a contact
    edge = func.min if first else func.max
    moment = edge(rows.moment, type_=rows.moment.type)
    day = None if rows.day is None else edge(rows.day, type_=rows.day.type)
    members = rows.selected(rows.owner).group_by(rows.owner).having(moment_clause(test, moment, frame.asking, day))
    return frame.among(frame.of.c.id, members)


def _edge_in_span(frame: Frame, rows: Rows, span: Span, *, first: bool) -> ColumnElement[bool]:
    low, high = span
    if high is not None and high > frame.asking.as_of:
        high = None  # nothing later than as_of is among the rows
    inside = exists_clause(rows.also(span_clause(rows.moment, (low, high))), frame.of.c.id)
    edge = low if first else high
    if edge is None:
        return inside
    beyond = rows.moment < edge if first else rows.moment >= edge
    return and_(inside, not_(exists_clause(rows.also(beyond), frame.of.c.id)))


# --- lists ----------------------------------------------------------------------------------------------------------


def _list_field(frame: Frame, field: str, test: Any) -> ColumnElement[bool]:
    if isinstance(test, ListCountTest):
        return every(_list_count(frame, field, one) for one in test.tests)
    if isinstance(test, KnownTest):
        known = _item(frame, field, None)
        return known if test.wanted else not_(known)
    assert isinstance(test, ListTest)
    values = [fold(value) for value in test.values]
    match test.operator:
        case ListOperator.HAS_ALL:
            return every(_item(frame, field, [value]) for value in values)
        case ListOperator.HAS_NONE:
            return not_(_item(frame, field, values))
    return _item(frame, field, values)


def _item(frame: Frame, field: str, folded: list[str] | None) -> ColumnElement[bool]:
    """Whether the list has one of the items (any at all for None)."""
    own, mine = _items(field)
    among = among_texts if field == "tags" else among_starts
    wanted = own.c.folded != "" if folded is None else among(own.c.folded, folded)
    return frame.one(own.c.contact_id == frame.of.c.id, *mine, wanted, own=own)


def _items(field: str) -> tuple[FromClause, list[ColumnElement[bool]]]:
    if field == "tags":
        return contact_tag.alias(), []
    own = contact_attribute.alias()
    return own, [own.c.name == field]


def _list_count(frame: Frame, field: str, test: NumberTest) -> ColumnElement[bool]:
    own, mine = _items(field)
    if test.asks_field:
        counted = select(func.count(own.c.folded.distinct())).where(
            own.c.contact_id == frame.of.c.id, own.c.folded != ""
        )
        number = Ratio(counted.where(*mine).correlate_except(own).scalar_subquery())
        return number_clause(frame, test, number, scalars(frame))
    count = Ratio(func.count(own.c.folded.distinct()))
    rows = Rows(own, own.c.contact_id, own.c.contact_id, (*mine, own.c.folded != ""))
    members = rows.selected(rows.owner).group_by(rows.owner)
    if number_holds(test, Fraction(0)):
        return frame.not_among(frame.of.c.id, members.having(not_(number_clause(frame, test, count))))
    return frame.among(frame.of.c.id, members.having(number_clause(frame, test, count)))


_READERS: dict[FieldKind, Callable[[Frame, str, Any], ColumnElement[bool]]] = {
    FieldKind.TEXT: _text_field,
    FieldKind.NUMBER: number_field_clause,
    FieldKind.DATE: _date_field,
    FieldKind.FLAG: _flag_field,
    FieldKind.LIST: _list_field,
}
