"""JSON Schema (draft-07) of rekindle.yml and campaigns, from the same tables that read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..model.contact import TEXT_FIELDS, AttributeKind
from ..segment.catalogue import Catalogue
from ..segment.schema import (
    DURATION,
    FLAG,
    NAME,
    NUMBER,
    SHARE,
    TEXT,
    Schema,
    condition_definitions,
    described,
    document,
    keys,
    known,
    ref,
    some,
)
from .addresses import Address, Domain, NamedMailbox, WebAddress
from .campaigns import CAMPAIGN, HOLDOUT_TABLE, AgainRule, HoldoutShare
from .conditions import When
from .configuration import CONFIGURATION, Attribute, AttributeName, TargetPeriod, TargetRhythm
from .locales import Currency, Locale, Timezone
from .offers import OFFER, AlikeBy, Offers
from .reading import Kind
from .references import SegmentName, StatusName, TemplateName, TopicName
from .schedule import DAYS, Cron, Days, Hours
from .steps import STEP, VARIANT, Steps, Variants
from .tables import Free, Listed, Table
from .values import Amount, Choice, Flag, Name, Share, Span, Text, Whole, Word


@dataclass(frozen=True)
class Names:
    """The names that a workspace knows, to be offered by an editor."""

    catalogue: Catalogue = field(default_factory=Catalogue)
    segments: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()


def configuration_schema() -> Schema:
    """The schema of rekindle.yml."""
    return document("rekindle.yml", schema_of(CONFIGURATION, Names()), {})


def campaign_schema(names: Names) -> Schema:
    """The schema of campaigns/NAME.yml."""
    return document("A campaign", schema_of(CAMPAIGN, names), condition_definitions(names.catalogue, names.segments))


def schema_of(kind: Kind[Any], names: Names) -> Schema:
    """The schema of what a kind of value takes. Raises KeyError for a kind that has none here."""
    if isinstance(kind, Table):
        return _table(kind, names)
    if isinstance(kind, Listed):
        item = schema_of(kind.kind, names)
        return some(item) if kind.or_one else {"type": "array", "items": item, "minItems": kind.least}
    if isinstance(kind, Free):
        return {"type": "object", "additionalProperties": schema_of(kind.kind, names), **_names(kind.key)}
    return _SINGLE[type(kind)](kind, names)


def _table(table: Table[Any], names: Names) -> Schema:
    properties = {key.name: described(schema_of(key.kind, names), key.meaning) for key in table.keys}
    found = keys(properties, [key.name for key in table.keys if key.required], least=0)
    if table.other is not None:
        key, value = table.other
        found["additionalProperties"] = schema_of(value, names)
        rule = _names(key).get("propertyNames")
        if rule:
            found["propertyNames"] = {"anyOf": [{"enum": sorted(properties)}, rule]}
    return found


def _names(key: Kind[str]) -> Schema:
    """What the keys of a free mapping may be called, where a pattern can say it."""
    patterns = {Name: NAME["pattern"], TargetPeriod: _PERIOD, Domain: r"^[^\s@]+\.[^\s@]+$"}
    pattern = patterns.get(type(key))
    return {"propertyNames": {"pattern": pattern}} if pattern else {}


_PERIOD = r"^\d{4}(-\d{2}(-\d{2})?|-Q[1-4])?$"
_ADDRESS = r"[^\s@<>]+@[^\s@<>]+"
_HOUR = r"([01]?\d|2[0-4]):[0-5]\d"


def _whole(kind: Any, _names: Names) -> Schema:
    pattern = r"^\s*[+-]?\d{1,15}\s*$"
    return {"type": ["integer", "string"], "minimum": kind.least, "maximum": kind.most, "pattern": pattern}


def _amount(kind: Any, _names: Names) -> Schema:
    bound = {"minimum": 0} if kind.above is None else {"exclusiveMinimum": float(kind.above)}
    return {**NUMBER, **bound}


def _share(kind: Any, _names: Names) -> Schema:
    found = {name: value for name, value in SHARE.items() if name != "maximum"}
    return found if kind.beyond else {**found, "maximum": 1} if kind.whole else {**found, "exclusiveMaximum": 1}


def _text_field(_kind: Any, names: Names) -> Schema:
    declared = names.catalogue.attributes.items()
    return {"enum": [*TEXT_FIELDS, *(name for name, kind in declared if kind is AttributeKind.TEXT)]}


def _status(_kind: Any, names: Names) -> Schema:
    ladder = names.catalogue.ladder("status")
    return known(ladder.names if ladder else ())


def _holdout(_kind: Any, names: Names) -> Schema:
    return {"anyOf": [_share(Share(whole=False), names), schema_of(HOLDOUT_TABLE, names)]}


def _listed(table: Table[Any]) -> Callable[[Any, Names], Schema]:
    return lambda _kind, names: {"type": "array", "items": schema_of(table, names), "minItems": 1}


def _always(schema: Schema) -> Callable[[Any, Names], Schema]:
    return lambda _kind, _names: schema


def _text(pattern: str) -> Callable[[Any, Names], Schema]:
    return _always({"type": "string", "pattern": pattern})


_SINGLE: dict[type, Callable[[Any, Names], Schema]] = {
    Text: _always(TEXT),
    Flag: _always(FLAG),
    Whole: _whole,
    Amount: _amount,
    Share: _share,
    Span: _always(DURATION),
    Choice: lambda kind, _: {"enum": list(kind.words)},
    Name: _always(NAME),
    Word: _always(TEXT),
    AttributeName: _always(TEXT),
    Attribute: _always({"enum": [*AttributeKind]}),
    TargetPeriod: _text(_PERIOD),
    TargetRhythm: lambda *_: {"anyOf": [{"enum": ["week", "month", "quarter", "year"]}, DURATION]},
    Address: _text(rf"^\s*{_ADDRESS}\s*$"),
    NamedMailbox: _text(rf"^(.*<)?\s*{_ADDRESS}\s*>?\s*$"),
    Domain: _text(r"^[^\s@]+\.[^\s@]+$"),
    WebAddress: _text(r"^\s*[hH][tT][tT][pP][sS]?://\S+\s*$"),
    Locale: _text(r"^[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?$"),
    Timezone: _text(r"^\S+$"),
    Currency: _text(r"^[A-Z]{3}$"),
    SegmentName: lambda _, names: known(names.segments),
    StatusName: _status,
    TopicName: lambda _, names: known(names.catalogue.topics or ()),
    TemplateName: lambda _, names: known(names.templates),
    AlikeBy: _text_field,
    HoldoutShare: _holdout,
    AgainRule: _always({"type": "string", "pattern": rf"^\s*(never|after\s+{DURATION['pattern'][4:-4]})\s*$"}),
    Cron: _text(r"^\s*\S+(\s+\S+){4}\s*$"),
    Hours: _text(rf"^\s*{_HOUR}\s*[-–]\s*{_HOUR}\s*$"),
    Days: _always(some({"type": "string", "pattern": rf"^\s*({'|'.join(DAYS)})(\s*-\s*({'|'.join(DAYS)}))?\s*$"})),
    When: _always(ref("condition")),
    Offers: _listed(OFFER),
    Variants: _listed(VARIANT),
    Steps: _listed(STEP),
}
