"""What a random world holds, told to whoever makes up conditions: so that they fall on either side of somebody."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random

from rekindle.model.when import local_day
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import FieldKind
from rekindle.segment.facts import ContactFacts
from rekindle.segment.fields import items_of, number_of, text_of

from .random_tree import Hints

MOST = 12
"""So many values of a field are told."""


def hints_of(random: Random, facts: Iterable[ContactFacts], asking: Asking) -> Hints:
    """What these contacts are and have, as conditions may name it."""
    known = list(facts)
    values: dict[str, list[str]] = {}
    for name, kind in asking.catalogue.fields.items():
        if kind is FieldKind.NUMBER:
            numbers = {number_of(name, one, asking) for one in known} - {None}
            values[name] = [written_number(number) for number in numbers if number is not None]
        elif kind is FieldKind.TEXT:
            values[name] = list({text_of(name, one) for one in known})
        elif kind is FieldKind.LIST:
            values[name] = list({item for one in known for item in items_of(name, one)})
    orders = [order for one in known for order in one.orders]
    values["amount"] = list({written_number(Fraction(order.amount, asking.money_unit)) for order in orders})
    moments = [order.placed_at for order in orders] + [letter.sent_at for one in known for letter in one.letters]
    moments += [event.occurred_at for one in known for event in one.events] + [asking.as_of]
    local = [moment.astimezone(asking.zone) for moment in random.sample(moments, min(MOST, len(moments)))]
    days = {str(moment.date()) for moment in local} | {str(local_day(asking.as_of, asking.zone)), "2024-02-29"}
    some = {name: random.sample(sorted(texts), min(MOST, len(texts))) for name, texts in values.items()}
    written = {moment.replace(tzinfo=None).isoformat() for moment in local} | {one.isoformat() for one in local[:3]}
    return Hints(some, sorted(days), sorted(written))


def written_number(number: Fraction) -> str:
    """The number, or where no decimals tell it the nearest below."""
    return f"{Decimal(floor(number * 10**9)).scaleb(-9):f}"
