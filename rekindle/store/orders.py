"""Orders as the store keeps them, read back as values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from ..model.order import Order, OrderItem
from .contacts import asked_ids, chunks, rows_of
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
        gathered: dict[int, list[Order]] = {}
        for row in rows_of(connection, _orders_statement, piece):
            own: tuple[Any, ...] = (*row, tuple(bought.get(row[0], ())))
            gathered.setdefault(row[1], []).append(Order(*own))
        found |= {owner: tuple(reversed(own)) for owner, own in gathered.items()}
    return found


def _orders_statement(dialect: str) -> Select[Any]:
    return (
        select(*_COLUMNS).where(orders.c.contact_id.in_(asked_ids(dialect))).order_by(orders.c.placed_at, orders.c.id)
    )


def _items(connection: Connection, contact_ids: Sequence[int]) -> dict[int, list[OrderItem]]:
    found: dict[int, list[OrderItem]] = {}
    for order_id, *item in rows_of(connection, _items_statement, contact_ids):
        found.setdefault(order_id, []).append(OrderItem(*item))
    return found


def _items_statement(dialect: str) -> Select[Any]:
    return (
        select(*(order_item.c[name] for name in ("order_id", "product", "category", "quantity", "price")))
        .join(orders, orders.c.id == order_item.c.order_id)
        .where(orders.c.contact_id.in_(asked_ids(dialect)))
        .order_by(order_item.c.id)
    )
