"""The JSON Schemas that editors get: what `check` takes they take, and a word that nobody knows they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft7Validator

from rekindle.line.schemas import FOLDER, editor_hint, schema_name, schemas_of, write_schemas
from rekindle.model.document import Node
from rekindle.segment import catalogue as words
from rekindle.segment import meanings
from rekindle.segment.grammar import read_condition
from rekindle.segment.schema import condition_definitions, document, ref
from rekindle.workspace.document import read_document
from rekindle.workspace.files import TEMPLATES, read_files
from tests.property.random_tree import condition
from tests.property.random_world import catalogue
from tests.property.written import node_of

from .plain import plain

ROOT = Path(__file__).parents[2]
STARTER = read_files(ROOT)
FILES = [name for name in STARTER if not name.startswith(TEMPLATES)]
DEMO = ROOT / "rekindle/demo"
BROKEN = ROOT / "tests/broken"
UNKNOWN = sorted(path.name for path in BROKEN.glob("*-unknown-key"))


def faults(schema: Mapping[str, Any], node: Node | None) -> list[str]:
    """What a draft-07 validator says of a document."""
    assert node is not None
    return [error.message for error in _deepest(Draft7Validator(schema).iter_errors(plain(node)))]


def _deepest(errors: Iterator[Any]) -> Iterator[Any]:
    for error in errors:
        yield error
        yield from _deepest(iter(error.context or ()))


def of_text(schemas: Mapping[str, Any], file: str, text: str) -> list[str]:
    return faults(schemas[schema_name(file)], read_document(text, file)[0])


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    return schemas_of(STARTER)


def test_the_schemas_are_draft_07_and_use_none_of_the_later_words(schemas: Mapping[str, Any]) -> None:
    """Editors read draft-07; `$defs`, `unevaluatedProperties` and the like would be passed over."""
    later = {"$defs", "unevaluatedProperties", "unevaluatedItems", "dependentRequired", "dependentSchemas",
             "minContains", "maxContains", "prefixItems", "$anchor"}  # fmt: skip
    for schema in schemas.values():
        Draft7Validator.check_schema(schema)
        assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
        assert later & set(_words(schema)) == set()
        assert {name.rpartition("/")[2] for name in _values(schema, "$ref")} <= set(schema["definitions"])


def _words(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema
    for below in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _words(below)


def _values(schema: Any, word: str) -> Iterator[Any]:
    if isinstance(schema, dict) and word in schema:
        yield schema[word]
    for below in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _values(below, word)


@pytest.mark.parametrize("file", FILES)
def test_every_starter_file_is_valid_and_bears_the_hint(schemas: Mapping[str, Any], file: str) -> None:
    """The first line leads an editor from the file to its schema."""
    assert of_text(schemas, file, STARTER[file]) == []
    assert STARTER[file].splitlines()[0] == editor_hint(file)


def test_the_hint_leads_to_the_file_that_is_written(tmp_path: Path) -> None:
    """Relative to the file that bears it."""
    write_schemas(tmp_path)
    for file in FILES:
        path = (tmp_path / file).parent / editor_hint(file).partition("=")[2]
        assert path.resolve() == (tmp_path / FOLDER / schema_name(file)).resolve()
        assert "properties" in json.loads(path.resolve().read_text("utf-8"))


@pytest.mark.parametrize("path", sorted(DEMO.rglob("*.yml")), ids=lambda path: path.name)
def test_the_demos_files_are_valid(path: Path) -> None:
    """Maps too."""
    name = path.relative_to(DEMO).as_posix().removeprefix("workspace/")
    assert of_text(schemas_of(read_files(DEMO / "workspace")), name, path.read_text("utf-8")) == []


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_key_that_nobody_knows_is_refused(case: str) -> None:
    """Every case of tests/broken about an unknown key: the schema of that file names the key."""
    assert len(UNKNOWN) >= 3
    expected = (BROKEN / case / "expected").read_text("utf-8").splitlines()
    files = read_files(BROKEN / case)
    schemas = schemas_of(files)
    for line in expected:
        if "unknown key" in line:
            file, word = line.partition(":")[0], line.split("'")[1]
            assert any(f"'{word}' was unexpected" in fault for fault in of_text(schemas, file, files[file]))


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("segments/x.yml", "where: {chanel: vk}"),
        ("segments/x.yml", "where: {bought: {withn: 90 days}}"),
        ("segments/x.yml", "where: {bought: {within: 90 dayz}}"),
        ("segments/x.yml", "where: {channel: {more_than: 5}}"),
        ("segments/x.yml", "where: {revenue: {at_least: much}}"),
        ("segments/x.yml", "where: {opened: {total: {more_than: 5}}}"),
        ("segments/x.yml", "where: {did: true}"),
        ("segments/x.yml", "where: {channel: ''}"),
        ("segments/x.yml", "where: {top: {share: 120, by: revenue}}"),
        ("segments/x.yml", "description: no where"),
        ("segments/x.yml", "where: {birthday: {before: tomorrow}}"),
        ("segments/x.yml", "where: {orders: 1}\ntests: [{as_of: 2026-11-01, expect: maybe}]"),
        ("segments/statuses.yml", "statuses: [{name: a}]"),
        ("segments/statuses.yml", "statuses: [{name: a, when: {orders: 1}, otherwise: true}]"),
        ("rekindle.yml", "attributes: {area: numbr}"),
        ("rekindle.yml", "topics: {Offers: x}"),
        ("rekindle.yml", "stop_when: {bounced: 500%x}"),
        ("campaigns/x.yml", "topic: offers"),
        ("campaigns/x.yml", "{topic: offers, segment: buyers, again: sometimes}"),
        ("campaigns/x.yml", "{topic: offers, segment: buyers, holdout: 2}"),
        ("campaigns/x.yml", "{topic: offers, segment: buyers, offers: [{when: {chanel: vk}, code: X}]}"),
        ("campaigns/x.yml", "{topic: offers, segment: buyers, window: {hours: late}}"),
        ("x.map.yml", "{kind: order, columns: {number: No}}"),
        ("x.map.yml", "{kind: orders, columns: {nummer: No}}"),
        ("x.map.yml", "{kind: orders, columns: {number: No}, refuse: [{when: {No: {beginns: C}}, reason: x}]}"),
    ],
)
def test_wrong_words_are_refused(schemas: Mapping[str, Any], file: str, text: str) -> None:
    """A misspelt word, a unit that is none, an operator of another kind: red in the editor already."""
    assert of_text(schemas, file, text) != []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("segments/x.yml", "where: {phone: 007, city: true, shop_area: {more_than: 5}, brands: {count: 0}}"),
        ("segments/x.yml", "where: {last_order_at: {within: 90 Days, since: Yesterday, in: Last  Month}}"),
        ("segments/x.yml", "where: [{not: {segment: not-there-yet}}, {everyone: true}, {birthday: {month: [1, 12]}}]"),
        ("segments/x.yml", "where: {revenue: {less_than: {field: shop_area, times: 0.5}, between: [1, '2']}}"),
        ("segments/x.yml", "where: {status: {in: [active, new], for_at_least: 30d}}"),
        ("segments/x.yml", "where: []"),
        ("segments/statuses.yml", "ladders: {warmth: [{name: hot, when: {alive: {at_least: 0.5}}}]}"),
        ("rekindle.yml", "targets: {period: month, 2026-11: {status: {active: 120, new: 20}}, growth: sqrt}"),
        ("rekindle.yml", "sending: {per_second: 50, domains: {mail.ru: {connections: 2}}, "
                         "warmup: {start: 200, factor: 1.5}}"),
        ("campaigns/x.yml", "{topic: offers, segment: [a, b], holdout: {share: 10%, keep: campaign}, again: never,"
                            " window: {hours: 09:00-20:00, days: mon-fri, timezone: contact}, reply_to: a@b.example}"),
        ("campaigns/x.yml", "{topic: offers, segment: a, schedule: {cron: 0 10 1 * *, max_lateness: 12 hours},"
                            " steps: [{template: a.mjml}, {after: 7 days, unless: clicked, template: b.mjml}]}"),
        ("x.map.yml", "{kind: contacts, columns: {email_2: Mail, shop_area: {first_of: [A, B]}},"
                      " rules: [{when: {Any: 1, Segment: {known: false}}, set: {kind: person}}]}"),
    ],
)  # fmt: skip
def test_what_the_languages_allow_is_allowed(schemas: Mapping[str, Any], file: str, text: str) -> None:
    """Words of the workspace, units in any case, texts that look like numbers."""
    assert of_text(schemas, file, text) == []


def test_every_condition_that_the_grammar_reads_is_valid() -> None:
    """Thousands of random trees of every field, operator and behaviour."""
    known, random = catalogue(), Random(3)
    schema = document("", ref("condition"), condition_definitions(known))
    validator = Draft7Validator(schema)
    for _ in range(600):
        node = node_of(condition(random))
        assert read_condition(node, known)[1] == []
        assert list(validator.iter_errors(plain(node))) == []


def test_every_word_has_a_meaning(schemas: Mapping[str, Any]) -> None:
    """What an editor shows beside a word; none of them stands for a word that is not there."""
    assert set(meanings.FIELDS) == set(words.FIELDS)
    assert set(meanings.LOGIC) == set(words.LOGIC_WORDS)
    assert set(meanings.OTHERS) == set(words.OTHER_WORDS)
    assert set(meanings.OPERATORS) == {name for names in words.OPERATORS.values() for name in names}
    for schema in schemas.values():
        assert all(one.get("description") for one in schema["properties"].values())


def test_the_command_writes_into_the_workspace(
    workspace: Callable[[Mapping[str, str]], Path], rekindle: Callable[..., Any]
) -> None:
    """Also into a broken one: an editor is where it gets mended; the second call writes anew."""
    root = workspace({"rekindle.yml": "attributes: {area: number}\nsendign: 1\n"})
    ran = rekindle("-C", root, "schema")
    assert ran.code == 0
    assert ran.out.splitlines() == [str(root / FOLDER / name) for name in schemas_of({})]
    assert "area" in json.loads((root / FOLDER / "segment.json").read_text("utf-8"))["definitions"]["condition"][
        "anyOf"][1]["properties"]  # fmt: skip
    again = json.loads(rekindle("--json", "schema", root).out)
    assert again == {"written": [f"{FOLDER}/{name}" for name in schemas_of({})]}
