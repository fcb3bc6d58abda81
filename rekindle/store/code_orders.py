"""Orders that carry a code of a mailing's offers: what can be put down to a letter without asking a holdout."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, literal, not_, or_, select

from ..model.delivery import DeliveryState
from ..model.figures import CodeFigures
from ..model.folding import fold
from ..model.order import OrderStatus
from .tables import delivery, orders
from .types import Moment


def code_figures(
    connection: Connection, mailing_ids: Sequence[int], codes: Collection[str], since: datetime, until: datetime
) -> tuple[CodeFigures, ...]:
    """The paid orders in (since, until] of anybody with one of `codes`, in their order.

    Codes are compared folded. `BACK10-x1` carries the code `BACK10`: so a letter may give each contact a code of its
    own. An order carries the longest code that fits it, and is counted once.
    """
    named: dict[str, str] = {}
    for code in codes:
        named.setdefault(fold(code), code)
    return tuple(
        CodeFigures(code, *_sums(connection, mailing_ids, folded, named, (since, until)))
        for folded, code in named.items()
        if folded
    )


def _sums(
    connection: Connection,
    mailing_ids: Sequence[int],
    folded: str,
    others: Collection[str],
    span: tuple[datetime, datetime],
) -> tuple[int, int, int]:
    """(orders, revenue in minor units, orders of contacts to whom no letter was sent) of one code."""
    longer = [other for other in others if other.startswith(f"{folded}-")]
    sent = exists(select(literal(1))).where(
        delivery.c.mailing_id.in_(mailing_ids),
        delivery.c.contact_id == orders.c.contact_id,
        delivery.c.state == DeliveryState.SENT.value,
    )
    asked = select(
        func.count(), func.coalesce(func.sum(orders.c.amount), 0), func.coalesce(func.sum(case((sent, 0), else_=1)), 0)
    ).where(
        orders.c.status == OrderStatus.PAID,
        orders.c.placed_at > literal(span[0], Moment),
        orders.c.placed_at <= literal(span[1], Moment),
        _carries(folded),
        *(not_(_carries(other)) for other in longer),
    )
    count, revenue, strangers = connection.execute(asked).one()
    return int(count), int(revenue), int(strangers)


def _carries(folded: str) -> ColumnElement[bool]:
    code = orders.c.code_folded
    return and_(code != "", or_(code == folded, code.startswith(f"{folded}-", autoescape=True)))
