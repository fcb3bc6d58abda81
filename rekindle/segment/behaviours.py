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
from .found import NOUNS, how_many, moment_found, money_found
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
    return holds, _in_words(counted, behaviour, facts, asking)


def _in_words(counted: list[Counted], behaviour: Behaviour, facts: ContactFacts, asking: Asking) -> str:
    """What was counted; of none, how many there are at all and when the last was."""
    one, many = NOUNS[behaviour.kind]
    if not counted:
        any_at_all = Behaviour(behaviour.kind, of_organisation=behaviour.of_organisation)
        kept = [row.at for row in counted_of(any_at_all, facts, asking)]
        return f"0 of {_with_moment(kept, one, many, asking)}" if kept else f"0 {many}"
    words = [_with_moment([row.at for row in counted], one, many, asking)]
    if behaviour.firsts and len(counted) > 1:
        words.append(f"the first {moment_found(min(row.at for row in counted), asking)}")
    for aggregate in dict.fromkeys(test.aggregate for test in behaviour.aggregates):
        amount = _aggregate(aggregate, counted, asking)
        words += [f"{aggregate} {money_found(amount, asking)}"] if amount is not None else []
    return "; ".join(words)


def _with_moment(moments: list[datetime], one: str, many: str, asking: Asking) -> str:
    last = "" if len(moments) == 1 else "the last "
    return f"{how_many(len(moments), one, many)}, {last}{moment_found(max(moments), asking)}"


def _aggregate_holds(test: AggregateTest, counted: list[Counted], numbers: NumberOf, asking: Asking) -> bool:
    amount = _aggregate(test.aggregate, counted, asking)
    return amount is not None and number_holds(test.test, amount, numbers)


def _aggregate(aggregate: Aggregate, counted: list[Counted], asking: Asking) -> Fraction | None:
    """What is made of the amounts, in major units; a total of none is 0, the others of none are missing."""
    amounts = [one.amount or 0 for one in counted]
    if not amounts and aggregate is not Aggregate.TOTAL:
        return None
    match aggregate:
        case Aggregate.TOTAL:
            made = Fraction(sum(amounts))
        case Aggregate.AVERAGE:
            made = Fraction(sum(amounts), len(amounts))
        case Aggregate.LARGEST:
            made = Fraction(max(amounts))
        case Aggregate.SMALLEST:
            made = Fraction(min(amounts))
    return made / asking.money_unit


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
        kinds = {fold(kind) for kind in _kinds(behaviour)}
        for activity in _activities(behaviour, facts, asking):
            if not kinds or fold(activity.kind) in kinds:
                yield Counted(activity.occurred_at)
    elif behaviour.kind is BehaviourKind.MAILED:
        for letter in facts.letters:
            if not behaviour.campaigns or letter.campaign in behaviour.campaigns:
                yield Counted(letter.sent_at)
    else:
        yield from _events(behaviour, facts)


def _kinds(behaviour: Behaviour) -> tuple[str, ...]:
    """The kinds of activity that count; none for all (which no file can ask for, but an explanation does)."""
    return (INQUIRY,) if behaviour.kind is BehaviourKind.INQUIRED else behaviour.activities


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
