"""Which parts of a condition moved a contact: those that account for the change, and no others."""

from __future__ import annotations

import pytest

from rekindle.model.contact import Contact
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.evaluate import judge
from rekindle.segment.facts import ContactFacts
from rekindle.segment.grammar import read_condition
from rekindle.segment.moved import movers, refusers
from rekindle.segment.written import written
from rekindle.workspace.document import read_document
from tests.conftest import NOW


def judged(text: str, **values: str):
    node, _ = read_document(text, "x.yml")
    assert node is not None
    condition, problems = read_condition(node, Catalogue())
    assert problems == []
    assert condition is not None
    return judge(condition, ContactFacts(Contact(1, created_at=NOW, **values)), Asking(NOW))


def moved(text: str, before: dict[str, str], after: dict[str, str]) -> list[tuple[str, bool]]:
    return [(written(one.condition), one.holds) for one in movers(judged(text, **before), judged(text, **after))]


@pytest.mark.parametrize(
    ("text", "before", "after", "expected"),
    [
        ("[city: riga, channel: vk]", {"city": "Riga"}, {"city": "Riga", "channel": "vk"}, [("channel: vk", True)]),
        ("[city: riga, channel: vk]", {"city": "Riga", "channel": "vk"}, {},
         [("city: riga", False), ("channel: vk", False)]),
        ("[city: riga, channel: vk]", {"city": "Riga"}, {"channel": "vk"}, []),
        ("any: [{city: riga}, {channel: vk}]", {}, {"channel": "vk"}, [("channel: vk", True)]),
        ("any: [{city: riga}, {channel: vk}]", {"city": "Riga"}, {"channel": "vk"}, []),
        ("not: {any: [{city: riga}, {channel: vk}]}", {"city": "Riga"}, {}, [("city: riga", False)]),
        ("none: [{city: riga}, {channel: vk}]", {}, {"city": "Riga", "channel": "x"}, [("city: riga", True)]),
        ("at_least: {count: 2, of: [{city: riga}, {channel: vk}, {rank: a}]}", {"city": "Riga", "rank": "a"},
         {"rank": "b", "city": "riga", "channel": "x"}, [("rank: a", False)]),
        ("at_least: {count: 2, of: [{city: riga}, {channel: vk}, {rank: a}]}", {"city": "Riga"},
         {"channel": "vk", "rank": "a"}, [("channel: vk", True), ("rank: a", True)]),
    ],
)  # fmt: skip
def test_movers_are_the_leaves_that_made_the_change(
    text: str, before: dict[str, str], after: dict[str, str], expected: list[tuple[str, bool]]
) -> None:
    """Down to the leaves, through negations; a part that changed the other way moved nothing."""
    assert moved(text, before, after) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[city: riga, channel: vk]", [("city: riga", False)]),
        ("[not: {channel: vk}, rank: a]", [("channel: vk", True), ("rank: a", False)]),
        ("none: [{channel: vk}, {city: riga}]", [("channel: vk", True)]),
        ("any: [{city: riga}, {rank: a}]", [("any: [{city: riga}, {rank: a}]", False)]),
        ("any: [{city: riga}]", [("city: riga", False)]),
        ("channel: vk", []),
    ],
)
def test_refusers_are_the_parts_that_keep_a_contact_out(text: str, expected: list[tuple[str, bool]]) -> None:
    """Of alternatives none of which holds, the whole choice."""
    assert [(written(one.condition), one.holds) for one in refusers(judged(text, channel="vk"))] == expected
