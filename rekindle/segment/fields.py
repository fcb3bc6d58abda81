"""The value of a field for one contact, None or empty where it is missing (LANGUAGE 2.1, 2.4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from ..model.event import EventKind
from ..model.fences import Fences
from ..model.folding import fold
from ..model.order import Order, OrderStatus
from ..model.when import local_day
from .asking import Asking
from .catalogue import COMPLETENESS_FIELDS, FIELDS, SCORE_FIELDS, FieldKind
from .facts import ContactFacts

NO_FENCES = Fences()


def text_of(name: str, facts: ContactFacts) -> str:
    """A text field or attribute; empty where it is missing."""
    if FIELDS.get(name) is FieldKind.TEXT:
        return str(getattr(facts.contact, name))
    value = facts.contact.attributes.get(name)
    return value if isinstance(value, str) else ""


def items_of(name: str, facts: ContactFacts) -> tuple[str, ...]:
    """The items of `tags` or of a list attribute."""
    if name == "tags":
        return facts.contact.tags
    value = facts.contact.attributes.get(name, ())
    return (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()


def flag_of(name: str, facts: ContactFacts) -> bool | None:
    """A flag attribute."""
    value = facts.contact.attributes.get(name)
    return value if isinstance(value, bool) else None


def paid_orders(facts: ContactFacts, asking: Asking) -> Iterator[Order]:
    """The paid orders up to as_of."""
    return (o for o in facts.orders if o.status == OrderStatus.PAID and o.placed_at <= asking.as_of)


def date_of(name: str, facts: ContactFacts, asking: Asking) -> datetime | date | None:
    """A date field or attribute: a moment for the fields that end in _at, else a plain day."""
    contact = facts.contact
    match name:
        case "created_at":
            return contact.created_at
        case "confirmed_at":
            known = contact.confirmed_at
            return known if known is not None and known <= asking.as_of else None
        case "birthday":
            return contact.birthday
        case "next_contact_on":
            return contact.next_contact_on
        case "first_order_at":
            return min((order.placed_at for order in paid_orders(facts, asking)), default=None)
        case "last_order_at":
            return max((order.placed_at for order in paid_orders(facts, asking)), default=None)
        case "last_mailed_at":
            return max((letter.sent_at for letter in facts.letters if letter.sent_at <= asking.as_of), default=None)
        case "last_opened_at":
            return _last_event(EventKind.OPENED, facts, asking)
        case "last_clicked_at":
            return _last_event(EventKind.CLICKED, facts, asking)
    value = contact.attributes.get(name)
    return value if isinstance(value, date) else None


def _last_event(kind: EventKind, facts: ContactFacts, asking: Asking) -> datetime | None:
    moments = (
        event.occurred_at
        for event in facts.events
        if event.kind == kind and not event.machine and event.occurred_at <= asking.as_of
    )
    return max(moments, default=None)


def number_of(name: str, facts: ContactFacts, asking: Asking) -> Fraction | None:
    """A number field or attribute, exactly; money in major units."""
    match name:
        case "orders":
            return Fraction(sum(1 for _ in paid_orders(facts, asking)))
        case "revenue":
            return Fraction(sum(order.amount for order in paid_orders(facts, asking)), asking.money_unit)
        case "average_order":
            amounts = [order.amount for order in paid_orders(facts, asking)]
            return Fraction(sum(amounts), len(amounts) * asking.money_unit) if amounts else None
        case "silent_days":
            return _silent_days(facts, asking)
        case "usual_gap":
            return facts.usual_gap if any(paid_orders(facts, asking)) else None
        case "overdue":
            silent = _silent_days(facts, asking)
            return None if silent is None or not facts.usual_gap else silent / facts.usual_gap
        case _ if name in SCORE_FIELDS:
            return _score(name, facts, asking)
        case "alive":
            assert asking.fitted, "who judges 'alive' fits the lifetimes first"
            return facts.alive
        case "completeness":
            return Fraction(completeness(facts))
    value = facts.contact.attributes.get(name)
    return Fraction(value) if isinstance(value, Decimal) else None


def _silent_days(facts: ContactFacts, asking: Asking) -> Fraction | None:
    days = [local_day(order.placed_at, asking.zone) for order in paid_orders(facts, asking)]
    return Fraction((local_day(asking.as_of, asking.zone) - max(days)).days) if days else None


def _score(name: str, facts: ContactFacts, asking: Asking) -> Fraction | None:
    """A buyer's score among all buyers; missing where nobody is ranked."""
    orders, fences = list(paid_orders(facts, asking)), asking.fences.get(name, NO_FENCES)
    if not orders or not fences.least:
        return None
    match name:
        case "recency_score":
            value = max(local_day(order.placed_at, asking.zone) for order in orders).toordinal()
        case "frequency_score":
            value = len(orders)
        case _:
            value = sum(order.amount for order in orders)
    return Fraction(fences.score(value))


def completeness(facts: ContactFacts) -> int:
    """The percentage, rounded down, of the important fields that are known."""
    known = sum(1 for name in COMPLETENESS_FIELDS if _is_known(name, facts))
    return 100 * known // len(COMPLETENESS_FIELDS)


def _is_known(name: str, facts: ContactFacts) -> bool:
    value = getattr(facts.contact, name)
    return bool(fold(value)) if isinstance(value, str) else value is not None
