"""What all paid orders of a buyer come to, one row a buyer: the ground of rankings, rhythm and lifetimes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from ..model.order import OrderStatus
from .functions import unindexed
from .tables import contact, orders


def buyer_rows(
    as_of: datetime, *made: ColumnElement[Any], since: datetime | None = None, having: ColumnElement[bool] | None = None
) -> Select[Any]:
    """contact_id and the labelled aggregates `made` of `orders`, of each contact with paid ones in since < t <= as_of.

    Only contacts that exist at `as_of`; that is asked of the buyers, of whom there are fewer than orders.
    """
    # by no index of moments: that of the contacts holds all that is asked, in the order that it is grouped by
    placed_at: ColumnElement[Any] = unindexed(orders.c.placed_at)
    paid = select(orders.c.contact_id, *made).where(orders.c.status == OrderStatus.PAID.value, placed_at <= as_of)
    if since is not None:
        paid = paid.where(placed_at > since)
    each = paid.group_by(orders.c.contact_id)
    grouped = (each if having is None else each.having(having)).correlate(None).subquery("paid")
    buyer = contact.alias("buyer")
    existing = select(*grouped.c).join(buyer, buyer.c.id == grouped.c.contact_id)
    return existing.where(buyer.c.exists_from <= as_of).correlate(None)
