"""Random conditions as a marketer might write them: every field, operator, behaviour and set condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from rekindle.model.segment import BehaviourKind
from rekindle.segment.catalogue import (
    ACTIVITY_BEHAVIOURS,
    AGGREGATE_KEYS,
    CLOSED_VALUES,
    COUNT_KEYS,
    NUMBER_FIELDS,
    ORDER_BEHAVIOURS,
    TIME_KEYS,
    FieldKind,
    behaviour_keys,
)

from .random_world import CAMPAIGNS, SPANS, STATUSES, TEXTS, WARMTHS, catalogue

FIELDS = catalogue().fields
DAYS = ("2026-10-31", "2026-11-01", "2026-08-03", "2026-05-01", "2024-02-29")
MOMENTS = ("2026-05-01T12:00", "2026-03-08T02:30", "2026-11-01T01:30:00.000001", "2026-08-03T00:00Z")
WORDS = ("today", "yesterday")
CALENDAR = tuple(f"{which} {unit}" for which in ("this", "last") for unit in ("week", "month", "quarter", "year"))
PARTS = ("photo", "ПЧЕЛКА", "%", "_", "fi", "a b", "о", "ﬁ", "s", "ё", "'", "\\", "ss", "?")
PATTERNS = ("*graph*", "?????", "*ё*", "100%", "a_?", "*", "*?*", "**s*s*", "Ｆ*", "?", "*\\*")
NUMBERS = ("0", "1", "2", "0.5", "2.5", "10", "10.5", "12.345678", "30", "90", "-3", "33.333", "999999999999999")
SHARES = ("20%", "33.3%", "100%", "0%", "0.5", "12.345%", ".001")
NUMBER_NAMES = [name for name, kind in FIELDS.items() if kind is FieldKind.NUMBER]
MONEY = "revenue"
ORDERING = sorted(ORDER_BEHAVIOURS)


@dataclass(frozen=True)
class Hints:
    """What a world holds, written as a marketer would: conditions that name it fall on either side of somebody.

    `values` by field (`amount`: of one order), `moments` and `days` at which things happened or a span begins.
    """

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    days: Sequence[str] = DAYS
    moments: Sequence[str] = MOMENTS


NOTHING = Hints()


def condition(random: Random, depth: int = 3, hints: Hints = NOTHING) -> Any:
    """One condition, nested at most `depth` deep."""
    return _Writer(random, hints).condition(depth)


class _Writer:
    def __init__(self, random: Random, hints: Hints) -> None:
        self.random = random
        self.hints = hints

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def one(self, of: Sequence[Any]) -> Any:
        return self.random.choice(of)

    # --- the tree ---------------------------------------------------------------------------------------------------

    def condition(self, depth: int) -> Any:
        if depth and self.chance(0.4):
            return self.nested(depth - 1)
        kind = self.random.random()
        if kind < 0.35:
            name = self.one(list(FIELDS))
            return {name: self.test(name)}
        if kind < 0.8:
            behaviour = self.one((*BehaviourKind, *ORDERING, *ORDERING))
            return {self.one(("", "", "not_")) + behaviour: self.behaviour(behaviour)}
        return self.other()

    def nested(self, depth: int) -> Any:
        parts = [self.condition(depth) for _ in range(self.one((0, 1, 2, 2, 2, 3, 3, 4)))]
        match self.random.randrange(7):
            case 0:
                return {"not": self.condition(depth)}
            case 1:
                return {"at_least": {"count": self.random.randint(0, len(parts)), "of": parts}}
            case 2:
                return {"none": parts}
            case 3:
                return parts
            case 4:
                return {key: value for part in parts if isinstance(part, dict) for key, value in part.items()} or parts
        return {self.one(("all", "any", "any")): parts}

    # --- fields -----------------------------------------------------------------------------------------------------

    def test(self, name: str) -> Any:
        if self.chance(0.07):
            return {"known": self.chance(0.5)}
        match FIELDS[name]:
            case FieldKind.TEXT if name in CLOSED_VALUES:
                return self.closed_test(CLOSED_VALUES[name])
            case FieldKind.TEXT:
                return self.text_test(name)
            case FieldKind.NUMBER:
                return self.number_test(name)
            case FieldKind.DATE:
                return self.date_test()
            case FieldKind.FLAG:
                return self.chance(0.5)
        return self.list_test(name)

    def list_test(self, name: str) -> Any:
        operator = self.one(("", "has", "has_any", "has_all", "has_none", "count"))
        if operator == "count":
            return {"count": self.number_test("count")}
        value = self.text(name) if operator in ("", "has") else self.texts(name)
        return {operator: value} if operator else value

    def closed_test(self, values: Sequence[str]) -> Any:
        operator = self.one(("", "is", "is_not", "in", "not_in", "contains", "matches"))
        if operator == "matches":
            return {"matches": self.one(("?", "*o*"))}
        value = list(values[:1]) if operator in ("in", "not_in") else self.one(values)
        return {operator: value} if operator else value

    def text(self, name: str = "") -> str:
        """Something that somebody has there, or anything; spelt so that only folding finds it again."""
        known = [text for text in self.hints.values.get(name, ()) if text.strip()]
        text = self.one(known) if known and self.chance(0.6) else self.one([one for one in TEXTS if one.strip()])
        return str(self.one((text, text, text.upper(), f" {text}  ", text.replace(" ", "\u00a0 "))))

    def texts(self, name: str) -> list[str]:
        return [self.text(name) for _ in range(self.random.randint(1, 3))]

    def text_test(self, name: str) -> Any:
        match self.random.randrange(6):
            case 0:
                return self.text(name)
            case 1:
                return self.texts(name)
            case 2:
                return {self.one(("in", "not_in")): self.texts(name)}
            case 3:
                return {"matches": self.pattern(name)}
        operator = self.one(("is", "is_not", "contains", "not_contains", "starts_with", "ends_with"))
        value = self.text(name) if operator.startswith("is") else self.piece(name)
        return {operator: value, **({"is_not": self.text(name)} if self.chance(0.2) else {})}

    def piece(self, name: str) -> str:
        """A beginning, an end or something within a text."""
        text = self.text(name).strip()
        low, high = sorted((self.random.randint(0, len(text)), self.random.randint(0, len(text))))
        piece = self.one((text[low:high], text[:high], text[low:], self.one(PARTS)))
        return piece if piece.strip() else str(self.one(PARTS))

    def pattern(self, name: str) -> str:
        text = self.text(name).strip()
        at = self.random.randrange(len(text))
        return str(self.one((self.one(PATTERNS), text[:at] + "*", text[:at] + "?" + text[at + 1 :], "*" + text[at:])))

    # --- numbers ----------------------------------------------------------------------------------------------------

    def number(self, name: str) -> str:
        known = self.hints.values.get(name, ())
        return str(self.one(known) if known and self.chance(0.75) else self.one(NUMBERS))

    def number_test(self, name: str) -> Any:
        """A number test, sometimes against another field, sometimes of two operators."""
        first = self.one_number_test(name)
        if isinstance(first, dict) and self.chance(0.1):
            second = self.one_number_test(name)
            return first | (second if isinstance(second, dict) else {})
        return first

    def one_number_test(self, name: str) -> Any:
        operators = ("is", "is_not", "more_than", "at_least", "less_than", "at_most")
        match self.random.randrange(8):
            case 0:
                return {self.one(operators): self.field_bound()}
            case 1:
                bounds: list[Any] = [self.field_bound(), self.number(name)]
                self.random.shuffle(bounds)
                return {self.one(("in", "not_in", "between")): bounds}
            case 2:
                return self.number(name)
            case 3:
                return {self.one(("in", "not_in")): [self.number(name), self.number(name)]}
            case 4:
                return {"between": sorted((self.number(name), self.number(name)), key=float)}
        return {self.one(operators): self.number(name)}

    def field_bound(self) -> Any:
        times = {"times": self.one(("0.5", "2", "-1", "1.333", "0"))} if self.chance(0.6) else {}
        return {"field": self.one(NUMBER_NAMES)} | times

    # --- times ------------------------------------------------------------------------------------------------------

    def date_test(self) -> Any:
        """A date test of any operator, a plain date, or two operators."""
        if self.chance(0.07):
            return self.one((self.day(), [self.day(), self.day()]))
        operators = (
            "on",
            "before",
            "since",
            "between",
            "within",
            "older_than",
            "in",
            "in_next",
            "anniversary",
            "month",
        )
        wanted = self.random.sample(operators, 2 if self.chance(0.1) else 1)
        return {operator: self.time(operator) for operator in wanted}

    def day(self) -> str:
        return str(self.one(self.hints.days))

    def when(self) -> str:
        kind = self.random.randrange(4)
        spoken = (self.one(self.hints.moments), self.day(), f"{self.one(SPANS)} ago", self.one(WORDS))
        return str(spoken[kind])

    def time(self, operator: str) -> Any:
        match operator:
            case "on":
                return self.day()
            case "before" | "since":
                return self.when()
            case "between":
                days = sorted((self.day(), self.day()))
                return self.one((days, [f"{self.one(SPANS)} ago", self.when_late()], [self.when(), "today"]))
            case "in":
                return self.one(CALENDAR)
            case "anniversary":
                return {"in_next": self.one(("7 days", "1 year", "4 months", "36 hours", "0 days", "2 weeks"))}
            case "month":
                return self.one((str(self.random.randint(1, 12)), ["2", "10", "11"], ["8", "5", "12"]))
        return self.one(SPANS)

    def when_late(self) -> str:
        return str(self.one((*WORDS, self.one(self.hints.moments), "1 day ago")))

    # --- behaviours -------------------------------------------------------------------------------------------------

    def behaviour(self, kind: BehaviourKind) -> Any:
        if self.chance(0.1) and kind is not BehaviourKind.DID:
            return self.chance(0.5)
        keys = [key for key in behaviour_keys(kind) if key not in ("activity", "of")]
        chosen = self.random.sample(keys, self.one((1, 1, 1, 2, 2, 3, 4)))
        wanted = {key: self.under(key) for key in chosen}
        if kind is BehaviourKind.DID:
            wanted["activity"] = self.one(("visit", "call", ["Visit", "INQUIRY"]))
        if kind in ORDER_BEHAVIOURS | ACTIVITY_BEHAVIOURS and self.chance(0.2):
            wanted["of"] = "organisation"
        return wanted

    def under(self, key: str) -> Any:
        if key in TIME_KEYS:
            return self.time(key)
        if key in COUNT_KEYS:
            return str(self.random.randrange(4))
        if key in (*AGGREGATE_KEYS, "amount"):
            return self.number_test(MONEY if key == "total" else "amount")
        if key in ("first", "last"):
            return self.date_test()
        match key:
            case "product" | "category":
                return {"known": self.chance(0.5)} if self.chance(0.1) else self.text_test(key)
            case "status":
                return self.one(("open", ["paid", "refunded"], {"is_not": "paid"}, {"contains": "e"}, {"known": True}))
            case "campaign":
                return self.one((CAMPAIGNS[0], CAMPAIGNS[1], list(CAMPAIGNS), "never-was"))
        assert key == "counting"
        return "all"

    # --- the others -------------------------------------------------------------------------------------------------

    def other(self) -> Any:
        match self.random.randrange(9):
            case 0:
                return self.status()
            case 1:
                return self.one(({"everyone": True}, {"segment": self.one(("first", ["first", "second"]))}))
            case 2:
                return {"ignored": {"last": str(self.random.randint(1, 4))}}
            case 3:
                return {"ignored": {"within": self.one(SPANS), "at_least": str(self.random.randint(1, 3))}}
            case 4:
                return {"reachable": self.one((True, False, {"topic": "offers"}, {"topic": "news"}))}
            case 5:
                within = {"within": self.one(SPANS)} if self.chance(0.5) else {}
                return {"top": {"share": self.one(SHARES), "by": self.one(("revenue", "orders"))} | within}
            case 6:
                return {"sample": {"share": self.one(SHARES), "salt": self.one(("a", "б", "'"))}}
            case 7:
                source, within = {"source": self.one(("shop", "crm", "never"))}, {"within": self.one(SPANS)}
                return {"imported": self.one((source, within, source | within))}
        return {"confirmed": self.one((True, False, {"within": self.one(SPANS)}, {"older_than": self.one(SPANS)}))}

    def status(self) -> Any:
        ladder, names = self.one((("status", STATUSES), ("warmth", WARMTHS)))
        span, some = self.one(SPANS), list(names[:2])
        return {ladder: self.one((
            names[0], some, {"is_not": names[1]}, {"not_in": some}, {"known": self.chance(0.5)}, {"entered": span},
            {"in": some, "for_at_least": span}, {"is": names[0], "entered": span}, {"for_at_least": span},
            {"is_not": names[0], "for_at_least": span},
        ))}  # fmt: skip


assert set(NUMBER_FIELDS) <= set(NUMBER_NAMES)
