"""JSON Schema (draft-07) of import maps (COMMANDS 1), from the canonical columns and the maps' own keys."""

from __future__ import annotations

from collections.abc import Collection

from ..model.draft import ImportKind
from ..segment.catalogue import Catalogue
from ..segment.schema import TEXT, Schema, condition_definitions, described, document, keys, ref
from .columns import COLUMNS
from .maps import KEYS

_MEANINGS = {
    "kind": "what the rows are",
    "encoding": "the file's encoding, instead of finding it out",
    "sheet": "the sheet of a workbook",
    "delimiter": "what stands between the columns: comma, semicolon, tab, bar, or the character",
    "header": "the number of the header's line",
    "columns": "our column: theirs",
    "constants": "values that every row gets",
    "rules": "the first whose `when` holds sets values",
    "refuse": "rows that are not wanted, with the reason",
}


def map_schema(attributes: Collection[str]) -> Schema:
    """The schema of a map; `attributes` are columns of contacts too."""
    source = {
        "anyOf": [
            TEXT,
            keys({
                "column": described(TEXT, "their column"),
                "first_of": {"description": "the first of these that is not empty", "type": "array", "items": TEXT,
                             "minItems": 1},
                "format": described(TEXT, "how times are written, such as %d.%m.%Y"),
                "split": described(TEXT, "what stands between the items of a list"),
                "values": {"description": "their values: ours", "type": "object", "minProperties": 1,
                           "additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
            }),
        ]
    }  # fmt: skip
    columns = _columns(attributes, source)
    values = _columns(attributes, {"type": ["string", "number", "boolean", "null"]})
    rule = keys({"when": ref("condition"), "set": values}, ("when", "set"))
    refuse = keys({"when": ref("condition"), "reason": TEXT}, ("when", "reason"))
    ways: dict[str, Schema] = {
        "kind": {"enum": [*ImportKind]},
        "encoding": TEXT,
        "sheet": TEXT,
        "delimiter": {"type": "string", "minLength": 1},
        "header": {"type": ["integer", "string"], "minimum": 1, "maximum": 9999, "pattern": r"^\d{1,4}$"},
        "columns": {**columns, "minProperties": 1},
        "constants": values,
        "rules": {"type": "array", "items": rule},
        "refuse": {"type": "array", "items": refuse},
    }
    properties = {name: described(ways[name], _MEANINGS[name]) for name in KEYS}
    whole = keys(properties, ("kind", "columns"))
    return document("An import map", whole, condition_definitions(Catalogue.of_a_file()))


def _columns(attributes: Collection[str], value: Schema) -> Schema:
    """Canonical columns of any kind of file, attributes, and the numbered addresses and phones."""
    names = {name for columns in COLUMNS.values() for name in columns}
    found = keys(dict.fromkeys(sorted({*names, *attributes}), value), least=0)
    return {**found, "patternProperties": {r"^(email|phone)_([2-9]|[1-9][0-9])$": value}}
