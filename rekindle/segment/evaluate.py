"""A condition judged in plain Python over one contact's facts: the second reader of the language, and `explain`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from functools import partial
from typing import Any

from ..model.segment import (
    AllOf,
    AnyOf,
    AtLeast,
    Behaviour,
    Condition,
    DateTest,
    Everyone,
    FieldBound,
    FieldTest,
    FlagTest,
    Ignored,
    Imported,
    InSegment,
    KnownTest,
    ListCountTest,
    ListTest,
    NoneOf,
    Not,
    NumberTest,
    Reachable,
    Sample,
    StatusTest,
    TextTest,
    Top,
)
from .asking import Asking
from .behaviours import behaviour_holds
from .catalogue import MOMENT_FIELDS, FieldKind
from .facts import ContactFacts, Population
from .fields import date_of, flag_of, items_of, number_of, text_of
from .found import moment_found, number_found
from .judgement import Judgement, shown
from .membership import (
    ignored_holds,
    imported_holds,
    reachable_holds,
    sample_holds,
    status_holds,
    top_holds,
)
from .value_tests import day_holds, folded_items, list_holds, moment_holds, number_holds, text_holds

NOBODY_ELSE = Population()


def evaluate(condition: Condition, facts: ContactFacts, asking: Asking, population: Population = NOBODY_ELSE) -> bool:
    """Whether `condition` holds for the contact, who must exist at as_of. KeyError for a segment not in `asking`."""
    return judge(condition, facts, asking, population).holds


def judge(condition: Condition, facts: ContactFacts, asking: Asking, population: Population = NOBODY_ELSE) -> Judgement:
    """The whole tree of truth below `condition`, every part judged even where the first decides."""
    if isinstance(condition, AllOf | AnyOf | NoneOf | AtLeast):
        parts = tuple(judge(part, facts, asking, population) for part in condition.parts)
        return Judgement(condition, _joined(condition, parts), _how_many(parts), parts)
    if isinstance(condition, Not):
        part = judge(condition.part, facts, asking, population)
        return Judgement(condition, not part.holds, "", (part,))
    if isinstance(condition, InSegment):
        parts = tuple(judge(asking.segments[name].where, facts, asking, population) for name in condition.names)
        return Judgement(condition, any(part.holds for part in parts), "", parts)
    holds, value = _leaf(condition, facts, asking, population)
    return Judgement(condition, holds, value)


def _joined(condition: AllOf | AnyOf | NoneOf | AtLeast, parts: tuple[Judgement, ...]) -> bool:
    holding = sum(part.holds for part in parts)
    match condition:
        case AllOf():
            return holding == len(parts)
        case AnyOf():
            return holding > 0
        case NoneOf():
            return holding == 0
    return holding >= condition.count


def _how_many(parts: tuple[Judgement, ...]) -> str:
    return f"{sum(part.holds for part in parts)} of {len(parts)} hold"


def _leaf(condition: Condition, facts: ContactFacts, asking: Asking, population: Population) -> tuple[bool, str]:
    match condition:
        case Everyone():
            return True, ""
        case FieldTest(field=field, test=test):
            return field_holds(field, test, facts, asking)
        case Behaviour():
            return behaviour_holds(condition, facts, asking)
        case StatusTest():
            return status_holds(condition, facts, asking)
        case Ignored():
            return ignored_holds(condition, facts, asking)
        case Reachable():
            return reachable_holds(condition, facts, asking)
        case Top():
            return top_holds(condition, facts, asking, population)
        case Sample():
            return sample_holds(condition, facts)
        case Imported():
            return imported_holds(condition, facts, asking)
    raise TypeError(f"{type(condition).__name__} is not a condition that can be judged")


def field_holds(field: str, test: Any, facts: ContactFacts, asking: Asking) -> tuple[bool, str]:
    """Whether a field passes a test, and its value in words."""
    kind = asking.catalogue.fields[field]
    return _FIELD_READERS[kind](field, test, facts, asking)


def _text_field(field: str, test: Any, facts: ContactFacts, _asking: Asking) -> tuple[bool, str]:
    text = text_of(field, facts)
    if isinstance(test, KnownTest):
        return bool(folded_items([text])) is test.wanted, shown(text)
    assert isinstance(test, TextTest)
    return text_holds(test, text), shown(text)


def _number_field(field: str, test: Any, facts: ContactFacts, asking: Asking) -> tuple[bool, str]:
    number = number_of(field, facts, asking)
    if isinstance(test, KnownTest):
        return (number is not None) is test.wanted, _number_words(field, number, facts, asking)
    assert isinstance(test, NumberTest)
    numbers = partial(number_of, facts=facts, asking=asking)
    words = [_number_words(field, number, facts, asking)]
    others = dict.fromkeys(bound.field for bound in test.bounds if isinstance(bound, FieldBound))
    words += [f"{other} is {_number_words(other, numbers(other), facts, asking)}" for other in others]
    return number_holds(test, number, numbers), "; ".join(words)


def _number_words(field: str, number: Fraction | None, facts: ContactFacts, asking: Asking) -> str:
    words = number_found(field, number, asking)
    if field != "overdue" or number is None:
        return words
    silent, gap = (number_of(name, facts, asking) for name in ("silent_days", "usual_gap"))
    return f"{words}: {number_found('silent_days', silent, asking)}, usually {number_found('usual_gap', gap, asking)}"


def _date_field(field: str, test: Any, facts: ContactFacts, asking: Asking) -> tuple[bool, str]:
    value = date_of(field, facts, asking)
    moment = value if isinstance(value, datetime) else None
    words = moment_found(moment, asking) if field in MOMENT_FIELDS else shown(value)
    if isinstance(test, KnownTest):
        return (value is not None) is test.wanted, words
    assert isinstance(test, DateTest)
    return (moment_holds(test, moment, asking) if field in MOMENT_FIELDS else day_holds(test, value, asking)), words


def _flag_field(field: str, test: Any, facts: ContactFacts, _asking: Asking) -> tuple[bool, str]:
    flag = flag_of(field, facts)
    if isinstance(test, KnownTest):
        return (flag is not None) is test.wanted, shown(flag)
    assert isinstance(test, FlagTest)
    return flag is test.wanted, shown(flag)


def _list_field(field: str, test: Any, facts: ContactFacts, asking: Asking) -> tuple[bool, str]:
    items = items_of(field, facts)
    if isinstance(test, ListCountTest):
        count = Fraction(len(folded_items(items)))
        numbers = partial(number_of, facts=facts, asking=asking)
        words = f"{count}: {shown(items)}" if items else shown(count)
        return all(number_holds(one, count, numbers) for one in test.tests), words
    if isinstance(test, KnownTest):
        return bool(folded_items(items)) is test.wanted, shown(items)
    assert isinstance(test, ListTest)
    return list_holds(test, items), shown(items)


_FIELD_READERS: dict[FieldKind, Callable[[str, Any, ContactFacts, Asking], tuple[bool, str]]] = {
    FieldKind.TEXT: _text_field,
    FieldKind.NUMBER: _number_field,
    FieldKind.DATE: _date_field,
    FieldKind.FLAG: _flag_field,
    FieldKind.LIST: _list_field,
}
