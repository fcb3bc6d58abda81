"""What a template sees: frozen records of plain values, made anew for each letter from that letter's facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ..model.configuration import Sender
from ..model.contact import TEXT_FIELDS, AttributeKind, Contact
from ..model.money import to_major
from ..model.order import Order, OrderItem, OrderStatus

MARK = "\x1a"
"""Stands around the number of a hole in a filled letter; taken out of every value, so that nobody can forge one."""


@dataclass(frozen=True, slots=True)
class LetterStyle:
    """How values look, and which names a workspace adds: its `attributes`, the keys of the campaign's `offers`.

    `offer_fields` None: not known here, so a misspelt one is found only while filling.
    """

    locale: str = "en_GB"
    zone: tzinfo = field(default_factory=lambda: ZoneInfo("UTC"))
    currency: str = "EUR"
    attributes: Mapping[str, AttributeKind] = field(default_factory=dict)
    offer_fields: tuple[str, ...] | None = None


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class LetterFacts(NamedTuple):
    """All that one letter may say (a named tuple, as a contact is).

    `orders` newest first; `offer` None where the contact is offered nothing; `popular` products as texts or as mappings
    of POPULAR_FIELDS; `campaign` a mapping of CAMPAIGN_FIELDS; `as_of` aware.
    """

    contact: Contact
    orders: Sequence[Order] = ()
    offer: Mapping[str, str] | None = None
    offers: Sequence[Mapping[str, str]] = ()
    popular: Sequence[str | Mapping[str, Any]] = ()
    campaign: Mapping[str, Any] = _NOTHING
    organisation: Sender = Sender()
    as_of: datetime = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """What letters may say of a contact that does not stand in its own row, and so has to be read."""

    tags: bool = True
    attributes: bool = True
    orders: bool = True
    items: bool = True
    popular: bool = True


Reader = Callable[[Any], Any]


class Values(dict[str, Any]):
    """The values of one subject, each read when a template first asks for it; None where there is none."""

    __slots__ = ("_readers", "_subject")

    def __init__(self, readers: Mapping[str, Reader], subject: Any) -> None:
        super().__init__()
        self._readers = readers
        self._subject = subject

    def __missing__(self, name: str) -> Any:
        read = self._readers.get(name)
        value = read(self._subject) if read is not None else None
        self[name] = value = value if _has_value(value) else None
        return value


class Given(dict[str, Any]):
    """The values of a record that is known whole; None where there is none."""

    __slots__ = ()

    def __missing__(self, name: str) -> None:
        return None


class Record:
    """Named values that a template reads with a dot. A `known` name without a value is missing, another is an error.

    `printed`: fields as they have been printed into HTML.
    """

    __slots__ = ("known", "name", "printed", "shown", "values")

    def __init__(
        self, name: str, values: Values | Given, known: frozenset[str] | None, shown: str | None = None
    ) -> None:
        self.name = name
        self.values = values
        self.known = known
        self.shown = shown
        self.printed: dict[str, str] = {}

    def __bool__(self) -> bool:
        return isinstance(self.values, Values) or bool(self.values)

    def __str__(self) -> str:
        if self.shown is None:
            raise ValueError(f"{self.name} has many fields; print one of them, such as {{{{ {self.name}.name }}}}")
        return self.shown


class PersonName(str):
    """A part of a person's name that remembers what it is, so that `case` can decline it."""

    __slots__ = ("gender", "part")
    part: str
    gender: str

    @classmethod
    def of(cls, text: str, part: str, gender: str) -> PersonName:
        """`part` is first_name, last_name or patronymic; `gender` m, f or unknown."""
        name = cls(text)
        name.part, name.gender = part, gender
        return name


NAME_PARTS = frozenset(["first_name", "last_name", "patronymic"])
COUNTED_FIELDS = frozenset(["orders", "revenue", "average_order", "first_order_at", "last_order_at", "silent_days"])
"""Those of a contact's fields that follow from its orders."""
_PLAIN = frozenset(["created_at", "confirmed_at", "birthday", "next_contact_on", "tags"])
CONTACT_FIELDS = frozenset(TEXT_FIELDS) | _PLAIN | COUNTED_FIELDS
ORDER_FIELDS = frozenset(["number", "placed_at", "amount", "status", "code", "discount", "items"])
ITEM_FIELDS = frozenset(["product", "category", "quantity", "price"])
POPULAR_FIELDS = frozenset(["product", "category", "price", "orders", "buyers", "url", "image"])
CAMPAIGN_FIELDS = frozenset(["name", "description", "topic", "period", "step", "arm"])
ORGANISATION_FIELDS = frozenset(["name", "address", "url"])
LINK_FIELDS = frozenset(["unsubscribe", "preferences", "browser"])


def clean(text: str) -> str:
    """`text` without the mark of holes."""
    return text.replace(MARK, "") if MARK in text else text


def _has_value(value: Any) -> bool:
    return value is not None and value != "" and not (isinstance(value, str) and value.isspace())


class ContactValues:
    """How each field of a contact is read from the facts of a letter; `declined`: names are put into cases.

    `fields`: those that the templates may ask for; the facts need not hold the others, which are refused.
    """

    def __init__(self, style: LetterStyle, fields: Set[str], *, declined: bool) -> None:
        self._style = style
        self._declined = declined
        self.known = CONTACT_FIELDS | frozenset(style.attributes)
        self._readers = {name: self._reader(name) if name in fields else _unread(name) for name in self.known}

    def record(self, facts: LetterFacts) -> Record:
        """The contact of `facts` as a template sees it."""
        return Record("contact", Values(self._readers, facts), self.known)

    def _reader(self, name: str) -> Callable[[LetterFacts], Any]:
        zone = self._style.zone
        if name in self._style.attributes and name not in CONTACT_FIELDS:
            return self._attribute_reader(name)
        if name in NAME_PARTS and self._declined:
            return lambda facts: PersonName.of(clean(getattr(facts.contact, name)), name, facts.contact.gender)
        if name in COUNTED_FIELDS:
            return lambda facts: _counted(name, facts, self._style)
        if name.endswith("_at"):
            return lambda facts: _local(getattr(facts.contact, name), zone)
        return lambda facts: _plain(getattr(facts.contact, name))

    def _attribute_reader(self, name: str) -> Callable[[LetterFacts], Any]:
        absent = () if self._style.attributes[name] is AttributeKind.LIST else None
        return lambda facts: _plain(facts.contact.attributes.get(name, absent))


def _unread(name: str) -> Reader:
    def refuse(_: LetterFacts) -> Any:
        raise LookupError(f"contact.{name} was not read for this letter, for nothing in it names it so")

    return refuse


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return tuple(clean(str(item)) for item in value)
    return value


def _local(moment: datetime | None, zone: tzinfo) -> datetime | None:
    return moment.astimezone(zone) if moment is not None else None


def _counted(name: str, facts: LetterFacts, style: LetterStyle) -> Any:
    """What follows from the contact's own paid orders (LANGUAGE 2.1)."""
    paid = [order for order in facts.orders if order.status == OrderStatus.PAID]
    if name == "orders":
        return len(paid)
    total = sum(order.amount for order in paid)
    if name == "revenue":
        return to_major(total, style.currency)
    if not paid:
        return None
    if name == "average_order":
        return to_major(total, style.currency) / len(paid)
    moments = [order.placed_at.astimezone(style.zone) for order in paid]
    if name == "silent_days":
        return (facts.as_of.astimezone(style.zone).date() - max(moments).date()).days
    return min(moments) if name == "first_order_at" else max(moments)


class OrderValues:
    """How each field of an order is read."""

    def __init__(self, style: LetterStyle) -> None:
        def major(minor: int | None) -> Decimal | None:
            return None if minor is None else to_major(minor, style.currency)

        self._readers: dict[str, Reader] = {
            "number": lambda order: clean(order.number),
            "placed_at": lambda order: order.placed_at.astimezone(style.zone),
            "amount": lambda order: major(order.amount),
            "status": lambda order: str(order.status),
            "code": lambda order: clean(order.code),
            "discount": lambda order: major(order.discount),
            "items": lambda order: tuple(map(_item_record, order.items)),
        }

    def records(self, orders: Sequence[Order]) -> tuple[Record, ...]:
        """The contact's orders, newest first, amounts in major units."""
        return tuple(Record("order", Values(self._readers, order), ORDER_FIELDS) for order in orders)


_ITEM_READERS: Mapping[str, Reader] = {
    "product": lambda item: clean(item.product),
    "category": lambda item: clean(item.category),
    "quantity": lambda item: item.quantity,
    "price": lambda item: item.price,
}


def _item_record(item: OrderItem) -> Record:
    return Record("item", Values(_ITEM_READERS, item), ITEM_FIELDS, clean(item.product))


def given_record(
    name: str, written: Mapping[str, Any], known: frozenset[str] | None, shown: str | None = None
) -> Record:
    """A record of values that are at hand, such as an offer's; an empty one is a missing one."""
    values = Given((key, _plain(value)) for key, value in written.items() if _has_value(value))
    return Record(name, values, known, shown)


def popular_records(products: Sequence[str | Mapping[str, Any]]) -> tuple[Record, ...]:
    """What buyers alike buy most; printed as it stands it is the product's name."""
    rows = [{"product": product} if isinstance(product, str) else product for product in products]
    return tuple(given_record("popular", row, POPULAR_FIELDS, clean(str(row.get("product", "")))) for row in rows)


def moment_of(value: Any, zone: tzinfo) -> date | datetime:
    """A date or a local moment from what a template holds; a text is read as ISO 8601. Raises ValueError."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(zone) if value.tzinfo else value
    if isinstance(value, date):
        return value
    raise ValueError(f"'{value}' is not a date")


def decimal_of(value: Any) -> Decimal:
    """An exact number from what a template holds. Raises ValueError."""
    try:
        number = Decimal(str(value).replace(",", ".").replace(" ", "").replace("\N{NO-BREAK SPACE}", ""))
    except ArithmeticError as error:
        raise ValueError(f"'{value}' is not a number") from error
    if isinstance(value, bool) or not number.is_finite():
        raise ValueError(f"'{value}' is not a number")
    return number
