"""Reading a condition: the logic of all, any, none, not, and every word that may begin a condition (LANGUAGE 2)."""

from __future__ import annotations

from collections.abc import Callable

from ..model.document import Mapping, Node, Scalar, Sequence
from ..model.problem import Problem
from ..model.segment import AllOf, AnyOf, AtLeast, Condition, Everyone, InSegment, Ladder, NoneOf, Not, Segment
from .behaviour_grammar import read_behaviour
from .catalogue import BEHAVIOUR_WORDS, LOGIC_WORDS, OTHER_WORDS, Catalogue
from .field_grammar import read_field
from .other_grammar import read_other, read_status
from .values import Reading, place_of, read_mapping, read_texts, read_whole, shape

_HOW_TO_BEGIN = "write it like - channel: vk, or everyone: true for all contacts"
MAX_DEPTH = 50
"""Deeper nesting is nobody's thought; it is refused instead of exhausting a database's stack."""


def read_condition(node: Node, catalogue: Catalogue) -> tuple[Condition | None, list[Problem]]:
    """The condition that `node` writes, and every problem found; None where there is any problem."""
    reading = Reading(catalogue)
    condition = condition_of(reading, node)
    return (None if reading.problems else condition), reading.problems


def read_segment(name: str, node: Node, catalogue: Catalogue) -> tuple[Segment | None, list[Problem]]:
    """The segment of one file, with its tests (LANGUAGE 2, 2.5)."""
    from .segment_grammar import segment_of

    reading = Reading(catalogue)
    segment = segment_of(reading, name, node)
    return (None if reading.problems else segment), reading.problems


def read_ladders(node: Node, catalogue: Catalogue) -> tuple[tuple[Ladder, ...], list[Problem]]:
    """The ladders of segments/statuses.yml, the one called `status` first (LANGUAGE 3)."""
    from .ladder_grammar import ladders_of

    reading = Reading(catalogue)
    ladders = ladders_of(reading, node)
    return (() if reading.problems else ladders), reading.problems


def condition_of(reading: Reading, node: Node) -> Condition | None:
    """The condition that `node` writes; None where something is wrong (noted in `reading`)."""
    if reading.depth >= MAX_DEPTH:
        reading.wrong(
            node.at, f"conditions stand more than {MAX_DEPTH} deep", "give the inner part a segment of its own"
        )
        return None
    reading.depth += 1
    try:
        if isinstance(node, Sequence):
            return AllOf(_parts(reading, node) or (), at=node.at)
        if not isinstance(node, Mapping):
            hint = "write {COLUMN: test}" if reading.catalogue.is_foreign else _HOW_TO_BEGIN
            reading.wrong(node.at, f"expected a condition, found {shape(node)}", hint)
            return None
        entries = [_entry(reading, name, value) for name, value in node]
    finally:
        reading.depth -= 1
    parts = tuple(entry for entry in entries if entry is not None)
    return parts[0] if len(parts) == 1 else AllOf(parts, at=node.at)


def _parts(reading: Reading, node: Node) -> tuple[Condition, ...] | None:
    if not isinstance(node, Sequence):
        reading.wrong(node.at, f"expected a list of conditions, found {shape(node)}", "begin each with a dash")
        return None
    parts = [condition_of(reading, item) for item in node]
    return None if any(part is None for part in parts) else tuple(part for part in parts if part is not None)


def _entry(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    word, catalogue = name.text, reading.catalogue
    if word in reading.forbidden:
        reading.wrong(name.at, "a status cannot ask for a status", "ask for what the contact did instead")
        return None
    if word in _LOGIC and not (catalogue.is_foreign and word in ("segment", "everyone")):
        return _LOGIC[word](reading, name, node)
    if catalogue.kind_of(word) is not None:
        return read_field(reading, name, node)
    if word in catalogue.ladder_names:
        return read_status(reading, name, node)
    if word in BEHAVIOUR_WORDS:
        return read_behaviour(reading, name, node)
    if word in OTHER_WORDS:
        return read_other(reading, name, node)
    reading.unknown("field or condition", name, catalogue.words)
    return None


def _all(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    parts = _parts(reading, node)
    return None if parts is None else AllOf(parts, at=name.at)


def _any(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    parts = _parts(reading, node)
    return None if parts is None else AnyOf(parts, at=name.at)


def _none(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    parts = _parts(reading, node)
    return None if parts is None else NoneOf(parts, at=name.at)


def _not(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    part = condition_of(reading, node)
    return None if part is None else Not(part, at=name.at)


def _at_least(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    mapping = read_mapping(reading, node, "{count: N, of: [conditions]}")
    if mapping is None:
        return None
    known = ("count", "of")
    for key, _ in mapping:
        if key.text not in known:
            reading.unknown("key", key, known)
    count, of = mapping.get("count"), mapping.get("of")
    if count is None or of is None:
        for needed in known:
            if reading.lacks(mapping, needed, known):
                reading.wrong(name.at, f"'at_least' lacks '{needed}'", "write at_least: {count: 2, of: [conditions]}")
        return None
    least, parts = read_whole(reading, count), _parts(reading, of)
    return None if least is None or parts is None else AtLeast(least, parts, at=name.at)


def _segment(reading: Reading, _name: Scalar, node: Node) -> Condition | None:
    names = read_texts(reading, node, "the name of a segment, or a list of names")
    return None if names is None else InSegment(names, tuple(place_of(node, name) for name in names), at=node.at)


def _everyone(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    if isinstance(node, Scalar) and node.flag:
        return Everyone(at=name.at)
    reading.wrong(node.at, f"expected true, found {shape(node)}", "everyone: true; for nobody write any: []")
    return None


_LOGIC: dict[str, Callable[[Reading, Scalar, Node], Condition | None]] = {
    "all": _all,
    "any": _any,
    "none": _none,
    "not": _not,
    "at_least": _at_least,
    "segment": _segment,
    "everyone": _everyone,
}
assert tuple(_LOGIC) == LOGIC_WORDS
