"""The local days of orders follow the workspace's timezone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from rekindle.store.engine import Store
from rekindle.store.local_days import keep_local_days
from rekindle.store.tables import contact, orders

EVENING = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
"""Half an hour before midnight in London, the next day in Moscow."""


def fill(store: Store) -> None:
    """Two orders written with days in London: one late in the evening, one at noon."""
    with store.writing() as connection:
        connection.execute(insert(contact).values(id=1, first_seen_at=EVENING, exists_from=EVENING))
        for number, moment in enumerate((EVENING, EVENING.replace(hour=12))):
            connection.execute(
                insert(orders).values(
                    source="main",
                    number=str(number),
                    contact_id=1,
                    placed_at=moment,
                    placed_on=moment.date(),
                    amount=1,
                    status="paid",
                )
            )


def days(store: Store) -> list[date]:
    """The orders' days, by number."""
    with store.reading() as connection:
        return list(connection.scalars(select(orders.c.placed_on).order_by(orders.c.number)))


def test_another_timezone_moves_only_the_days_that_differ_there(store: Store) -> None:
    """The first zone is computed too, and asked again nothing is done."""
    fill(store)

    assert keep_local_days(store, ZoneInfo("Europe/London")) == 0
    assert keep_local_days(store, ZoneInfo("Europe/Moscow")) == 1
    assert days(store) == [date(2026, 3, 29), date(2026, 3, 28)]
    assert keep_local_days(store, ZoneInfo("Europe/Moscow")) == 0
    assert keep_local_days(store, ZoneInfo("Europe/London")) == 1
    assert days(store) == [date(2026, 3, 28), date(2026, 3, 28)]
