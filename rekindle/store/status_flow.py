"""Who stood where on a ladder at two moments: how many moved from which status to which, and who."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, select

from .dwell import runs, standing_since
from .tables import contact, status_history
from .where_status import deciding_clause


@dataclass(frozen=True, slots=True)
class Flow:
    """So many contacts stood on `before` (None: not in the store yet, empty: on no status) and stand on `after`."""

    before: str | None
    after: str
    count: int


@dataclass(frozen=True, slots=True)
class Moved:
    """One contact that stands elsewhere now, and since when."""

    contact_id: int
    external_id: str
    email: str
    before: str | None
    after: str
    since: datetime | None


def history_begins(connection: Connection, ladder: str) -> datetime | None:
    """The first moment that the history knows statuses of, None where it knows none."""
    first = func.min(status_history.c.since, type_=status_history.c.since.type)
    begins: datetime | None = connection.scalar(select(first).where(status_history.c.ladder == ladder))
    return begins


def flows(connection: Connection, ladder: str, begin: datetime, end: datetime) -> list[Flow]:
    """Every pair of statuses at `begin` and `end` with its contacts, those who stayed too."""
    each = _each(ladder, begin, end).subquery("each_contact")
    counted = select(each.c.before, each.c.after, func.count()).group_by(each.c.before, each.c.after)
    return [Flow(before, after, count) for before, after, count in connection.execute(counted)]


def moved_contacts(connection: Connection, ladder: str, begin: datetime, end: datetime) -> Iterator[Moved]:
    """The contacts whose status at `end` is not that of `begin`, in order of id, streamed."""
    each = _each(ladder, begin, end).subquery("each_contact")
    moved = (
        select(each.c.id, contact.c.external_id, contact.c.email, each.c.before, each.c.after, each.c.since)
        .join(contact, contact.c.id == each.c.id)
        .where(each.c.before.is_distinct_from(each.c.after))
        .order_by(each.c.id)
    )
    for row in connection.execution_options(yield_per=5_000).execute(moved):
        yield Moved(*row)


def _each(ladder: str, begin: datetime, end: datetime) -> Select[Any]:
    """A row for every contact that exists at `end`: its id, the status before and after, and since when."""
    earlier, later, run = status_history.alias("earlier"), status_history.alias("later"), runs(ladder, end)
    was = and_(earlier.c.contact_id == contact.c.id, deciding_clause(earlier, ladder, begin))
    stands = and_(later.c.contact_id == contact.c.id, deciding_clause(later, ladder, end))
    return (
        select(
            contact.c.id,
            case((contact.c.exists_from <= begin, func.coalesce(earlier.c.status, ""))).label("before"),
            func.coalesce(later.c.status, "").label("after"),
            standing_since(later, run, end).label("since"),
        )
        .select_from(contact)
        .outerjoin(earlier, was)
        .outerjoin(later, stands)
        .outerjoin(run, run.c.contact_id == later.c.contact_id)
        .where(contact.c.exists_from <= end)
    )
