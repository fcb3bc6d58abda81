"""Random conditions as a marketer might write them: every field, operator, behaviour and set condition."""

from __future__ import annotations

from random import Random
from typing import Any

from rekindle.model.segment import BehaviourKind
from rekindle.segment.catalogue import (
    ACTIVITY_BEHAVIOURS,
    COUNT_KEYS,
    NUMBER_FIELDS,
    ORDER_BEHAVIOURS,
    TIME_KEYS,
    FieldKind,
    behaviour_keys,
)

from .random_world import CAMPAIGNS, SPANS, STATUSES, TEXTS, catalogue

FIELDS = catalogue().fields
WHENS = (
    "2026-11-01",
    "2026-08-03",
    "2026-05-01T12:00",
    "90 days ago",
    "6 months ago",
    "today",
    "yesterday",
    "2024-02-29",
)
CALENDAR = ("this month", "last month", "this week", "last week", "this quarter", "last year", "this year")
PARTS = ("photo", "ПЧЕЛКА", "%", "_", "fi", "a b", "о")
PATTERNS = ("*graph*", "?????", "*ё*", "100%", "a_?", "*")
NUMBERS = ("0", "1", "2", "0.5", "2.5", "10", "10.5", "12.345678", "30", "90", "-3", "33.333", "999999999999999")
NUMBER_NAMES = [name for name, kind in FIELDS.items() if kind is FieldKind.NUMBER]


def condition(random: Random, depth: int = 3) -> Any:
    """One condition, nested at most `depth` deep."""
    if depth and random.random() < 0.45:
        return _nested(random, depth - 1)
    kind = random.random()
    if kind < 0.45:
        name = random.choice(list(FIELDS))
        return {name: _test(random, name)}
    if kind < 0.8:
        behaviour = random.choice(list(BehaviourKind))
        return {random.choice(("", "not_")) + behaviour: _behaviour(random, behaviour)}
    return _other(random)


def _nested(random: Random, depth: int) -> Any:
    parts = [condition(random, depth) for _ in range(random.randrange(4))]
    match random.randrange(6):
        case 0:
            return {"not": condition(random, depth)}
        case 1:
            return {"at_least": {"count": random.randrange(4), "of": parts}}
        case 2:
            return {"none": parts}
        case 3:
            return parts
    return {random.choice(("all", "any")): parts}


def _some(random: Random, values: tuple[str, ...]) -> list[str]:
    wanted = [value for value in random.sample(values, random.randint(1, 3)) if value.strip()]
    return wanted or ["fish"]


def _text(random: Random) -> str:
    return random.choice([text for text in TEXTS if text.strip()])


def _test(random: Random, name: str) -> Any:
    if random.random() < 0.1:
        return {"known": random.random() < 0.5}
    match FIELDS[name]:
        case FieldKind.TEXT:
            return (
                _text_test(random)
                if name not in ("gender", "kind")
                else {"is_not": "f" if name == "gender" else "person"}
            )
        case FieldKind.NUMBER:
            return number_test(random)
        case FieldKind.DATE:
            return date_test(random)
        case FieldKind.FLAG:
            return random.random() < 0.5
    operator = random.choice(("has", "has_any", "has_all", "has_none", "count"))
    if operator == "count":
        return {"count": number_test(random)}
    return {operator: _text(random) if operator == "has" else _some(random, TEXTS)}


def _text_test(random: Random) -> Any:
    match random.randrange(5):
        case 0:
            return _text(random)
        case 1:
            return _some(random, TEXTS)
        case 2:
            return {random.choice(("in", "not_in")): _some(random, TEXTS)}
        case 3:
            return {"matches": random.choice(PATTERNS)}
    operator = random.choice(("is", "is_not", "contains", "not_contains", "starts_with", "ends_with"))
    return {operator: random.choice(PARTS), **({"is_not": _text(random)} if random.random() < 0.3 else {})}


def number_test(random: Random) -> Any:
    """A number test, sometimes against another field."""
    if random.random() < 0.2:
        operator = random.choice(("is", "is_not", "more_than", "at_least", "less_than", "at_most"))
        times = {"times": random.choice(("0.5", "2", "-1", "1.333"))} if random.random() < 0.6 else {}
        return {operator: {"field": random.choice(NUMBER_NAMES)} | times}
    return _constant_test(random)


def _constant_test(random: Random) -> Any:
    match random.randrange(4):
        case 0:
            return random.choice(NUMBERS)
        case 1:
            return {random.choice(("in", "not_in")): random.sample(NUMBERS, 2)}
        case 2:
            return {"between": sorted(random.sample(NUMBERS, 2), key=float)}
    return {random.choice(("is_not", "more_than", "at_least", "less_than", "at_most")): random.choice(NUMBERS)}


def date_test(random: Random) -> Any:
    """A date test of any operator."""
    operator = random.choice(
        ("on", "before", "since", "between", "within", "older_than", "in", "in_next", "anniversary", "month")
    )
    return {operator: _date_value(random, operator)}


def _date_value(random: Random, operator: str) -> Any:
    match operator:
        case "on":
            return random.choice(("2026-10-31", "2026-11-01", "2026-08-03"))
        case "before" | "since":
            return random.choice(WHENS)
        case "between":
            return random.choice((["2026-05-01", "2026-08-03"], ["90 days ago", "today"], ["today", "90 days ago"]))
        case "in":
            return random.choice(CALENDAR)
        case "anniversary":
            return {"in_next": random.choice(("7 days", "1 year", "4 months", "36 hours", "0 days"))}
        case "month":
            return random.choice(("11", ["2", "10"], ["8"]))
    return random.choice(SPANS)


def _behaviour(random: Random, kind: BehaviourKind) -> Any:
    if random.random() < 0.15 and kind is not BehaviourKind.DID:
        return random.random() < 0.5
    wanted = {key: _KEYS[key](random) for key in behaviour_keys(kind) if key in _KEYS and random.random() < 0.13}
    if kind is BehaviourKind.DID:
        wanted["activity"] = random.choice(("visit", "call", ["Visit", "INQUIRY"]))
    if kind in ORDER_BEHAVIOURS | ACTIVITY_BEHAVIOURS and random.random() < 0.2:
        wanted["of"] = "organisation"
    return wanted or {"at_least": "1"}


_KEYS: dict[str, Any] = {
    **{key: lambda random, key=key: _date_value(random, key) for key in TIME_KEYS},
    **dict.fromkeys(COUNT_KEYS, lambda random: str(random.randrange(4))),
    **dict.fromkeys(("total", "average", "largest", "smallest", "amount"), number_test),
    **dict.fromkeys(("product", "category"), _text_test),
    **dict.fromkeys(("first", "last"), date_test),
    "status": lambda random: random.choice(("open", ["paid", "refunded"], {"is_not": "paid"})),
    "campaign": lambda random: random.choice((CAMPAIGNS[0], list(CAMPAIGNS), "never-was")),
    "counting": lambda random: "all",
}  # fmt: skip


def _other(random: Random) -> Any:
    span = random.choice(SPANS)
    return random.choice((
        {"everyone": True},
        {"status": random.choice((STATUSES[0], list(STATUSES[:2])))},
        {"status": {"in": list(STATUSES[:2]), "for_at_least": span}},
        {"status": {"entered": span}},
        {"status": {"is_not": STATUSES[1]}},
        {"ignored": {"last": str(random.randint(1, 4))}},
        {"ignored": {"within": span, "at_least": str(random.randint(1, 3))}},
        {"reachable": random.random() < 0.5},
        {"reachable": {"topic": random.choice(("offers", "news"))}},
        {"top": {"share": random.choice(("20%", "33.3%", "100%", "0%")), "by": random.choice(("revenue", "orders"))}},
        {"top": {"share": "50%", "within": span}},
        {"sample": {"share": random.choice(("10%", "50%", "0%", "100%")), "salt": random.choice(("a", "б"))}},
        {"imported": {"source": random.choice(("shop", "crm", "never"))}},
        {"imported": {"within": span}},
        {"confirmed": {"within": span}},
        {"segment": random.choice(("first", ["first", "second"]))},
    ))  # fmt: skip


assert set(NUMBER_FIELDS) <= set(NUMBER_NAMES)
