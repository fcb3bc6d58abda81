"""A behaviour judged over one contact's orders, activities, letters and events (LANGUAGE 2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import partial

from ..model.folding import fold
from ..model.order import Activity, Order, OrderStatus
from ..model.segment import Aggregate, AggregateTest, Behaviour, BehaviourKind, KnownTest, TextTest
from .asking import Asking
from .catalogue import ACTIVITY_BEHAVIOURS, INQUIRY, ORDER_BEHAVIOURS
from .facts import ContactFacts
from .fields import number_of
from .judgement import shown
from .value_tests import NumberOf, moment_holds, number_holds, text_holds


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing that counts; `amount` in minor units, None for what has none."""

    at: datetime
    amount: int | None = None


def behaviour_holds(behaviour: Behaviour, facts: ContactFacts, asking: Asking) -> tuple[bool, str]:
    """Whether it holds, and what was counted, in words."""
    counted = list(counted_of(behaviour, facts, asking))
    numbers = partial(number_of, facts=facts, asking=asking)
    holds = (
        all(number_holds(test, Fraction(len(counted))) for test in behaviour.counts)
        and all(_aggregate_holds(test, counted, numbers, asking) for test in behaviour.aggregates)
        and all(moment_holds(test, min((c.at for c in counted), default=None), asking) for test in behaviour.firsts)
        and all(moment_holds(test, max((c.at for c in counted), default=None), asking) for test in behaviour.lasts)
    )
    return holds, _in_words(counted, behaviour, asking)


def _in_words(counted: list[Counted], behaviour: Behaviour, asking: Asking) -> str:
    if not counted:
        return "0"
    last = max(one.at for one in counted).astimezone(asking.zone)
    words = f"{len(counted)}, last {shown(last)}"
    if behaviour.aggregates:
        words += f", total {shown(Fraction(sum(one.amount or 0 for one in counted), asking.money_unit))}"
    return words


def _aggregate_holds(test: AggregateTest, counted: list[Counted], numbers: NumberOf, asking: Asking) -> bool:
    amounts = [one.amount or 0 for one in counted]
    if test.aggregate is Aggregate.TOTAL:
        return number_holds(test.test, Fraction(sum(amounts), asking.money_unit), numbers)
    if not amounts:
        return False
    made = {Aggregate.AVERAGE: Fraction(sum(amounts), len(amounts)), Aggregate.LARGEST: Fraction(max(amounts))}
    return number_holds(test.test, made.get(test.aggregate, Fraction(min(amounts))) / asking.money_unit, numbers)


def counted_of(behaviour: Behaviour, facts: ContactFacts, asking: Asking) -> Iterator[Counted]:
    """What counts: of the right kind, not after as_of, in the asked time, passing the filters."""
    for one in _rows(behaviour, facts, asking):
        if one.at <= asking.as_of and all(moment_holds(test, one.at, asking) for test in behaviour.times):
            yield one


def _rows(behaviour: Behaviour, facts: ContactFacts, asking: Asking) -> Iterator[Counted]:
    if behaviour.kind in ORDER_BEHAVIOURS:
        numbers = partial(number_of, facts=facts, asking=asking)
        for order in _orders(behaviour, facts, asking):
            if _order_counts(order, behaviour, numbers, asking):
                yield Counted(order.placed_at, order.amount)
    elif behaviour.kind in ACTIVITY_BEHAVIOURS:
        kinds = {fold(kind) for kind in behaviour.activities or (INQUIRY,)}
        for activity in _activities(behaviour, facts, asking):
            if fold(activity.kind) in kinds:
                yield Counted(activity.occurred_at)
    elif behaviour.kind is BehaviourKind.MAILED:
        for letter in facts.letters:
            if not behaviour.campaigns or letter.campaign in behaviour.campaigns:
                yield Counted(letter.sent_at)
    else:
        yield from _events(behaviour, facts)


def _events(behaviour: Behaviour, facts: ContactFacts) -> Iterator[Counted]:
    people_only = behaviour.kind in (BehaviourKind.OPENED, BehaviourKind.CLICKED) and not behaviour.machines_too
    for event in facts.events:
        if event.kind != behaviour.kind or (people_only and event.machine):
            continue
        if not behaviour.campaigns or event.campaign in behaviour.campaigns:
            yield Counted(event.occurred_at)


def _orders(behaviour: Behaviour, facts: ContactFacts, asking: Asking) -> Iterable[Order]:
    yield from facts.orders
    if behaviour.of_organisation:
        for colleague in facts.colleagues:
            yield from colleague.orders if colleague.exists_from <= asking.as_of else ()


def _activities(behaviour: Behaviour, facts: ContactFacts, asking: Asking) -> Iterable[Activity]:
    yield from facts.activities
    if behaviour.of_organisation:
        for colleague in facts.colleagues:
            yield from colleague.activities if colleague.exists_from <= asking.as_of else ()


def _order_counts(order: Order, behaviour: Behaviour, numbers: NumberOf, asking: Asking) -> bool:
    if behaviour.kind is BehaviourKind.BOUGHT and order.status != OrderStatus.PAID:
        return False
    if not all(_named(test, order.status) for test in behaviour.statuses):
        return False
    if not all(number_holds(test, Fraction(order.amount, asking.money_unit), numbers) for test in behaviour.amounts):
        return False
    if not behaviour.products and not behaviour.categories:
        return True
    return any(
        all(_named(test, item.product) for test in behaviour.products)
        and all(_named(test, item.category) for test in behaviour.categories)
        for item in order.items
    )


def _named(test: TextTest | KnownTest, text: str) -> bool:
    if isinstance(test, KnownTest):
        return bool(fold(text)) is test.wanted
    return text_holds(test, text)
