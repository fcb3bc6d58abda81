"""When `run` refreshes the statuses: whenever something may have changed, and not every minute for nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from rekindle.line.fresh_statuses import keep_statuses_fresh
from rekindle.store.engine import Store
from rekindle.store.statuses import last_refresh
from rekindle.store.tables import orders

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
STATUSES = "statuses:\n  - {name: active, when: {bought: true}}\n  - {name: known, otherwise: true}\n"
Read = Callable[[dict[str, str]], Any]


@pytest.mark.parametrize(
    ("minutes", "refreshed"), [(0, False), (59, False), (60, True), (-1, False)], ids=["same", "soon", "hour", "back"]
)
def test_within_the_hour_nothing_new_means_nothing_to_do(
    shop: Store, shop_files: dict[str, str], read_workspace: Read, minutes: int, refreshed: bool
) -> None:
    """The mark of the last refresh never goes back, so a moment before it is computed and leaves the mark alone."""
    workspace = read_workspace(shop_files | {"segments/statuses.yml": STATUSES})
    later = NOW + timedelta(minutes=minutes)
    for moment in (NOW, later):
        keep_statuses_fresh(shop, workspace, moment)
    with shop.reading() as connection:
        assert last_refresh(connection, "status") == (later if refreshed else NOW)


@pytest.mark.parametrize("what", ["order", "file", "midnight"])
def test_new_facts_other_files_or_another_day_are_looked_at_at_once(
    shop: Store, shop_files: dict[str, str], read_workspace: Read, what: str
) -> None:
    files = shop_files | {"segments/statuses.yml": STATUSES}
    start = NOW + timedelta(hours=14, minutes=59) if what == "midnight" else NOW
    keep_statuses_fresh(shop, read_workspace(files), start)
    if what == "order":
        with shop.writing() as connection:
            row = {"contact_id": 1, "number": "1", "source": "main", "placed_at": NOW, "placed_on": NOW.date()}
            connection.execute(insert(orders).values(**row, amount=100, status="paid"))
    if what == "file":
        files["segments/statuses.yml"] = STATUSES.replace("bought: true", "bought: false")
    later = start + timedelta(minutes=2)
    keep_statuses_fresh(shop, read_workspace(files), later)
    with shop.reading() as connection:
        assert last_refresh(connection, "status") == later
