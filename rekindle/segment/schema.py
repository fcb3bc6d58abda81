"""JSON Schema (draft-07) of conditions, segments and ladders, from the catalogue: what an editor completes and checks.

A schema sees shapes and words; what only a reading can see (circles, backward ranges, a date that is not in the
calendar) is left to `rekindle check`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..model.duration import DurationUnit
from ..model.segment import BehaviourKind, TopBy
from . import meanings
from .catalogue import (
    BEHAVIOUR_WORDS,
    OPERATORS,
    TEXT_OPERATORS,
    TIME_KEYS,
    Catalogue,
    FieldKind,
    behaviour_keys,
)
from .ladder_grammar import RUNG_KEYS
from .segment_grammar import ACTIVITY_KEYS, CONTACT_KEYS, LETTER_KEYS, ORDER_KEYS, TEST_KEYS

Schema = dict[str, Any]

TEXT: Schema = {"type": ["string", "number", "boolean"], "pattern": r"\S"}
"""Where a text is expected the characters count, so that 007 and true are texts too."""
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": ["number", "string"], "pattern": r"^\s*[+-]?(\d+(\.\d+)?|\.\d+)\s*$"}
WHOLE: Schema = {"type": ["integer", "string"], "minimum": 0, "pattern": r"^\s*\+?\d+(\.0*)?\s*$"}
SHARE: Schema = {
    "type": ["number", "string"], "minimum": 0, "maximum": 1, "pattern": r"^\s*(\d+(\.\d+)?|\.\d+)\s*%?\s*$",
}  # fmt: skip
NAME: Schema = {"type": ["string", "number"], "pattern": r"^[a-z0-9-]+$"}


def any_case(word: str) -> str:
    """A pattern of `word` in small and large letters: the patterns of JSON Schema have no flags."""
    return "".join(f"[{letter.lower()}{letter.upper()}]" for letter in word)


_SHORT_UNITS = ("min", "h", "d", "w", "mo", "y")
_UNITS = "|".join([*(f"{any_case(unit)}[sS]?" for unit in DurationUnit), *map(any_case, _SHORT_UNITS)])
_DURATION = rf"\d{{1,6}}\s*({_UNITS})"
_DAY = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?"
_WORDS = "|".join(map(any_case, ("today", "yesterday")))
_CALENDAR = "|".join(map(any_case, ("week", "month", "quarter", "year")))
DURATION: Schema = {"type": "string", "pattern": rf"^\s*{_DURATION}\s*$"}
DAY: Schema = {"type": "string", "pattern": rf"^\s*{_DAY}\s*$"}
WHEN: Schema = {
    "type": "string",
    "pattern": rf"^\s*({_DAY}({_CLOCK})?|{_WORDS}|{_DURATION}\s[aA][gG][oO])\s*$",
}
CALENDAR: Schema = {
    "type": "string",
    "pattern": rf"^\s*({any_case('this')}|{any_case('last')})\s+({_CALENDAR})\s*$",
}


def ref(name: str, meaning: str = "") -> Schema:
    """What a definition says; beside a bare $ref draft-07 would not see the meaning."""
    found: Schema = {"$ref": f"#/definitions/{name}"}
    return {"description": meaning, "allOf": [found]} if meaning else found


def some(one: Schema) -> Schema:
    """One, or a list of at least one."""
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def keys(properties: Mapping[str, Schema], required: Collection[str] = (), *, least: int = 1) -> Schema:
    """A mapping of these keys and no others."""
    found: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    if least:
        found["minProperties"] = least
    if required:
        found["required"] = sorted(required)
    return found


def described(schema: Schema, meaning: str) -> Schema:
    """The schema with a line that editors show."""
    return {"description": meaning, **schema}


def document(title: str, schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """A whole schema file."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#", "title": title, **schema,
        "definitions": dict(definitions),
    }  # fmt: skip


def known(names: Collection[str]) -> Schema:
    """A name of something in the workspace: the known ones are offered, and others are for `check` to judge."""
    return {"anyOf": [{"enum": sorted(names)}, TEXT]} if names else TEXT


# --- conditions -----------------------------------------------------------------------------------------------------


def condition_definitions(catalogue: Catalogue, segments: Collection[str] = ()) -> dict[str, Schema]:
    """The definition `condition`, and those that it leads to."""
    words: dict[str, Schema] = _logic()
    if not catalogue.is_foreign:
        words |= {"segment": described(some(known(segments)), meanings.LOGIC["segment"])}
        words |= {"everyone": {"description": meanings.LOGIC["everyone"], "enum": [True]}}
        words |= _others(catalogue)
        words |= {word: described(_ladder(catalogue, word), _ladder_meaning(word)) for word in catalogue.ladder_names}
        words |= {word: _behaviour_ref(word) for word in BEHAVIOUR_WORDS}
    words |= {name: ref(f"{kind}_test", _field_meaning(name)) for name, kind in catalogue.fields.items()}
    mapping = keys(words)
    if catalogue.is_foreign:
        mapping["additionalProperties"] = ref("column_test", "a column of the file")
    behaviours = {} if catalogue.is_foreign else {f"{kind}_behaviour": _behaviour(kind) for kind in BehaviourKind}
    kinds = [FieldKind.COLUMN, FieldKind.TEXT] if catalogue.is_foreign else [*FieldKind]
    tests = {f"{kind}_test": _DEFAULTS[kind](kind) for kind in kinds if catalogue.is_foreign or kind != "column"}
    condition = {"anyOf": [{"type": "array", "items": ref("condition")}, mapping]}
    return {"condition": condition, "bound": _bound(), **tests, **behaviours}


def _logic() -> dict[str, Schema]:
    listed = {"type": "array", "items": ref("condition")}
    words = {word: described(listed, meanings.LOGIC[word]) for word in ("all", "any", "none")}
    words["not"] = ref("condition", meanings.LOGIC["not"])
    words["at_least"] = described(keys({"count": WHOLE, "of": listed}, ("count", "of")), meanings.LOGIC["at_least"])
    return words


def _field_meaning(name: str) -> str:
    return meanings.FIELDS.get(name, "an attribute of this workspace")


def _ladder_meaning(word: str) -> str:
    return meanings.OTHERS["status"] if word == "status" else f"where the contact stands on the ladder {word}"


def _behaviour_ref(word: str) -> Schema:
    kind = word.removeprefix("not_")
    meaning = meanings.BEHAVIOURS[kind]
    return ref(f"{kind}_behaviour", meaning if word == kind else f"the complement of {kind}: {meaning}")


def _bound() -> Schema:
    other = keys({"field": described(TEXT, "another number field"), "times": NUMBER}, ("field",))
    return {"anyOf": [NUMBER, other]}


def _operators(kind: FieldKind, values: Mapping[str, Schema]) -> Schema:
    """A mapping of the operators of a kind of field."""
    by_operator = {**values, "known": FLAG}
    return keys({name: described(by_operator[name], meanings.OPERATORS[name]) for name in OPERATORS[kind]})


def _text_values() -> dict[str, Schema]:
    return {name: some(TEXT) if name in ("in", "not_in") else TEXT for name in TEXT_OPERATORS}


def _number_values() -> dict[str, Schema]:
    bound = ref("bound")
    pair = {"type": "array", "items": bound, "minItems": 2, "maxItems": 2}
    one = dict.fromkeys(("is", "is_not", "more_than", "at_least", "less_than", "at_most"), bound)
    return {**one, "in": some(bound), "not_in": some(bound), "between": pair}


def _time_values() -> dict[str, Schema]:
    pair = {"type": "array", "items": WHEN, "minItems": 2, "maxItems": 2}
    return {
        "on": DAY, "before": WHEN, "since": WHEN, "between": pair, "within": DURATION, "older_than": DURATION,
        "in": CALENDAR, "in_next": DURATION, "anniversary": keys({"in_next": DURATION}, ("in_next",)),
        "month": some({"type": ["integer", "string"], "minimum": 1, "maximum": 12, "pattern": r"^\s*0?\d{1,2}\s*$"}),
    }  # fmt: skip


def _list_values() -> dict[str, Schema]:
    items = dict.fromkeys(("has_any", "has_all", "has_none"), some(TEXT))
    return {"has": TEXT, **items, "count": _amounts()}


def _amounts() -> Schema:
    """Number operators over what is no field, so that `known` cannot be asked."""
    values = {name: described(one, meanings.OPERATORS[name]) for name, one in _number_values().items()}
    return {"anyOf": [some(NUMBER), keys(values)]}


def _moments() -> Schema:
    values = {name: described(one, meanings.OPERATORS[name]) for name, one in _time_values().items()}
    return {"anyOf": [some(DAY), keys(values)]}


_DEFAULTS = {
    FieldKind.TEXT: lambda kind: {"anyOf": [some(TEXT), _operators(kind, _text_values())]},
    FieldKind.NUMBER: lambda kind: {"anyOf": [some(NUMBER), _operators(kind, _number_values())]},
    FieldKind.DATE: lambda kind: {"anyOf": [some(DAY), _operators(kind, _time_values())]},
    FieldKind.FLAG: lambda kind: {"anyOf": [FLAG, _operators(kind, {})]},
    FieldKind.LIST: lambda kind: {"anyOf": [some(TEXT), _operators(kind, _list_values())]},
    FieldKind.COLUMN: lambda kind: {"anyOf": [some(TEXT), _operators(kind, {**_number_values(), **_text_values()})]},
}


def _behaviour(kind: BehaviourKind) -> Schema:
    times = _time_values()
    values: dict[str, Schema] = {
        **{name: times[name] for name in TIME_KEYS},
        **dict.fromkeys(("at_least", "at_most", "more_than", "less_than", "exactly"), WHOLE),
        **dict.fromkeys(("total", "average", "largest", "smallest", "amount"), _amounts()),
        **dict.fromkeys(("first", "last"), _moments()),
        **dict.fromkeys(("product", "category", "status"), ref("text_test")),
        **dict.fromkeys(("activity", "campaign"), some(TEXT)),
        "of": {"enum": ["organisation"]},
        "counting": {"enum": ["all"]},
    }
    allowed = {name: described(values[name], meanings.BEHAVIOUR_KEYS[name]) for name in behaviour_keys(kind)}
    mapping = keys(allowed, ("activity",) if kind is BehaviourKind.DID else ())
    return mapping if kind is BehaviourKind.DID else {"anyOf": [FLAG, mapping]}


def _ladder(catalogue: Catalogue, word: str) -> Schema:
    ladder = catalogue.ladder(word)
    name = known(ladder.names if ladder else ())
    one, several = some(name), {"for_at_least": DURATION, "entered": DURATION, "known": FLAG}
    operators = dict.fromkeys(("is", "is_not", "in", "not_in"), one)
    return {"anyOf": [one, keys({**operators, **several})]}


def _others(catalogue: Catalogue) -> dict[str, Schema]:
    whole = {**WHOLE, "minimum": 1}
    topic = known(catalogue.topics or ())
    ways = {
        "ignored": {"anyOf": [
            keys({"last": whole}, ("last",)), keys({"within": DURATION, "at_least": whole}, ("within",)),
        ]},
        "reachable": {"anyOf": [FLAG, keys({"topic": topic}, ("topic",))]},
        "top": keys({"share": SHARE, "by": {"enum": [*TopBy]}, "within": DURATION}, ("share",)),
        "sample": keys({"share": SHARE, "salt": TEXT}, ("share", "salt")),
        "imported": keys({"source": TEXT, "within": DURATION}),
        "confirmed": {"anyOf": [FLAG, ref("date_test")]},
    }  # fmt: skip
    return {word: described(way, meanings.OTHERS[word]) for word, way in ways.items()}


# --- files ----------------------------------------------------------------------------------------------------------


def segment_schema(catalogue: Catalogue, segments: Collection[str] = ()) -> Schema:
    """The schema of segments/NAME.yml."""
    properties = {
        "description": described(TEXT, "who this is, in a sentence"),
        "where": ref("condition", "the condition that members hold"),
        "tests": {"description": "made-up contacts that must be in or out", "type": "array", "items": _test(catalogue)},
    }
    definitions = condition_definitions(catalogue, segments)
    return document("A segment", keys(properties, ("where",)), definitions)


def _test(catalogue: Catalogue) -> Schema:
    value = {"type": ["string", "number", "boolean", "null"]}
    given = {"anyOf": [value, {"type": "array", "items": value}]}

    def rows(names: Collection[str], needed: str) -> Schema:
        return {"type": "array", "items": keys(dict.fromkeys(names, given), (needed,))}

    ways: dict[str, Schema] = {
        "name": described(TEXT, "what the test shows"),
        "as_of": described({**WHEN, "pattern": rf"^\s*{_DAY}({_CLOCK})?\s*$"}, "the moment, written out"),
        "contact": keys(dict.fromkeys((*CONTACT_KEYS, *catalogue.attributes), given), least=0),
        "orders": rows(ORDER_KEYS, "placed_at"),
        "activities": rows(ACTIVITY_KEYS, "occurred_at"),
        "letters": rows(LETTER_KEYS, "sent_at"),
        "expect": {"description": "in or out", "enum": ["in", "out"]},
    }
    return keys({name: ways[name] for name in TEST_KEYS}, ("as_of", "expect"))


def statuses_schema(catalogue: Catalogue, segments: Collection[str] = ()) -> Schema:
    """The schema of segments/statuses.yml."""
    ways: dict[str, Schema] = {
        "name": described(TEXT, "the status's name"),
        "label": described({"type": ["string", "number", "boolean", "null"]}, "what people read"),
        "when": ref("condition", "who stands here, of those for whom nothing above holds"),
        "otherwise": {"description": "true: all who reached no other", "enum": [True]},
    }
    rung = {**keys({name: ways[name] for name in RUNG_KEYS}, ("name",)),
            "oneOf": [{"required": ["when"]}, {"required": ["otherwise"]}]}  # fmt: skip
    ladder = {"type": "array", "items": rung, "minItems": 1}
    properties = {
        "statuses": described(ladder, "the ladder `status`: the first whose when holds counts"),
        "ladders": {"description": "several ladders side by side, by name", "type": "object",
                    "additionalProperties": ladder},
    }  # fmt: skip
    return document("Ladders of statuses", keys(properties), condition_definitions(catalogue, segments))
