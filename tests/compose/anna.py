"""What the tests of letters share: one contact with orders, a way to compile a template, a way to finish a letter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rekindle.compose.letter import (
    CompiledLetter,
    DeliverySeals,
    Letter,
    LetterFacts,
    LetterSource,
    LetterStyle,
    compile_letter,
)
from rekindle.model.configuration import Sender
from rekindle.model.contact import AttributeKind, Contact
from rekindle.model.error import ProblemsError
from rekindle.model.order import Order, OrderItem
from rekindle.seal import Sealer

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
SEALER = Sealer(b"the key of the letters' tests")
LEAVE = '<p><a href="{{ links.unsubscribe }}">Отписаться</a></p>'

STYLE = LetterStyle(
    "ru_RU",
    ZoneInfo("Europe/Moscow"),
    "RUB",
    {"shop_area": AttributeKind.NUMBER, "brands": AttributeKind.LIST, "birthday_gift": AttributeKind.FLAG},
    ("discount", "code"),
)
ANNA = Contact(
    17,
    NOW,
    email="anna@example.ru",
    first_name="Анна",
    last_name="Иванова",
    gender="f",
    specialization="photographer",
    city="Тверь",
    birthday=date(1990, 2, 28),
    tags=("vip",),
    attributes={"shop_area": Decimal("40.5"), "brands": ("Фактура", "Лён")},
)
ORDERS = (
    Order(
        2,
        17,
        "A-2",
        datetime(2026, 8, 2, 22, 30, tzinfo=UTC),
        90000,
        items=(OrderItem("Альбом", "бумага", Decimal(3)),),
    ),
    Order(1, 17, "A-1", datetime(2026, 3, 1, tzinfo=UTC), 400050, items=(OrderItem("Рамка <А4>"), OrderItem("Клей"))),
)
FACTS = LetterFacts(
    ANNA,
    ORDERS,
    {"discount": "15%", "code": "BACK15"},
    [{"discount": "15%", "code": "BACK15"}, {"discount": "10%"}],
    ["Паспарту", {"product": "Фон", "price": Decimal(1200)}],
    {"name": "winback", "period": "2026-11"},
    Sender("Мастерская «Фактура»", "Москва, ул. Примерная, 1", "https://faktura.example"),
    NOW,
)
NOBODY = LetterFacts(Contact(18, NOW, email="b@example.ru"), as_of=NOW)


def named(**changes: Any) -> LetterFacts:
    """Anna with other fields."""
    return FACTS._replace(contact=ANNA._replace(**changes))


def compiled(
    html: str, subject: str = "Тема", preheader: str = "", files: Mapping[str, str] | None = None, name: str = "x.html"
) -> CompiledLetter:
    """A letter of one template (and `files` beside it)."""
    return compile_letter(LetterSource(subject, preheader, name, {name: html, **(files or {})}), STYLE)


def page(body: str, **more: Any) -> CompiledLetter:
    """A plain HTML letter with a link to leave by."""
    return compiled(f"<html><body>{body}{LEAVE}</body></html>", **more)


def finished(letter: CompiledLetter, facts: LetterFacts = FACTS, *, tracked: bool = True) -> Letter:
    """The letter of delivery 5, its links numbered from 1."""
    filled = letter.fill(facts)
    seals = DeliverySeals(SEALER, "https://t.example", 5, tracked)
    return filled.finish(seals, {url: number for number, url in enumerate(filled.urls, 1)})


def problems_of(make: Callable[[], object]) -> list[str]:
    """The problems that compiling raises, as the user reads them."""
    with pytest.raises(ProblemsError) as caught:
        make()
    return [str(problem) for problem in caught.value.problems]
