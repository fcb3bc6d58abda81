"""The made-up contact of a test inside a segment as facts (LANGUAGE 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..model.address import address_key
from ..model.consent import Consent
from ..model.contact import TEXT_FIELDS, AttributeKind, AttributeValue, Contact
from ..model.event import EventKind
from ..model.money import to_minor
from ..model.order import Activity, Order, OrderItem, OrderStatus
from ..model.segment import Given, SegmentTest
from ..model.when import When
from .asking import Asking
from .facts import ContactFacts, LetterEvent, SentLetter

THE_CONTACT = 1
"""The id of the one contact of a test."""


def made_up_facts(test: SegmentTest, asking: Asking) -> ContactFacts:
    """The facts that a test describes. Without a created_at the contact exists from the first thing that it did."""
    orders = tuple(_order(place, given, asking) for place, given in enumerate(test.orders, start=1))
    activities = tuple(_activity(place, given, asking) for place, given in enumerate(test.activities, start=1))
    letters = tuple(
        SentLetter(place, _one(given, "campaign"), _moment(_one(given, "sent_at"), asking))
        for place, given in enumerate(test.letters, start=1)
    )
    did = [
        asking.as_of,
        *(order.placed_at for order in orders),
        *(activity.occurred_at for activity in activities),
        *(letter.sent_at for letter in letters),
    ]
    contact = _contact(test.contact, min(did), asking)
    return ContactFacts(
        contact=contact,
        address_key=address_key(contact.email) if contact.email else "",
        orders=orders,
        activities=activities,
        letters=letters,
        events=tuple(_events(test, asking)),
        consents=_consents(test.contact, contact.created_at),
    )


def _one(given: Mapping[str, Given], key: str) -> str:
    value = given.get(key, "")
    return value if isinstance(value, str) else " ".join(value)


def _several(value: Given) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) and value else tuple(value)


def _moment(text: str, asking: Asking) -> datetime:
    return When.parse(text).moment_at(asking.as_of, asking.zone)


def _day(text: str) -> date | None:
    return When.parse(text).day if text else None


def _contact(given: Mapping[str, Given], exists_from: datetime, asking: Asking) -> Contact:
    texts: dict[str, Any] = {
        name: _one(given, name) for name in TEXT_FIELDS if name in given and name != "email_domain"
    }
    created, confirmed = _one(given, "created_at"), _one(given, "confirmed_at")
    attributes = {
        name: _attribute(kind, given[name]) for name, kind in asking.catalogue.attributes.items() if given.get(name)
    }
    return Contact(
        contact_id=THE_CONTACT,
        created_at=_moment(created, asking) if created else exists_from,
        confirmed_at=_moment(confirmed, asking) if confirmed else None,
        birthday=_day(_one(given, "birthday")),
        next_contact_on=_day(_one(given, "next_contact_on")),
        tags=_several(given.get("tags", ())),
        attributes=attributes,
        **texts,
    )


def _attribute(kind: AttributeKind, given: Given) -> AttributeValue:
    text = given if isinstance(given, str) else "|".join(given)
    match kind:
        case AttributeKind.NUMBER:
            return Decimal(text)
        case AttributeKind.DATE:
            return date.fromisoformat(text)
        case AttributeKind.FLAG:
            return text.lower() == "true"
        case AttributeKind.LIST:
            return _several(given)
    return text


def _order(place: int, given: Mapping[str, Given], asking: Asking) -> Order:
    items = (OrderItem(_one(given, "product"), _one(given, "category")),)
    return Order(
        order_id=place,
        contact_id=THE_CONTACT,
        number=_one(given, "number") or str(place),
        placed_at=_moment(_one(given, "placed_at"), asking),
        amount=to_minor(Decimal(_one(given, "amount") or 0), asking.currency),
        status=_one(given, "status") or OrderStatus.PAID,
        items=items if items[0].product or items[0].category else (),
    )


def _activity(place: int, given: Mapping[str, Given], asking: Asking) -> Activity:
    return Activity(place, THE_CONTACT, _one(given, "kind"), _moment(_one(given, "occurred_at"), asking))


def _events(test: SegmentTest, asking: Asking) -> list[LetterEvent]:
    """What came back from the letters: `opened_at` and its like, all by a person."""
    return [
        LetterEvent(kind, _moment(_one(given, f"{kind}_at"), asking), _one(given, "campaign"), place)
        for place, given in enumerate(test.letters, start=1)
        for kind in EventKind
        if given.get(f"{kind}_at")
    ]


def _consents(given: Mapping[str, Given], since: datetime) -> tuple[Consent, ...]:
    return tuple(
        Consent(THE_CONTACT, topic, given=True, occurred_at=since) for topic in _several(given.get("consent", ()))
    )
