"""Statuses: what the ladders' rules say, written to the history where it changed; numbers."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, case, false, func, insert, literal, select

from ..model.segment import Ladder
from ..segment.asking import Asking
from .dwell import runs, standing_since
from .pins import end_campaign_pins
from .remembered import recall_moment, remember_later
from .tables import contact, status_history
from .types import Moment
from .where import clause_of
from .where_alive import with_lifetimes
from .where_frame import Frame
from .where_status import deciding_clause

_COLUMNS = ("contact_id", "ladder", "status", "since", "recorded_at", "pinned")


def refresh_ladder(connection: Connection, ladder: Ladder, asking: Asking, recorded_at: datetime) -> int:
    """Write the status of every contact that exists at as_of where the rules say another than the history; how many.

    Pins stand before what is written here until they end; when a campaign's pin does is found out first. Nothing is
    written twice for one as_of.
    """
    end_campaign_pins(connection, ladder.name)
    ruled = _ruled(connection, ladder, asking)
    before = _last_by_rule(ruled.c.id, ladder.name, asking.as_of)
    changed = select(
        ruled.c.id,
        literal(ladder.name),
        ruled.c.status,
        literal(asking.as_of, Moment),
        literal(recorded_at, Moment),
        false(),
    ).where(ruled.c.status != func.coalesce(before.scalar_subquery(), ""))
    writing = insert(status_history).from_select(_COLUMNS, changed)
    written = connection.execute(writing.execution_options(preserve_rowcount=True))
    # sqlite3 does not count the rows of a statement that begins with WITH
    count = written.rowcount if written.rowcount >= 0 else int(connection.scalar(select(func.changes())) or 0)
    remember_later(connection, _key(ladder.name), asking.as_of)
    return count


def _ruled(connection: Connection, ladder: Ladder, asking: Asking) -> Subquery[Any]:
    """Contact id and status by rule, the first rung whose condition holds; empty where none does."""
    asking = with_lifetimes(connection, asking, [rung.when for rung in ladder.rungs if rung.when is not None])
    frame = Frame(asking, connection.dialect.name)
    rungs = [(clause_of(frame, rung.when), literal(rung.name)) for rung in ladder.rungs if rung.when is not None]
    otherwise = next((rung.name for rung in ladder.rungs if rung.when is None), "")
    status = case(*rungs, else_=literal(otherwise)) if rungs else literal(otherwise)
    # OFFSET 0 keeps the database from computing the rules twice, where they are compared and where they are written
    statement = select(contact.c.id, status.label("status")).where(contact.c.exists_from <= asking.as_of).offset(0)
    return statement.subquery("ruled")


def _last_by_rule(contact_id: ColumnElement[int], ladder: str, as_of: datetime) -> Select[str]:
    last = status_history.alias()
    return (
        select(last.c.status)
        .where(
            last.c.contact_id == contact_id,
            last.c.ladder == ladder,
            last.c.since <= as_of,
            last.c.pinned == false(),
        )
        .order_by(last.c.since.desc(), last.c.id.desc())
        .limit(1)
        .correlate_except(last)
    )


def last_refresh(connection: Connection, ladder: str) -> datetime | None:
    """The latest as_of that the ladder was refreshed for, None before the first time."""
    return recall_moment(connection, _key(ladder))


def _key(ladder: str) -> str:
    return f"refreshed:{ladder}"


def status_numbers(connection: Connection, ladder: str, as_of: datetime) -> dict[str, Counter[datetime]]:
    """How many contacts stand on each status at as_of, by the moment since which; who stands nowhere is left out."""
    row, run = status_history.alias(), runs(ladder, as_of)
    each = (
        select(row.c.status, standing_since(row, run, as_of).label("since"))
        .join_from(row, contact, contact.c.id == row.c.contact_id)
        .outerjoin(run, run.c.contact_id == row.c.contact_id)
        .where(contact.c.exists_from <= as_of, row.c.status != "", deciding_clause(row, ladder, as_of))
        .subquery("each_contact")
    )
    statement = select(each.c.status, each.c.since, func.count()).group_by(each.c.status, each.c.since)
    found: dict[str, Counter[datetime]] = {}
    for status, since, contacts in connection.execute(statement):
        found.setdefault(status, Counter())[since] = contacts
    return found
