"""Orders: what a contact bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class OrderStatus(StrEnum):
    """The shop's word for an order; only `paid` ones count as bought."""

    PAID = "paid"
    OPEN = "open"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One line of an order; `price` of one unit in major units, exact."""

    product: str = ""
    category: str = ""
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One order; `amount`, `discount` and `cost` in integer minor units of the workspace's currency."""

    order_id: int
    contact_id: int
    number: str
    placed_at: datetime
    amount: int
    status: str = OrderStatus.PAID
    code: str = ""
    discount: int | None = None
    cost: int | None = None
    items: tuple[OrderItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Activity:
    """What a contact did outside letters: inquiry, visit, call; `amount` in minor units or None."""

    activity_id: int
    contact_id: int
    kind: str
    occurred_at: datetime
    amount: int | None = None
    detail: str = ""
