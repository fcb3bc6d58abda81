"""Reading a file segments/NAME.yml: description, where, and the tests inside (LANGUAGE 2, 2.5)."""

from __future__ import annotations

from collections.abc import Iterable

from ..model.contact import TEXT_FIELDS
from ..model.document import Mapping, Node, Scalar, Sequence
from ..model.problem import did_you_mean
from ..model.segment import Given, Segment, SegmentTest
from ..model.when import WHEN_FORMS, When
from .catalogue import FieldKind
from .grammar import condition_of
from .values import Reading, read_flag, read_mapping, read_number, read_parsed, read_scalar, read_text, shape

SEGMENT_KEYS = ("description", "where", "tests")
TEST_KEYS = ("name", "as_of", "contact", "orders", "activities", "letters", "expect")
ORDER_KEYS = ("placed_at", "amount", "status", "product", "category", "number")
ACTIVITY_KEYS = ("kind", "occurred_at", "amount")
LETTER_KEYS = (
    "campaign", "sent_at", "opened_at", "clicked_at", "bounced_at", "complained_at", "unsubscribed_at",
)  # fmt: skip
CONTACT_KEYS = (*TEXT_FIELDS, "created_at", "confirmed_at", "birthday", "next_contact_on", "tags", "consent")
_NEEDED = {"orders": "placed_at", "activities": "occurred_at", "letters": "sent_at"}


def segment_of(reading: Reading, name: str, node: Node) -> Segment | None:
    """The segment that a file writes; None where something is wrong (noted)."""
    mapping = read_mapping(reading, node, "a segment with the key where")
    if mapping is None:
        return None
    _check_keys(reading, mapping, SEGMENT_KEYS)
    where, tests, words = mapping.get("where"), mapping.get("tests"), mapping.get("description")
    if where is None:
        if reading.lacks(mapping, "where", SEGMENT_KEYS):
            reading.wrong(mapping.at, "the segment has no where", "write where: and a list of conditions")
        return None
    condition = condition_of(reading, where)
    description = read_scalar(reading, words, "a sentence") if words is not None else None
    read = _tests(reading, tests) if tests is not None else ()
    if condition is None:
        return None
    return Segment(name, condition, description.text if description else "", read, at=mapping.at)


def _check_keys(reading: Reading, mapping: Mapping, known: Iterable[str]) -> None:
    for key, _ in mapping:
        if key.text not in known:
            reading.unknown("key", key, known)


def _tests(reading: Reading, node: Node) -> tuple[SegmentTest, ...]:
    if not isinstance(node, Sequence):
        reading.wrong(node.at, f"expected a list of tests, found {shape(node)}", "begin each with a dash")
        return ()
    tests = [_test(reading, number, item) for number, item in enumerate(node, start=1)]
    return tuple(test for test in tests if test is not None)


def _test(reading: Reading, number: int, node: Node) -> SegmentTest | None:
    mapping = read_mapping(reading, node, "a test with as_of, contact and expect")
    if mapping is None:
        return None
    _check_keys(reading, mapping, TEST_KEYS)
    as_of, name, contact = mapping.get("as_of"), mapping.get("name"), mapping.get("contact")
    expected = _expect(reading, mapping)
    if as_of is None:
        if reading.lacks(mapping, "as_of", TEST_KEYS):
            reading.wrong(mapping.at, "the test has no as_of", "write as_of: 2026-11-01")
        return None
    when = _as_of(reading, as_of)
    title = read_text(reading, name) if name is not None else f"test {number}"
    contact_keys = (*CONTACT_KEYS, *reading.catalogue.attributes)
    given = _given(reading, contact, contact_keys, "a contact's fields") if contact is not None else {}
    rows = {key: _rows(reading, mapping, key, keys) for key, keys in _ROW_KEYS.items()}
    if when is None or expected is None:
        return None
    return SegmentTest(title or "", when, expected, given, **rows, at=mapping.at)


_ROW_KEYS = {"orders": ORDER_KEYS, "activities": ACTIVITY_KEYS, "letters": LETTER_KEYS}


def _as_of(reading: Reading, node: Node) -> When | None:
    when = read_parsed(reading, node, When.parse, "a time such as 2026-11-01")
    if when is not None and when.day is None and when.moment is None:
        reading.wrong(node.at, f"expected a written time, found {shape(node)}", "a test must mean the same every day")
        return None
    return when


def _expect(reading: Reading, mapping: Mapping) -> bool | None:
    node = mapping.get("expect")
    if isinstance(node, Scalar) and node.text in ("in", "out"):
        return node.text == "in"
    if node is not None:
        reading.wrong(node.at, f"expect must be in or out, found {shape(node)}")
    elif reading.lacks(mapping, "expect", TEST_KEYS):
        reading.wrong(mapping.at, "the test has no expect", "write expect: in, or expect: out")
    return None


def _rows(reading: Reading, mapping: Mapping, key: str, known: tuple[str, ...]) -> tuple[dict[str, Given], ...]:
    node = mapping.get(key)
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        reading.wrong(node.at, f"expected a list of {key}, found {shape(node)}")
        return ()
    rows = []
    for item in node:
        rows.append(_given(reading, item, known, f"one of the {key}"))
        if isinstance(item, Mapping) and reading.lacks(item, _NEEDED[key], known):
            reading.wrong(item.at, f"each of the {key} needs {_NEEDED[key]}")
    return tuple(rows)


def _given(reading: Reading, node: Node, known: tuple[str, ...], expected: str) -> dict[str, Given]:
    if not isinstance(node, Mapping):
        reading.wrong(node.at, f"expected {expected}, found {shape(node)}")
        return {}
    given: dict[str, Given] = {}
    for key, value in node:
        if key.text not in known:
            reading.wrong(key.at, f"unknown key '{key.text}'", did_you_mean(key.text, known))
        elif isinstance(value, Scalar):
            given[key.text] = "" if value.is_null else _checked(reading, key.text, value)
        elif isinstance(value, Sequence) and all(isinstance(item, Scalar) for item in value):
            given[key.text] = tuple(item.text for item in value if isinstance(item, Scalar))
        else:
            reading.wrong(value.at, f"expected a value, found {shape(value)}")
    return given


def _checked(reading: Reading, key: str, value: Scalar) -> str:
    """The text of a value, after a look at whether it can be what its key wants."""
    kind = reading.catalogue.fields.get(key)
    if key.endswith("_at"):
        read_parsed(reading, value, When.parse, WHEN_FORMS)
    elif kind is FieldKind.DATE:
        when = read_parsed(reading, value, When.parse, "a date such as 2026-11-01")
        if when is not None and when.day is None:
            reading.wrong(value.at, f"expected a date such as 2026-11-01, found {shape(value)}")
    elif kind is FieldKind.NUMBER or key == "amount":
        read_number(reading, value)
    elif kind is FieldKind.FLAG:
        read_flag(reading, value)
    return value.text
