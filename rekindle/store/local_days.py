"""The local day of every order: computed in Python, since SQLite has no DST, and again when the timezone changes."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, func, select, update

from .engine import Store
from .remembered import recall, remember
from .tables import orders

KEY = "timezone"
BATCH = 10_000


def keep_local_days(store: Store, zone: ZoneInfo) -> int:
    """Let the orders' days be days in `zone`; how many were changed. Costs one look where nothing changed.

    The first zone that a store meets is remembered as the one its orders were written in.
    """
    with store.reading() as connection:
        known = recall(connection, KEY)
    if known == zone.key:
        return 0
    with store.writing() as connection:
        known = recall(connection, KEY)
        changed = 0 if known == zone.key else _recompute(connection, zone)
        remember(connection, KEY, zone.key)
    return changed


def _recompute(connection: Connection, zone: ZoneInfo) -> int:
    changed, last = 0, 0
    end = connection.scalar(select(func.max(orders.c.id))) or 0
    new_day = update(orders).where(orders.c.id == bindparam("order_id")).values(placed_on=bindparam("day"))
    while last < end:
        page = select(orders.c.id, orders.c.placed_at, orders.c.placed_on).where(orders.c.id > last)
        rows = connection.execute(page.order_by(orders.c.id).limit(BATCH)).all()
        moved = [
            {"order_id": row.id, "day": day}
            for row in rows
            if (day := row.placed_at.astimezone(zone).date()) != row.placed_on
        ]
        if moved:
            connection.execute(new_day, moved)
        changed += len(moved)
        last = rows[-1].id
    return changed
