"""The scores of RFM in SQL: each buyer's rank among all, for one of the three (LANGUAGE 2.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Select, func, select

from ..model.segment import Condition
from ..rhythm.rfm import SCORES, fences_of
from ..segment.asking import Asking
from ..segment.catalogue import SCORE_FIELDS
from ..segment.references import asks_field
from .tables import orders
from .where_buyers import buyer_rows
from .where_rhythm import days_as_number


@lru_cache(maxsize=32)
def score_rows(field: str, as_of: datetime) -> CTE:
    """One row a buyer: contact_id, score (1 to 5 by the share of the buyers below)."""
    valued = _valued(field, as_of).subquery(f"{field}_values")
    below = func.rank().over(order_by=valued.c.value) - 1
    score = 1 + SCORES * below // func.count().over()
    name = f"{field}_{as_of.astimezone(UTC):%Y%m%d_%H%M%S_%f}"
    return select(valued.c.contact_id, score.label("score")).correlate(None).cte(name)


def _valued(field: str, as_of: datetime) -> Select[Any]:
    """Each buyer's value: the last purchase day, the number of paid orders or their sum in minor units."""
    made: dict[str, ColumnElement[Any]] = {
        "recency_score": func.max(days_as_number(orders.c.placed_on)),
        "frequency_score": func.count(),
        "monetary_score": func.sum(orders.c.amount),
    }
    return buyer_rows(as_of, made[field].label("value"))


def with_fences(connection: Connection, asking: Asking, conditions: Iterable[Condition]) -> Asking:
    """The asking with the fences of the scores that the conditions ask for, for the reader in Python."""
    asked = list(conditions)
    wanted = [name for name in SCORE_FIELDS if asks_field(name, asked, asking.segments) and name not in asking.fences]
    if not wanted:
        return asking
    found = {name: fences_of(_counted(connection, name, asking.as_of)) for name in wanted}
    return replace(asking, fences={**asking.fences, **found})


def _counted(connection: Connection, field: str, as_of: datetime) -> Iterable[tuple[int, int]]:
    valued = _valued(field, as_of).subquery()
    counted = select(valued.c.value, func.count()).group_by(valued.c.value)
    return ((int(value), many) for value, many in connection.execute(counted))
