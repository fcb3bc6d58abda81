"""Rhythm in SQL: each buyer's own gaps between purchase days and the median of all gaps (LANGUAGE 2.4)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Select, func, literal, select, type_coerce

from ..model.when import local_day
from ..rhythm.gap import SHRINKAGE
from ..segment.asking import Asking
from .gap_functions import days_together, gap_count, gaps_of, twice_median, twice_own_median
from .tables import orders
from .where_buyers import buyer_rows
from .where_values import Ratio

RHYTHM_FIELDS = ("usual_gap", "overdue")


def today_number(asking: Asking) -> ColumnElement[int]:
    """The day of as_of as a stored day's integer."""
    return literal(local_day(asking.as_of, asking.zone).toordinal())


@lru_cache(maxsize=32)
def rhythm_rows(as_of: datetime) -> CTE:
    """One row a buyer: contact_id, last_day, own (number of gaps), twice_median (of own gaps, 0 for none).

    Doubled medians are whole numbers: that keeps all of it exact. One expression a moment, so that a statement that
    asks for rhythm in several places computes it once.
    """
    buyers = _buyers(as_of)
    return select(
        buyers.c.contact_id,
        buyers.c.last_day,
        gap_count(buyers.c.days).label("own"),
        twice_own_median(buyers.c.days).label("twice_median"),
        _common_twice_median(buyers).label("twice_common"),
    ).cte(_name("rhythm", as_of))


def _buyers(as_of: datetime) -> CTE:
    """One row a buyer: contact_id, last_day and the purchase days together."""
    last = func.max(orders.c.placed_on).label("last_day")
    return buyer_rows(as_of, last, days_together(orders.c.placed_on).label("days")).cte(_name("buyers", as_of))


def _common_twice_median(buyers: CTE) -> ColumnElement[Any]:
    """The doubled median of all gaps as a scalar, NULL where there are none."""
    gaps = select(gaps_of(buyers.c.days).label("gap")).correlate(None).subquery("gaps")
    return select(twice_median(gaps.c.gap)).correlate(None).scalar_subquery()


def common_median_statement(asking: Asking) -> Select[Any]:
    """The statement of the doubled median of all gaps, a whole number or NULL."""
    return select(_common_twice_median(_buyers(asking.as_of)))


def _name(what: str, as_of: datetime) -> str:
    """A name of its own for each moment: one statement may ask for two."""
    return f"{what}_{as_of.astimezone(UTC):%Y%m%d_%H%M%S_%f}"


def days_as_number(day: ColumnElement[Any]) -> ColumnElement[Any]:
    """A stored day as the integer that it is, for differences."""
    return type_coerce(day, Integer)


def usual_gap_ratio(rhythm: CTE) -> Ratio:
    """(n m + k M) / (n + k), doubled above and below."""
    top = rhythm.c.own * rhythm.c.twice_median + SHRINKAGE * rhythm.c.twice_common
    return Ratio(top, 2 * (rhythm.c.own + SHRINKAGE), nullable=True)


def overdue_ratio(rhythm: CTE, asking: Asking) -> Ratio:
    """The silent days over the usual gap; the gap's top is never 0."""
    gap = usual_gap_ratio(rhythm)
    silent = today_number(asking) - days_as_number(rhythm.c.last_day)
    assert gap.bottom is not None
    return Ratio(silent * gap.bottom, gap.top, nullable=True)


def rhythm_ratio(name: str, rhythm: CTE, asking: Asking) -> Ratio:
    """`usual_gap` or `overdue`."""
    return usual_gap_ratio(rhythm) if name == "usual_gap" else overdue_ratio(rhythm, asking)
