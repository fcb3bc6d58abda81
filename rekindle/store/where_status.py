"""The status at as_of by the history, and how long it holds, as SQL (LANGUAGE 2.3, 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, exists, false, not_, or_, true, tuple_

from ..model.segment import StatusTest
from .tables import status_history
from .where_frame import Frame, among_texts


def status_clause(frame: Frame, condition: StatusTest) -> ColumnElement[bool]:
    """The row that decides is of an asked status, held long or entered lately enough."""
    asking = frame.asking
    row = status_history.alias()
    named = among_texts(row.c.status, condition.names) if condition.names else row.c.status != ""
    clauses = [row.c.contact_id == frame.of.c.id, named, deciding_clause(row, condition.ladder, asking.as_of)]
    if condition.for_at_least is not None:
        clauses.append(_held_since(frame, row, condition.for_at_least.before(asking.as_of, asking.zone)))
    if condition.entered is not None:
        clauses.append(not_(_held_since(frame, row, condition.entered.before(asking.as_of, asking.zone))))
    return frame.one(*clauses, own=row)


def deciding_clause(row: FromClause, ladder: str, as_of: datetime) -> ColumnElement[bool]:
    """`row` (of status_history) decides its contact's status: it stands, and no other standing row outranks it."""
    rival = status_history.alias()
    outranks = tuple_(rival.c.pinned, rival.c.since, rival.c.id) > tuple_(row.c.pinned, row.c.since, row.c.id)
    rivals = exists().where(rival.c.contact_id == row.c.contact_id, _standing(rival, ladder, as_of), outranks)
    return and_(_standing(row, ladder, as_of), not_(rivals.correlate_except(rival)))


def _standing(row: FromClause, ladder: str, as_of: datetime) -> ColumnElement[bool]:
    """Of the ladder, begun by as_of, and not a pin that has ended."""
    lasting = or_(row.c.pinned == false(), row.c.pinned_until.is_(None), row.c.pinned_until > as_of)
    return and_(row.c.ladder == ladder, row.c.since <= as_of, lasting)


def _held_since(frame: Frame, row: FromClause, moment: Any) -> ColumnElement[bool]:
    """The status came by `moment` and no other since; no pin of another status ended after it."""
    pin = status_history.alias()
    between = frame.one(
        pin.c.contact_id == row.c.contact_id,
        pin.c.ladder == row.c.ladder,
        pin.c.status != row.c.status,
        pin.c.pinned == true(),
        pin.c.since <= frame.asking.as_of,
        pin.c.pinned_until > moment,
        pin.c.pinned_until <= frame.asking.as_of,
        own=pin,
    )
    began = or_(and_(row.c.pinned == true(), row.c.since <= moment), _run_began(frame, row, moment))
    return and_(began, not_(between))


def _run_began(frame: Frame, row: FromClause, moment: Any) -> ColumnElement[bool]:
    """A row by rule of the same status stands at or before `moment`, and none of another status came after it."""
    earlier, other = status_history.alias(), status_history.alias()
    interrupted = frame.one(
        other.c.contact_id == row.c.contact_id,
        other.c.ladder == row.c.ladder,
        other.c.pinned == false(),
        other.c.status != row.c.status,
        other.c.since <= frame.asking.as_of,
        tuple_(other.c.since, other.c.id) > tuple_(earlier.c.since, earlier.c.id),
        own=other,
    )
    return and_(
        row.c.pinned == false(),
        frame.one(
            earlier.c.contact_id == row.c.contact_id,
            earlier.c.ladder == row.c.ladder,
            earlier.c.pinned == false(),
            earlier.c.status == row.c.status,
            earlier.c.since <= moment,
            not_(interrupted),
            own=earlier,
        ),
    )
