"""What the letters were worth: cost, cost of a sale, and the money that would not have come without them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ..model.campaign import Cost
from ..model.figures import ArmFigures
from .difference import Difference
from .lift import Lift


@dataclass(frozen=True, slots=True)
class Worth:
    """Money in major units. The `incremental_...` are totals over everyone who was to get a letter, with intervals.

    `cost_per_sale` is over all buyers who were to get a letter, `cost_per_incremental_sale` over those who would not
    have bought without it; None where there is none of them.
    """

    cost: Decimal
    cost_per_sale: Decimal | None
    cost_per_incremental_sale: Decimal | None
    incremental_sales: Difference | None
    incremental_revenue: Difference | None
    net: Difference | None


def cost_of(periods: Iterable[tuple[Cost, int]]) -> Decimal:
    """What periods cost: of each its fixed cost once a letter is out, and the cost of every letter sent."""
    return sum((cost.fixed + cost.per_letter * letters for cost, letters in periods if letters), Decimal(0))


def worth_of(cost: Decimal, treated: ArmFigures, lift: Lift | None) -> Worth:
    """The worth of the letters to `treated` (all arms and periods); totals are lift per contact times audience."""
    sales = lift.conversion.scaled(treated.audience) if lift and lift.conversion else None
    revenue = lift.revenue_per_contact.scaled(treated.audience) if lift and lift.revenue_per_contact else None
    paid = float(cost)
    return Worth(
        cost=cost,
        cost_per_sale=cost / treated.converted if treated.converted else None,
        cost_per_incremental_sale=cost / Decimal(sales.value) if sales and sales.value > 0 else None,
        incremental_sales=sales,
        incremental_revenue=revenue,
        net=Difference(revenue.value - paid, revenue.low - paid, revenue.high - paid, None) if revenue else None,
    )
