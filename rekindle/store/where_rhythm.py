"""Rhythm in SQL: each buyer's own gaps between purchase days and the median of all gaps (LANGUAGE 2.4)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Select, case, func, literal, select, type_coerce

from ..model.order import OrderStatus
from ..model.when import local_day
from ..rhythm.gap import SHRINKAGE
from ..segment.asking import Asking
from .tables import contact, orders
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
    days = _purchase_days(as_of)
    gaps = _gaps(days, as_of)
    own = _medians(gaps, as_of)
    last = select(days.c.contact_id, func.max(days.c.placed_on).label("last_day")).group_by(days.c.contact_id)
    buyers = last.cte(_name("buyers", as_of))
    return (
        select(
            buyers.c.contact_id,
            buyers.c.last_day,
            func.coalesce(own.c.own, 0).label("own"),
            func.coalesce(own.c.twice_median, 0).label("twice_median"),
            _common_twice_median(gaps, as_of).label("twice_common"),
        )
        .select_from(buyers.outerjoin(own, own.c.contact_id == buyers.c.contact_id))
        .cte(_name("rhythm", as_of))
    )


def _name(what: str, as_of: datetime) -> str:
    """A name of its own for each moment: one statement may ask for two."""
    return f"{what}_{as_of.astimezone(UTC):%Y%m%d_%H%M%S_%f}"


def _purchase_days(as_of: datetime) -> CTE:
    buyer = contact.alias("buyer")
    return (
        select(orders.c.contact_id, orders.c.placed_on)
        .join(buyer, buyer.c.id == orders.c.contact_id)
        .where(
            orders.c.status == OrderStatus.PAID.value,
            orders.c.placed_at <= as_of,
            buyer.c.exists_from <= as_of,
        )
        .distinct()
        .correlate(None)
        .cte(_name("purchase_days", as_of))
    )


def _gaps(days: CTE, as_of: datetime) -> CTE:
    before = func.lag(days.c.placed_on).over(partition_by=days.c.contact_id, order_by=days.c.placed_on)
    gap = days_as_number(days.c.placed_on) - days_as_number(before)
    steps = select(days.c.contact_id, gap.label("gap")).cte(_name("steps", as_of))
    return select(steps).where(steps.c.gap.is_not(None)).cte(_name("gaps", as_of))


def days_as_number(day: ColumnElement[Any]) -> ColumnElement[Any]:
    """A stored day as the integer that it is, for differences."""
    return type_coerce(day, Integer)


def _medians(gaps: CTE, as_of: datetime) -> CTE:
    """Own gaps of each contact: how many, and their doubled median, the sum of the one or two in the middle."""
    place = func.row_number().over(partition_by=gaps.c.contact_id, order_by=gaps.c.gap).label("place")
    many = func.count().over(partition_by=gaps.c.contact_id).label("own")
    ranked = select(gaps.c.contact_id, gaps.c.gap, place, many).cte(_name("ranked_gaps", as_of))
    return (
        select(ranked.c.contact_id, ranked.c.own, _twice_median(ranked))
        .where(_in_the_middle(ranked))
        .group_by(ranked.c.contact_id, ranked.c.own)
        .cte(_name("own_medians", as_of))
    )


def _common_twice_median(gaps: CTE, as_of: datetime) -> ColumnElement[Any]:
    """The doubled median of all gaps as a scalar, NULL where there are none."""
    place = func.row_number().over(order_by=gaps.c.gap).label("place")
    ranked = select(gaps.c.gap, place, func.count().over().label("own")).cte(_name("all_gaps", as_of))
    found: Select[Any] = select(_twice_median(ranked)).where(_in_the_middle(ranked)).group_by(ranked.c.own)
    return found.correlate(None).scalar_subquery()


def common_median_statement(asking: Asking) -> Select[Any]:
    """The statement of the doubled median of all gaps, a whole number or NULL."""
    as_of = asking.as_of
    return select(_common_twice_median(_gaps(_purchase_days(as_of), as_of), as_of))


def _in_the_middle(ranked: CTE) -> ColumnElement[bool]:
    return (ranked.c.place * 2).between(ranked.c.own, ranked.c.own + 2)


def _twice_median(ranked: CTE) -> ColumnElement[Any]:
    # of an odd number one stands in the middle, of an even number two
    total = func.sum(ranked.c.gap)
    return case((ranked.c.own % 2 == 1, total * 2), else_=total).label("twice_median")


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
