"""Statuses: what the ladders' rules say, written to the history where it changed; numbers."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    case,
    false,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.types import TypeEngine

from ..model.segment import Ladder
from ..segment.asking import Asking
from .bundle import bundle_columns, bundled
from .dwell import runs, standing_since
from .pins import end_campaign_pins
from .remembered import recall_moment, remember_later
from .tables import contact, status_history
from .types import Moment
from .where import clause_of
from .where_alive import with_lifetimes
from .where_frame import Frame
from .where_status import deciding_clause

PAGE = 10_000
Changed = dict[str, "array[int]"]
"""The ids of contacts by their new status."""

_IDS: Mapping[str, TypeEngine[Any]] = {"row": BigInteger()}
_COLUMNS = ("contact_id", "ladder", "status", "since", "recorded_at", "pinned")


def refresh_ladder(connection: Connection, ladder: Ladder, asking: Asking, recorded_at: datetime) -> int:
    """Write the status of every contact that exists at as_of where the rules say another than the history; how many.

    Nothing is written twice for one as_of.
    """
    return write_statuses(connection, ladder, changed_statuses(connection, ladder, asking), asking.as_of, recorded_at)


def changed_statuses(connection: Connection, ladder: Ladder, asking: Asking) -> Changed:
    """The contacts of which the rules say another status than the history; only read, for it takes its time."""
    ruled = _ruled(connection, ladder, asking)
    before = _last_by_rule(ruled.c.id, ladder.name, asking.as_of)
    changed = select(ruled.c.status, ruled.c.id).where(ruled.c.status != func.coalesce(before.scalar_subquery(), ""))
    found: Changed = {}
    for status, contact_id in connection.execute(changed.execution_options(yield_per=PAGE)):
        found.setdefault(status, array("q")).append(contact_id)
    return found


def write_statuses(
    connection: Connection, ladder: Ladder, changed: Changed, as_of: datetime, recorded_at: datetime
) -> int:
    """Write to the history what `changed_statuses` found at as_of, unless somebody has done so meanwhile; how many.

    Pins stand before what is written here until they end; when a campaign's pin does is found out too.
    """
    end_campaign_pins(connection, ladder.name)
    row = bundle_columns(connection.dialect.name, _IDS)["row"]
    before = _last_by_rule(contact.c.id, ladder.name, as_of).scalar_subquery()
    count = 0
    for status, ids in sorted(changed.items()):
        new = select(
            contact.c.id,
            literal(ladder.name),
            literal(status),
            literal(as_of, Moment),
            literal(recorded_at, Moment),
            false(),
        ).where(contact.c.id == row, literal(status) != func.coalesce(before, ""))
        writing = insert(status_history).from_select(_COLUMNS, new).execution_options(preserve_rowcount=True)
        for start in range(0, len(ids), PAGE):
            rows = bundled(connection.dialect.name, tuple(_IDS), ((one,) for one in ids[start : start + PAGE]))
            count += connection.execute(writing, rows).rowcount
    remember_later(connection, _key(ladder.name), as_of)
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
