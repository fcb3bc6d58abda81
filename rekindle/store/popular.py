"""Popular products: what buyers alike buy most, for all values of a field in one statement (LANGUAGE 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, select

from ..model.contact import TEXT_FIELDS
from ..model.order import OrderStatus
from .functions import by_code
from .tables import contact, contact_attribute, order_item, orders

EVERYONE = ""
"""Under this value stand the products of all buyers: for contacts whose own value is missing."""


@dataclass(frozen=True, slots=True)
class PopularProduct:
    """A product and how many contacts (`buyers`) bought it in how many paid `orders`."""

    product: str
    category: str
    buyers: int
    orders: int


def popular_products(
    connection: Connection, by: str, limit: int, since: datetime, as_of: datetime
) -> Mapping[str, tuple[PopularProduct, ...]]:
    """The `limit` products with the most buyers in since < t <= as_of, by the folded value of the field `by`.

    `by` is a text field or a declared attribute. Ties go by orders, then by the product's folded name.
    """
    alike = _ranked(by, since, as_of, limit)
    all_buyers = _ranked(None, since, as_of, limit)
    found: dict[str, list[PopularProduct]] = {}
    for statement in (alike, all_buyers):
        for value, *product in connection.execute(statement):
            found.setdefault(value, []).append(PopularProduct(*product))
    return {value: tuple(products) for value, products in found.items()}


def _ranked(by: str | None, since: datetime, as_of: datetime, limit: int) -> Select[Any]:
    value = _value(by)
    counted = (
        select(
            value.label("value"),
            order_item.c.product_folded,
            func.min(by_code(order_item.c.product)).label("product"),
            func.min(by_code(order_item.c.category)).label("category"),
            func.count(orders.c.contact_id.distinct()).label("buyers"),
            func.count(orders.c.id.distinct()).label("orders"),
        )
        .select_from(order_item)
        .join(orders, orders.c.id == order_item.c.order_id)
        .join(contact, contact.c.id == orders.c.contact_id)
        .where(orders.c.status == OrderStatus.PAID.value, orders.c.placed_at > since, orders.c.placed_at <= as_of)
        .where(order_item.c.product_folded != "")
        .group_by(value, order_item.c.product_folded)
    )
    if by is not None and by not in TEXT_FIELDS:
        own = and_(contact_attribute.c.contact_id == contact.c.id, contact_attribute.c.name == by)
        counted = counted.join(contact_attribute, own)
    if by is not None:
        counted = counted.where(value != EVERYONE)
    each = counted.subquery("counted")
    order = (each.c.buyers.desc(), each.c.orders.desc(), by_code(each.c.product_folded))
    rank = func.row_number().over(partition_by=each.c.value, order_by=order).label("rank")
    ranked = select(each, rank).subquery("ranked")
    columns = [ranked.c[name] for name in ("value", "product", "category", "buyers", "orders")]
    return select(*columns).where(ranked.c.rank <= limit).order_by(ranked.c.value, ranked.c.rank)


def _value(by: str | None) -> ColumnElement[str]:
    if by is None:
        return literal(EVERYONE)
    return contact.c[f"{by}_folded"] if by in TEXT_FIELDS else contact_attribute.c.folded
