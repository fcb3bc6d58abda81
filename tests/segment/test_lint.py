"""Conditions that can never hold or never fail are told, and no others: what is told is certain."""

from __future__ import annotations

from random import Random

import pytest

from rekindle.model.segment import Everyone, Segment
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.grammar import read_condition
from rekindle.segment.lint import can_be, lint
from rekindle.store.engine import Store
from rekindle.store.segments import member_ids
from rekindle.store.where_alive import with_fitted_lifetimes
from rekindle.workspace.document import read_document
from tests.property.random_tree import condition
from tests.property.random_world import asking_of, catalogue, fill
from tests.property.written import node_of

OTHERS = {"vk": "channel: vk", "buyers": "bought: true"}


def segment(text: str, known: Catalogue) -> Segment:
    node, faults = read_document(text, "segments/x.yml")
    assert faults == []
    assert node is not None
    where, problems = read_condition(node, known)
    assert problems == []
    assert where is not None
    return Segment("x", where)


def told(text: str) -> list[str]:
    """The lint of a segment whose condition is `text`."""
    known = catalogue()
    segments = {name: segment(written, known) for name, written in OTHERS.items()}
    return [f"{problem.at.line}:{problem.at.column}: {problem.message}" for problem in
            lint(segment(text, known), segments)]  # fmt: skip


NOBODY = "nobody can be in the segment 'x': its parts exclude each other"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("- channel: vk\n- channel: instagram\n", "2:3"),
        ("- channel: [vk, site]\n- not: {channel: [site, ' VK']}\n", "2:9"),
        ("- channel: vk\n- channel: {is_not: vk}\n", "2:3"),
        ("- channel: vk\n- channel: {known: false}\n", "2:3"),
        ("- orders: {more_than: 3}\n- orders: {less_than: 2}\n", "2:3"),
        ("{orders: {more_than: 1, less_than: 1}}", "1:2"),
        ("{revenue: {at_least: 5, at_most: 4.99}}", "1:2"),
        ("- bought: true\n- not_bought: true\n", "2:3"),
        ("bought: {at_least: 3, at_most: 2}", "1:1"),
        ("bought: {more_than: 1, less_than: 2}", "1:1"),
        ("- status: active\n- status: [idle, lost]\n", "2:3"),
        ("- vip: true\n- vip: false\n", "2:3"),
        ("at_least: {count: 3, of: [{channel: vk}, {city: x}]}", "1:1"),
        ("- at_least: {count: 2, of: [{any: []}, {city: x}]}\n", "1:30"),
        ("top: {share: 0%}", "1:1"),
        ("- segment: vk\n- channel: site\n", "2:3"),
        ("- any:\n  - [{channel: vk}, {channel: site}]\n  - {sample: {share: 0, salt: x}}\n", "2:22"),
        ("none: [{channel: vk}, {not: {channel: vk}}]", "1:30"),
    ],
)
def test_a_segment_that_nobody_can_be_in_is_told(text: str, place: str) -> None:
    """At the place where the parts first exclude each other."""
    assert told(text) == [f"{place}: {NOBODY}"]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "any: [{channel: vk}, {not: {channel: vk}}]",
        "any: [{channel: vk}, {channel: {is_not: vk}}]",
        "any: [{bought: true}, {not_bought: true}]",
        "any: [{city: {known: true}}, {city: {known: false}}]",
        "not: [{channel: vk}, {channel: site}]",
        "at_least: {count: 0, of: [{channel: vk}]}",
        "bought: {at_least: 0}",
        "sample: {share: 100%, salt: x}",
        "any: [{segment: vk}, {not_bought: true}, {segment: buyers}]",
    ],
)
def test_a_segment_that_everybody_is_in_is_told(text: str) -> None:
    """Whatever is known of a contact."""
    assert [line.partition(": ")[2] for line in told(text)] == ["everybody is in the segment 'x'"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- channel: vk\n- everyone: true\n", "2:3: everybody passes this part: everyone: true"),
        ("- channel: vk\n- bought: {at_least: 0}\n", "2:3: everybody passes this part: bought: {at_least: 0}"),
        ("any:\n- channel: vk\n- {orders: {more_than: 2, less_than: 1}}\n",
         "3:4: nobody passes this part: all: [{orders: {more_than: 2}}, {orders: {less_than: 1}}]"),
        ("not:\n  any: [{channel: vk}, {any: []}]\n", "2:25: nobody passes this part: any: []"),
    ],
)  # fmt: skip
def test_a_part_that_decides_nothing_is_told(text: str, expected: str) -> None:
    """The outermost of them, once."""
    assert told(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "everyone: true",
        "any: []",
        "[{channel: vk}, {bought: true}, {not_bought: {within: 90 days}}]",
        "[{tags: a}, {tags: b}]",
        "[{city: {contains: a}}, {city: {is_not: moscow}}]",
        "[{city: {is_not: a}}, {city: {known: false}}]",
        "[{brands: {count: 0}}, {brands: {known: false}}]",
        "[{brands: {has_none: [a]}}, {brands: {known: false}}]",
        "[{not: {vip: true}}, {vip: {known: false}}]",
        "[{orders: {more_than: 2}}, {orders: {less_than: 4}}]",
        "[{potential: {more_than: 2}}, {potential: {less_than: {field: orders}}}]",
        "bought: {more_than: 1, less_than: 3}",
        "bought: {at_least: 0, within: 30 days, total: {more_than: 5}}",
        "[{status: active}, {status: [active, idle]}]",
        "[{status: {entered: 3 days}}, {not: {status: idle}}]",
        "any: [{channel: vk}, {segment: buyers}]",
        "at_least: {count: 1, of: [{channel: vk}, {channel: site}]}",
        "not: {at_least: {count: 2, of: [{channel: vk}, {city: a}]}}",
    ],
)
def test_what_may_hold_and_may_fail_is_left_alone(text: str) -> None:
    """Also where it looks odd: several tags, missing values, fields as bounds."""
    assert told(text) == []


def test_what_is_called_impossible_has_no_member_in_any_random_world(sqlite_store: Store) -> None:
    """Against the readers of segments themselves, on random contacts and trees; what cannot fail has everybody."""
    random = Random(17)
    asking = asking_of(random)
    with sqlite_store.writing() as connection:
        fill(connection, random, asking, 40)
    told_of = {True: 0, False: 0}
    with sqlite_store.reading() as connection:
        asking = with_fitted_lifetimes(connection, asking)
        everybody = list(member_ids(connection, Everyone(), asking))
        for _ in range(1500):
            written = condition(random, 2)
            if "segment" in str(written):
                continue
            where, problems = read_condition(node_of(written), asking.catalogue)
            assert problems == []
            assert where is not None
            for wanted in (True, False):
                if not can_be(where, wanted, {}):
                    told_of[wanted] += 1
                    assert list(member_ids(connection, where, asking)) == ([] if wanted else everybody), written
            assert all(problem.warning for problem in lint(Segment("x", where), {}))
    assert min(told_of.values()) > 20
