"""Orders as the store keeps them, read back as values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from ..model.order import Order, OrderItem
from .contacts import chunks
from .tables import order_item, orders

_COLUMNS = [
    orders.c[name]
    for name in ("id", "contact_id", "number", "placed_at", "amount", "status", "code", "discount", "cost")
]
"""An order's own columns as Order takes them."""


def orders_of(
    connection: Connection, contact_ids: Sequence[int], *, items: bool = True
) -> dict[int, tuple[Order, ...]]:
    """All orders of these contacts, newest first, with their `items`; a contact without orders is left out."""
    found: dict[int, tuple[Order, ...]] = {}
    for piece in chunks(contact_ids):
        bought = _items(connection, piece) if items else {}
        statement = select(*_COLUMNS).where(orders.c.contact_id.in_(piece)).order_by(orders.c.placed_at, orders.c.id)
        gathered: dict[int, list[Order]] = {}
        for row in connection.execute(statement):
            own: tuple[Any, ...] = (*row, tuple(bought.get(row[0], ())))
            gathered.setdefault(row[1], []).append(Order(*own))
        found |= {owner: tuple(reversed(own)) for owner, own in gathered.items()}
    return found


def _items(connection: Connection, contact_ids: Sequence[int]) -> dict[int, list[OrderItem]]:
    statement = (
        select(*(order_item.c[name] for name in ("order_id", "product", "category", "quantity", "price")))
        .join(orders, orders.c.id == order_item.c.order_id)
        .where(orders.c.contact_id.in_(contact_ids))
        .order_by(order_item.c.id)
    )
    found: dict[int, list[OrderItem]] = {}
    for order_id, *item in connection.execute(statement):
        found.setdefault(order_id, []).append(OrderItem(*item))
    return found
