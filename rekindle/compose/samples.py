"""Contacts made up from a template: such as take its branches one way and the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from jinja2 import nodes

from ..model.configuration import Sender
from ..model.contact import TEXT_FIELDS, AttributeKind, Contact
from ..model.order import Order, OrderItem
from .values import CAMPAIGN_FIELDS, POPULAR_FIELDS, LetterFacts, LetterStyle

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
    rich = _rich(style, style.offer_fields if style.offer_fields is not None else _asked_of_offer(trees))
    samples = [rich, _poor(), rich._replace(offer=None, orders=rich.orders[:1], popular=rich.popular[:1])]
    samples.append(rich._replace(contact=rich.contact._replace(gender="m")))
    for name, value in list(_compared(trees))[: MAX_SAMPLES - len(samples)]:
        samples.append(rich._replace(contact=_with(rich.contact, name, value, style)))
    return samples


def _asked_of_offer(trees: Mapping[str, nodes.Template]) -> set[str]:
    found = (node for tree in trees.values() for node in tree.find_all(nodes.Getattr))
    return {node.attr for node in found if _is_field_of(node, "offer")}


def _rich(style: LetterStyle, offer_fields: Iterable[str]) -> LetterFacts:
    texts: dict[str, Any] = {name: f"{name} & <i>'\"" for name in _TEXT_LIKE}
    texts |= {"email": "anna@example.com", "gender": "f", "kind": "person"}
    contact = Contact(
        1,
        _AS_OF,
        **texts,
        birthday=date(1990, 2, 28),
        next_contact_on=date(2026, 12, 1),
        confirmed_at=_AS_OF,
        tags=("vip", "новый"),
        attributes={name: _VALUES[kind] for name, kind in style.attributes.items()},
    )
    offer = {name: f"{name} 10%" for name in offer_fields}
    popular = [dict.fromkeys(POPULAR_FIELDS, 10 * number) | {"product": f"Товар {number}"} for number in (1, 2, 3)]
    campaign = {name: f"sample {name}" for name in CAMPAIGN_FIELDS} | {"step": 1}
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


def _with(contact: Contact, name: str, value: Any, style: LetterStyle) -> Contact:
    if name in _TEXT_LIKE:
        changed: dict[str, Any] = {name: str(value)}
        return contact._replace(**changed)
    if name in style.attributes:
        return contact._replace(attributes={**contact.attributes, name: value})
    return contact


def _compared(trees: Mapping[str, nodes.Template]) -> Iterator[tuple[str, Any]]:
    """Fields of the contact and the constants that a template holds them against."""
    for tree in trees.values():
        for node in tree.find_all(nodes.Compare):
            sides = [node.expr, *(operand.expr for operand in node.ops)]
            fields = [side.attr for side in sides if isinstance(side, nodes.Getattr) and _is_field_of(side, "contact")]
            for side in sides:
                yield from ((field, value) for field in fields for value in _constants(side))


def _is_field_of(node: nodes.Getattr, name: str) -> bool:
    return isinstance(node.node, nodes.Name) and node.node.name == name


def _constants(node: nodes.Node) -> Iterator[Any]:
    if isinstance(node, nodes.Const):
        yield node.value
    elif isinstance(node, nodes.Tuple | nodes.List):
        for item in node.items:
            yield from _constants(item)
