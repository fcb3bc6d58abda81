"""Contacts made up from a template: such as take its branches one way and the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from jinja2 import nodes

from ..model.configuration import Sender
from ..model.contact import TEXT_FIELDS, AttributeKind, Contact
from ..model.order import Order, OrderItem
from .values import LetterFacts, LetterStyle

MAX_SAMPLES = 16
_AS_OF = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
_TEXT_LIKE = frozenset(TEXT_FIELDS) - {"email_domain"}
_VALUES: Mapping[AttributeKind, Any] = {
    AttributeKind.TEXT: "Образец & <b>",
    AttributeKind.NUMBER: Decimal("1234.5"),
    AttributeKind.DATE: date(2026, 5, 17),
    AttributeKind.FLAG: True,
    AttributeKind.LIST: ("один", "два"),
}


def sample_facts(style: LetterStyle, trees: Mapping[str, nodes.Template]) -> list[LetterFacts]:
    """One contact who has everything, one who has nothing, and one for each value that the templates compare with."""
    rich = _rich(style)
    samples = [rich, _poor(), replace(rich, offer=None, orders=rich.orders[:1], popular=rich.popular[:1])]
    samples.append(replace(rich, contact=replace(rich.contact, gender="m")))
    for field, value in list(_compared(trees))[: MAX_SAMPLES - len(samples)]:
        samples.append(replace(rich, contact=_with(rich.contact, field, value, style)))
    return samples


def _rich(style: LetterStyle) -> LetterFacts:
    texts = {name: f"{name} & <i>'\"" for name in _TEXT_LIKE}
    texts |= {"email": "anna@example.com", "gender": "f", "kind": "person"}
    attributes = {name: _VALUES[kind] for name, kind in style.attributes.items()}
    contact = Contact(
        1,
        _AS_OF,
        **texts,
        birthday=date(1990, 2, 28),
        next_contact_on=date(2026, 12, 1),
        confirmed_at=_AS_OF,
        tags=("vip", "новый"),
        attributes=attributes,
    )
    offer = {name: f"{name} 10%" for name in style.offer_fields or ("discount", "code")}
    popular = [{"product": f"Товар {number}", "category": "к", "price": Decimal(10 * number)} for number in (1, 2, 3)]
    campaign = {
        "name": "sample",
        "description": "Sample",
        "topic": "offers",
        "period": "2026-11",
        "step": 1,
        "arm": "letter",
    }
    firm = Sender("Мастерская «Образец»", "Москва", "https://example.com")
    return LetterFacts(contact, _orders(), offer, [offer, offer], popular, campaign, firm, _AS_OF)


def _orders() -> tuple[Order, ...]:
    items = (
        OrderItem("Торт <1>", "выпечка", Decimal(2), Decimal(500)),
        OrderItem("Свеча", "", Decimal(1), Decimal(90)),
    )
    return tuple(
        Order(number, 1, f"A-{number}", _AS_OF - timedelta(days=40 * number), 100000 + number, items=items[:number])
        for number in (1, 2, 3)
    )


def _poor() -> LetterFacts:
    return LetterFacts(Contact(2, _AS_OF, email="b@example.com"), as_of=_AS_OF)


def _with(contact: Contact, field: str, value: Any, style: LetterStyle) -> Contact:
    if field in _TEXT_LIKE:
        return replace(contact, **{field: str(value)})
    if field in style.attributes:
        return replace(contact, attributes={**contact.attributes, field: value})
    return contact


def _compared(trees: Mapping[str, nodes.Template]) -> Iterator[tuple[str, Any]]:
    """Fields of the contact and the constants that a template holds them against."""
    for tree in trees.values():
        for node in tree.find_all(nodes.Compare):
            sides = [node.expr, *(operand.expr for operand in node.ops)]
            fields = [side.attr for side in sides if _is_contact_field(side)]
            for side in sides:
                yield from ((field, value) for field in fields for value in _constants(side))


def _is_contact_field(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "contact"


def _constants(node: nodes.Node) -> Iterator[Any]:
    if isinstance(node, nodes.Const):
        yield node.value
    elif isinstance(node, nodes.Tuple | nodes.List):
        for item in node.items:
            yield from _constants(item)
