"""Orders as the store keeps them, read back as values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from ..model.order import Order, OrderItem
from .contacts import chunks
from .tables import order_item, orders


def orders_of(connection: Connection, contact_ids: Sequence[int]) -> dict[int, tuple[Order, ...]]:
    """All orders of these contacts with their items, newest first; a contact without orders is left out."""
    found: dict[int, tuple[Order, ...]] = {}
    for piece in chunks(contact_ids):
        items = _items(connection, piece)
        statement = select(orders).where(orders.c.contact_id.in_(piece)).order_by(orders.c.placed_at, orders.c.id)
        gathered: dict[int, list[Order]] = {}
        for row in connection.execute(statement):
            gathered.setdefault(row.contact_id, []).append(_order(row, tuple(items.get(row.id, ()))))
        found |= {owner: tuple(reversed(own)) for owner, own in gathered.items()}
    return found


def _order(row: Any, items: tuple[OrderItem, ...]) -> Order:
    return Order(
        order_id=row.id,
        contact_id=row.contact_id,
        number=row.number,
        placed_at=row.placed_at,
        amount=row.amount,
        status=row.status,
        code=row.code,
        discount=row.discount,
        cost=row.cost,
        items=items,
    )


def _items(connection: Connection, contact_ids: Sequence[int]) -> dict[int, list[OrderItem]]:
    statement = (
        select(order_item)
        .join(orders, orders.c.id == order_item.c.order_id)
        .where(orders.c.contact_id.in_(contact_ids))
        .order_by(order_item.c.id)
    )
    found: dict[int, list[OrderItem]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.order_id, []).append(OrderItem(row.product, row.category, row.quantity, row.price))
    return found
