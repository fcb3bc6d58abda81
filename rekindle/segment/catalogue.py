"""The catalogue: every word that a condition may begin with, and what may stand under it (LANGUAGE 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from ..model.contact import TEXT_FIELDS, AttributeKind
from ..model.segment import BehaviourKind, Ladder


class FieldKind(StrEnum):
    """What a field holds, and so which operators it takes. COLUMN: a foreign file's, text or number by the operator."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"
    LIST = "list"
    COLUMN = "column"


MOMENT_FIELDS = (
    "created_at", "confirmed_at", "first_order_at", "last_order_at", "last_mailed_at", "last_opened_at",
    "last_clicked_at",
)  # fmt: skip
"""Date fields that hold a moment; one that lies after as_of is missing."""
DAY_FIELDS = ("birthday", "next_contact_on")
SCORE_FIELDS = ("recency_score", "frequency_score", "monetary_score")
"""A buyer's scores among all buyers, 1 to 5 (RFM)."""
NUMBER_FIELDS = (
    "orders", "revenue", "average_order", "silent_days", "usual_gap", "overdue", "alive", *SCORE_FIELDS, "completeness",
)  # fmt: skip
MONEY_FIELDS = frozenset({"revenue", "average_order"})

FIELDS: dict[str, FieldKind] = {
    **dict.fromkeys(TEXT_FIELDS, FieldKind.TEXT),
    **dict.fromkeys(MOMENT_FIELDS + DAY_FIELDS, FieldKind.DATE),
    **dict.fromkeys(NUMBER_FIELDS, FieldKind.NUMBER),
    "tags": FieldKind.LIST,
}
"""The fields that every store has."""

CLOSED_VALUES: dict[str, tuple[str, ...]] = {"gender": ("f", "m"), "kind": ("person", "organisation")}
"""Text fields that hold only these."""

ORDER_STATUSES = ("paid", "open", "cancelled", "refunded")

COMPLETENESS_FIELDS = (
    "email", "phone", "first_name", "last_name", "gender", "birthday", "city", "channel", "specialization",
    "organisation",
)  # fmt: skip
"""`completeness` is the percentage of these that are known."""

LOGIC_WORDS = ("all", "any", "none", "not", "at_least", "segment", "everyone")
OTHER_WORDS = ("status", "ignored", "reachable", "top", "sample", "imported", "confirmed")

TEXT_OPERATORS = (
    "is", "is_not", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with", "matches",
)  # fmt: skip
NUMBER_OPERATORS = ("is", "is_not", "in", "not_in", "more_than", "at_least", "less_than", "at_most", "between")
DATE_OPERATORS = (
    "on", "before", "since", "between", "within", "older_than", "in", "in_next", "anniversary", "month",
)  # fmt: skip
LIST_OPERATORS = ("has", "has_any", "has_all", "has_none", "count")

OPERATORS: dict[FieldKind, tuple[str, ...]] = {
    FieldKind.TEXT: (*TEXT_OPERATORS, "known"),
    FieldKind.NUMBER: (*NUMBER_OPERATORS, "known"),
    FieldKind.DATE: (*DATE_OPERATORS, "known"),
    FieldKind.FLAG: ("known",),
    FieldKind.LIST: (*LIST_OPERATORS, "known"),
    FieldKind.COLUMN: (*TEXT_OPERATORS, "more_than", "at_least", "less_than", "at_most", "between", "known"),
}

WORDS_ELSEWHERE = {
    "begins_with": "starts_with", "equals": "is", "eq": "is", "not": "is_not", "not_equals": "is_not", "ne": "is_not",
    "gt": "more_than", "greater_than": "more_than", "gte": "at_least", "min": "at_least", "lt": "less_than",
    "fewer_than": "less_than", "lte": "at_most", "max": "at_most", "like": "matches", "regex": "matches",
    "one_of": "in", "none_of": "not_in", "includes": "has", "exists": "known", "is_set": "known", "empty": "known",
    "not_empty": "known", "is_null": "known", "present": "known", "missing": "known", "filled": "known",
    "after": "since", "from": "since", "until": "before", "in_last": "within", "sum": "total", "count": "at_least",
}  # fmt: skip
"""How other programs call our operators and keys, for hints."""

TIME_KEYS = ("within", "older_than", "before", "since", "between", "in")
COUNT_KEYS = ("at_least", "at_most", "more_than", "less_than", "exactly")
AGGREGATE_KEYS = ("total", "average", "largest", "smallest")
ORDER_BEHAVIOURS = frozenset({BehaviourKind.BOUGHT, BehaviourKind.ORDERED})
ACTIVITY_BEHAVIOURS = frozenset({BehaviourKind.INQUIRED, BehaviourKind.DID})
INQUIRY = "inquiry"
"""The kind of activity that `inquired` counts."""


def behaviour_keys(kind: BehaviourKind) -> tuple[str, ...]:
    """The keys that may stand under a behaviour."""
    keys = (*TIME_KEYS, *COUNT_KEYS, "first", "last")
    if kind in ORDER_BEHAVIOURS:
        return (*keys, *AGGREGATE_KEYS, "product", "category", "amount", "status", "of")
    if kind in ACTIVITY_BEHAVIOURS:
        return (*keys, "of", *(("activity",) if kind is BehaviourKind.DID else ()))
    counting = ("counting",) if kind in (BehaviourKind.OPENED, BehaviourKind.CLICKED) else ()
    return (*keys, "campaign", *counting)


_ATTRIBUTE_KINDS = {
    AttributeKind.TEXT: FieldKind.TEXT,
    AttributeKind.NUMBER: FieldKind.NUMBER,
    AttributeKind.DATE: FieldKind.DATE,
    AttributeKind.FLAG: FieldKind.FLAG,
    AttributeKind.LIST: FieldKind.LIST,
}
BEHAVIOUR_WORDS = tuple(BehaviourKind) + tuple(f"not_{kind}" for kind in BehaviourKind)


@dataclass(frozen=True)
class Catalogue:
    """The words of one workspace.

    `attributes` come from rekindle.yml, `ladders` from segments/statuses.yml (the first is also called `status`).
    `topics` are the known names, None where they are not to be checked. `is_foreign` says that conditions are about the
    rows of a foreign file: any word but those of logic is then a column, and only its header knows whether it is there.
    """

    attributes: Mapping[str, AttributeKind] = field(default_factory=dict)
    ladders: tuple[Ladder, ...] = ()
    topics: tuple[str, ...] | None = None
    is_foreign: bool = False

    @classmethod
    def of_a_file(cls) -> Catalogue:
        """The catalogue of a foreign file, for the rules of an import map."""
        return cls(is_foreign=True)

    def kind_of(self, word: str) -> FieldKind | None:
        """What the field called `word` holds; None where there is no such field."""
        return FieldKind.COLUMN if self.is_foreign else self.fields.get(word)

    @cached_property
    def fields(self) -> Mapping[str, FieldKind]:
        """Every field with its kind; none of a foreign file."""
        if self.is_foreign:
            return {}
        return {**FIELDS, **{name: _ATTRIBUTE_KINDS[kind] for name, kind in self.attributes.items()}}

    @cached_property
    def ladder_names(self) -> tuple[str, ...]:
        """The words under which a ladder may be asked; `status` is the first ladder."""
        return tuple(dict.fromkeys(("status", *(ladder.name for ladder in self.ladders))))

    def ladder(self, word: str) -> Ladder | None:
        """The ladder that `word` asks for, or None where there is none."""
        named = next((ladder for ladder in self.ladders if ladder.name == word), None)
        return named or (self.ladders[0] if word == "status" and self.ladders else None)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every word that a condition may begin with."""
        return (*LOGIC_WORDS, *OTHER_WORDS, *self.ladder_names, *BEHAVIOUR_WORDS, *self.fields)

    def with_ladders(self, ladders: tuple[Ladder, ...]) -> Catalogue:
        """The same words and these ladders."""
        return replace(self, ladders=ladders)


def name_conflict(name: str) -> str:
    """What an attribute or ladder of this name would clash with (`a field`, ..), or nothing (LANGUAGE, opening)."""
    if name in FIELDS:
        return "a field"
    if name in BEHAVIOUR_WORDS:
        return "a behaviour"
    return "a condition" if name in (*LOGIC_WORDS, *OTHER_WORDS) else ""
