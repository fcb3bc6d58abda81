"""Rows about orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from ..model.draft import ItemDraft, OrderDraft
from ..model.folding import fold
from ..model.order import OrderStatus
from ..model.problem import did_you_mean
from .layout import Cells, Layout
from .terms import Terms
from .values import (
    REMEMBERED,
    BadValueError,
    address_of,
    clean,
    is_ahead,
    known_by,
    millionths_of,
    moment_reader,
    money_reader,
)

_STATUSES = {**{status.value: status.value for status in OrderStatus}, "canceled": OrderStatus.CANCELLED.value}


class _Head(NamedTuple):
    """What the rows of one order say about the order itself."""

    number: str
    external_id: str
    email: str
    placed_at: datetime | None
    day: date | None
    amount: int | None
    status: str
    code: str
    discount: int | None
    cost: int | None


def order_reader(layout: Layout, terms: Terms) -> Callable[[int, Cells], OrderDraft]:
    """A reader of one row's canonical cells, which come in the order of COLUMNS. Raises BadValueError."""
    placed = layout.sources.get("placed_at")
    read_head = _head_reader(moment_reader(terms.zone, placed.format if placed else ""), terms)
    last_texts: Cells = ()
    last_head: _Head | None = None
    ahead: datetime | None = None

    def read(line: int, cells: Cells) -> OrderDraft:
        nonlocal last_texts, last_head, ahead
        texts = cells[:7] + cells[11:14]
        # the rows of an order stand together as a rule, and say the same about it
        if texts != last_texts or last_head is None:
            last_head = read_head(texts)
            last_texts = texts
            placed_at = last_head.placed_at
            ahead = placed_at if placed_at is not None and is_ahead(placed_at, terms.now) else None
        if ahead is not None:
            terms.look_ahead("placed_at", ahead, line)
        return OrderDraft(line, *last_head, _item(cells[7], cells[8], cells[9], cells[10]))

    return read


def _head_reader(read_moment: Callable[[str], datetime], terms: Terms) -> Callable[[Cells], _Head]:
    money = money_reader(terms.currency)

    def read(texts: Cells) -> _Head:
        number, external_id, email, placed, amount, currency, status, code, discount, cost = map(clean, texts)
        if not number:
            raise BadValueError("the order's number is empty")
        if currency and currency.upper() != terms.currency:
            raise BadValueError(f"the currency {currency} is not the workspace's {terms.currency}")
        placed_at = read_moment(placed) if placed else None
        return _Head(
            number=known_by(number, "number"),
            external_id=known_by(external_id, "external_id"),
            email=address_of(email) if email else "",
            placed_at=placed_at,
            day=placed_at.astimezone(terms.zone).date() if placed_at else None,
            amount=money(amount) if amount else None,
            status=_status(status),
            code=code,
            discount=money(discount) if discount else None,
            cost=money(cost) if cost else None,
        )

    return read


def _status(text: str) -> str:
    if not text:
        return ""
    found = _STATUSES.get(text.lower())
    if found is None:
        raise BadValueError(f"the status '{text}' is not known; {did_you_mean(text.lower(), OrderStatus)}")
    return found


@lru_cache(maxsize=REMEMBERED)
def _item(product: str, category: str, quantity: str, price: str) -> ItemDraft | None:
    product, category, quantity, price = clean(product), clean(category), clean(quantity), clean(price)
    if not (product or category or quantity or price):
        return None
    return ItemDraft(
        product,
        fold(product),
        category,
        fold(category),
        millionths_of(quantity) if quantity else None,
        millionths_of(price) if price else None,
    )
