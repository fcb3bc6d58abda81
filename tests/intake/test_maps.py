"""Maps: what they may say, and every fault with its place."""

# ruff: noqa: E501 (files and maps as they stand are long)

from __future__ import annotations

import pytest

from rekindle.intake.maps import ColumnSource, ImportMap, read_map
from rekindle.intake.row_tests import bind
from rekindle.model.draft import ImportKind
from rekindle.workspace.document import read_document


def read(text: str, kind: ImportKind = ImportKind.CONTACTS) -> tuple[ImportMap | None, list[str]]:
    node, faults = read_document(text, "m.yml")
    found, problems = read_map(node, "m.yml", kind, ["shop_area"])
    return found, [str(problem) for problem in sorted([*faults, *problems])]


def test_every_key_of_a_map() -> None:
    """The whole of COMMANDS section 1."""
    found, problems = read("""
kind: contacts
encoding: cp1251
delimiter: tab
header: 3
columns:
  email: {first_of: [Mail, E-mail]}
  email_2: Second
  created_at: {column: Made, format: "%d.%m.%Y"}
  tags: {column: Labels, split: ","}
  shop_area: Area
constants: {channel: site}
rules: [{when: {Mail: {ends_with: .ru}}, set: {locale: ru_RU}}]
refuse: [{when: {Mail: {known: false}}, reason: no address}]
""")
    assert problems == []
    assert found is not None
    assert (found.encoding, found.delimiter, found.header, found.constants) == ("cp1251", "\t", 3, {"channel": "site"})
    assert found.columns["email"].columns == ("Mail", "E-mail")
    assert found.columns["tags"].split == ","
    assert isinstance(found.columns["shop_area"], ColumnSource)
    assert (found.rules[0].values, found.refuse[0].reason) == ({"locale": "ru_RU"}, "no address")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a]", "m.yml:1:1: a map is a mapping (begin with kind: and columns:)"),
        ("columns: {email: E}", "m.yml:1:1: 'kind' is missing (write kind: contacts)"),
        ("{kind: orders, columns: {email: E}}", "m.yml:1:8: this map is for 'orders', not for contacts"),
        ("{kind: contcts, columns: {email: E}}", "m.yml:1:8: this map is for 'contcts', not for contacts (did you mean 'contacts'?)"),
        ("kind: contacts", "m.yml:1:1: 'columns' is missing or empty (write columns: {email: E-mail})"),
        ("{kind: contacts, colums: {}, columns: {email: E}}", "m.yml:1:18: unknown key 'colums' (did you mean 'columns'?)"),
        ("{kind: contacts, columns: {emial: E}}", "m.yml:1:28: contacts have no column 'emial' (did you mean 'email'?)"),
        ("{kind: contacts, columns: {email: [A, B]}}", "m.yml:1:35: a column's name is expected (for several columns write {first_of: [a, b]})"),
        ("{kind: contacts, columns: {email: {colum: A}}}", "m.yml:1:36: unknown key 'colum' (did you mean 'column'?)"),
        ("{kind: contacts, columns: {channel: {column: A, values: x}}}", "m.yml:1:57: their values and ours are expected (write values: {Сайт: site, ВК: vk})"),
        ("{kind: contacts, columns: {channel: {column: A, values: {x: [y]}}}}", "m.yml:1:61: 'x' takes one value"),
        ("{kind: contacts, columns: {email: {column: A, format: x}}}", "m.yml:1:35: 'format' is for times and dates; 'email' holds neither"),
        ("{kind: contacts, header: top, columns: {email: E}}", "m.yml:1:26: 'header' is the number of the header's line (write header: 3)"),
        ("{kind: contacts, delimiter: both, columns: {email: E}}", "m.yml:1:29: 'both' is no delimiter (write , ; | or tab)"),
        ("{kind: contacts, columns: {email: E}, constants: {email: x}}", "m.yml:1:35: 'email' is both a column and a constant"),
        ("{kind: contacts, columns: {email: E}, rules: [{set: {city: x}}]}", "m.yml:1:47: 'when' is missing (write {when: {COLUMN: test}, ...})"),
        ("{kind: contacts, columns: {email: E}, rules: [{when: {E: x}}]}", "m.yml:1:47: 'set' is missing or empty (write set: {status: refunded})"),
        ("{kind: contacts, columns: {email: E}, refuse: [{when: {E: x}}]}", "m.yml:1:48: 'reason' is missing (say why such rows are not wanted)"),
        ("{kind: contacts, columns: {email: E}, refuse: [{when: {E: {star_with: x}}, reason: r}]}", "m.yml:1:60: a column has no operator 'star_with' (did you mean 'starts_with'?)"),
        ("{kind: contacts, columns: {email: E}, refuse: [{when: {E: {at_most: x}}, reason: r}]}", "m.yml:1:69: expected a number, found 'x' (write it like 1200 or 0.5, without spaces)"),
        ("{kind: contacts, columns: {email: E}, refuse: [{when: {E: ''}, reason: r}]}", "m.yml:1:59: expected a text, found an empty text (to ask for missing values: known: false)"),
        ("{kind: contacts, columns: {email: E}, refuse: [{when: {}, reason: r}]}", "m.yml:1:55: the condition is empty (write {COLUMN: test})"),
        ("{kind: contacts, columns: {email: E}, refuse: [{when: E, reason: r}]}", "m.yml:1:55: expected a condition, found 'E' (write {COLUMN: test})"),
    ],
)  # fmt: skip
def test_a_fault_of_a_map_has_its_place_and_a_hint(text: str, problem: str) -> None:
    """Every fault is a problem with file, line and column."""
    found, problems = read(text)
    assert found is None
    assert problem in problems


@pytest.mark.parametrize(
    ("test", "cells", "holds"),
    [
        ("{A: x}", "X ", True), ("{A: [x, y]}", "y", True), ("{A: [x, y]}", "", False), ("{A: {is_not: x}}", "", True),
        ("{A: {contains: ЁЛ}}", "елка", True), ("{A: {not_contains: a}}", "b", True), ("{A: {not_in: [a]}}", "A", False),
        ("{A: {matches: 'c?3*'}}", "C536", True), ("{A: {matches: 'c*6'}}", "C536", True), ("{A: {matches: '*'}}", "", False),
        ("{A: {at_most: 0}}", "-1,5", True), ("{A: {at_most: 0}}", "none", False), ("{A: {more_than: 1}}", "1 000", True),
        ("{A: {between: [1, 3]}}", "3.0", True), ("{A: {known: false}}", " \xa0", True), ("{A: {known: true}}", "0", True),
        ("{not: {A: x}}", "y", True), ("{any: [{A: x}, {A: y}]}", "y", True), ("{none: [{A: x}, {A: y}]}", "y", False),
        ("[{A: {starts_with: a}}, {A: {ends_with: b}}]", "aab", True), ("{A: {at_least: 1, less_than: 5}}", "5", False),
        ("{not: [{A: {starts_with: a}}, {A: {ends_with: b}}]}", "ac", True), ("{A: {is: 5}}", "5.0", False), ("{status: Z}", "z", True),
        ("{at_least: {count: 2, of: [{A: {starts_with: a}}, {B: {ends_with: b}}, {C: q}]}}", "ab", True), ("{gender: Herr}", "herr", True),
    ],
)  # fmt: skip
def test_conditions_over_columns_mean_what_they_mean_in_a_segment(test: str, cells: str, holds: bool) -> None:
    """Folded text, exact numbers, exact complements; asked twice the answer is the same."""
    found, problems = read(f"{{kind: contacts, columns: {{email: A}}, refuse: [{{when: {test}, reason: r}}]}}")
    assert problems == []
    assert found is not None
    bound = bind(found.refuse[0].when, lambda _: 0)
    assert [bound([cells]), bound([cells])] == [holds, holds]
