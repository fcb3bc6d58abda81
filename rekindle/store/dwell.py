"""Since when a contact stands on its status: not the last row that says so, but the first of the unbroken run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Subquery, case, func, or_, select, true

from .tables import status_history


def runs(ladder: str, as_of: datetime) -> Subquery[Any]:
    """`contact_id` and `since`: when the status by rule that stands at `as_of` began, whatever was written after it."""
    row = status_history.alias()
    was = func.lag(row.c.status).over(partition_by=row.c.contact_id, order_by=(row.c.since, row.c.id)).label("was")
    steps = (
        select(row.c.contact_id, row.c.status, row.c.since, was)
        .where(row.c.ladder == ladder, row.c.since <= as_of, ~row.c.pinned)
        .subquery("steps")
    )
    began = func.max(steps.c.since, type_=row.c.since.type).label("since")
    changed = or_(steps.c.was.is_(None), steps.c.was != steps.c.status)
    return select(steps.c.contact_id, began).where(changed).group_by(steps.c.contact_id).subquery("runs")


def standing_since(row: FromClause, run: FromClause, as_of: datetime) -> ColumnElement[datetime]:
    """The moment since which `row`, the deciding one, holds: of a pin its own, else its run's (a row of `runs`);

    or the end of a pin to another status, where that came later.
    """
    pin = status_history.alias()
    ended = (
        select(func.max(pin.c.pinned_until, type_=pin.c.since.type))
        .where(
            pin.c.contact_id == row.c.contact_id,
            pin.c.ladder == row.c.ladder,
            pin.c.pinned == true(),
            pin.c.status != row.c.status,
            pin.c.since <= as_of,
            pin.c.pinned_until <= as_of,
        )
        .correlate_except(pin)
        .scalar_subquery()
    )
    return case((row.c.pinned, row.c.since), (ended > run.c.since, ended), else_=run.c.since)
