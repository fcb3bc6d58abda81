"""Reading conditions: what a marketer writes becomes the tree, every wrong word a problem with its place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rekindle.model.contact import AttributeKind
from rekindle.model.duration import Duration, DurationUnit
from rekindle.model.segment import (
    AllOf,
    AnyOf,
    Behaviour,
    BehaviourKind,
    Condition,
    DateOperator,
    DateTest,
    FieldBound,
    FieldTest,
    InSegment,
    KnownTest,
    Ladder,
    Not,
    NumberOperator,
    NumberTest,
    Rung,
    Segment,
    StatusTest,
    TextOperator,
    TextTest,
    Top,
)
from rekindle.segment.catalogue import Catalogue, name_conflict
from rekindle.segment.grammar import MAX_DEPTH, read_condition, read_ladders, read_segment
from rekindle.segment.references import references
from rekindle.workspace.document import read_document

LADDERS = (Ladder("relationship", (Rung("active"), Rung("lost"))), Ladder("warmth", (Rung("hot"), Rung("cold"))))
CATALOGUE = Catalogue({"potential": AttributeKind.NUMBER, "brands": AttributeKind.LIST}, LADDERS, topics=("offers",))
ONCE = NumberTest(NumberOperator.AT_LEAST, (Decimal(1),))


def node(text: str):
    found, problems = read_document(text, "segments/x.yml")
    assert problems == []
    assert found is not None
    return found


def read(text: str, catalogue: Catalogue = CATALOGUE) -> Condition | list[str]:
    condition, problems = read_condition(node(text), catalogue)
    return condition if condition is not None else [str(problem) for problem in problems]


def test_the_shorthands_are_spelled_out() -> None:
    """A value is equals, a list one of, several keys all, not_X the complement, a behaviour at least one."""
    expected = AllOf(
        (
            FieldTest("specialization", TextTest(TextOperator.IS, ("007",))),
            AllOf(
                (
                    FieldTest("channel", TextTest(TextOperator.IN, ("instagram", "NO"))),
                    FieldTest("city", KnownTest(True)),
                )
            ),
            Not(
                Behaviour(
                    BehaviourKind.BOUGHT,
                    times=(DateTest(DateOperator.WITHIN, duration=Duration(90, DurationUnit.DAY)),),
                    counts=(ONCE,),
                )
            ),
            AnyOf((InSegment(("a", "b")), Top(Decimal("0.2")))),
        )
    )
    written = """
- specialization: 007
- {channel: [instagram, NO], city: {known: true}}
- not_bought: {within: 90 days}
- any:
  - segment: [a, b]
  - top: {share: 20%}
"""
    assert read(written) == expected


def test_a_bound_may_be_another_field_and_a_total_needs_no_count() -> None:
    """{field, times} stands wherever a number does; with total no order is asked for."""
    bound = FieldBound("potential", Decimal("0.5"))
    assert read("revenue: {less_than: {field: potential, times: 0.5}}") == FieldTest(
        "revenue", NumberTest(NumberOperator.LESS_THAN, (bound,))
    )
    total = read("bought: {total: {at_most: 10}}")
    assert isinstance(total, Behaviour)
    assert total.counts == ()


def test_each_name_of_a_list_of_segments_has_its_place() -> None:
    """A wrong name is reported where it stands, not where its list begins."""
    found = read("segment: [a, b]")
    assert isinstance(found, InSegment)
    assert [(name, at.column) for name, at in found.named] == [("a", 11), ("b", 14)]


def test_status_is_the_first_ladder_and_each_ladder_is_a_field() -> None:
    """`status` asks the first ladder; the others go by their names."""
    assert read("status: active") == StatusTest("relationship", ("active",))
    assert read("warmth: [hot, cold]") == StatusTest("warmth", ("hot", "cold"))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("chanel: vk", "1:1: unknown field or condition 'chanel' (did you mean 'channel'?)"),
        ("- channel: vk\n- bought: {witin: 90 days}", "2:12: 'bought' has no key 'witin' (did you mean 'within'?)"),
        ("city: {contain: a}", "1:8: a text field has no operator 'contain' (did you mean 'contains'?)"),
        ("orders: {contains: 1}", "1:10: a number field has no operator 'contains'"),
        ("bought: {within: 90}", "1:18: '90' is not a duration; write it like 90 days, 6 months, 2 weeks, 36 hours"),
        ("orders: many", "1:9: expected a number, found 'many' (write it like 1200 or 0.5, without spaces)"),
        ("orders: 1e400", "1:9: expected a number, found '1e400' (write it like 1200 or 0.5, without spaces)"),
        (
            "birthday: {on: today}",
            "1:16: expected a date such as 2026-11-01, found 'today' (for other times: since, before)",
        ),
        ("birthday: 2026-02-30", "1:11: '2026-02-30' is not in the calendar (day is out of range for month)"),
        ("birthday: {month: 13}", "1:19: expected a month from 1 to 12, found '13'"),
        ("birthday: {month: [2, May]}", "1:23: expected a month from 1 to 12, found 'May' (did you mean '5'?)"),
        (
            "bought: {within: 90 dayz}",
            "1:18: '90 dayz' is not a duration; write it like 90 days, 6 months, 2 weeks, 36 hours "
            "(did you mean '90 days'?)",
        ),
        (
            "bought: {in: last moth}",
            "1:14: 'last moth' is not a span such as this month, last week, this quarter or last year "
            "(did you mean 'last month'?)",
        ),
        (
            "created_at: {since: 01.02.2026}",
            "1:21: '01.02.2026' is not a time such as 2026-11-01, 2026-11-01T10:00, 90 days ago, today or yesterday "
            "(did you mean '2026-02-01'?)",
        ),
        (
            "created_at: {since: yesterdy}",
            "1:21: 'yesterdy' is not a time such as 2026-11-01, 2026-11-01T10:00, 90 days ago, today or yesterday "
            "(did you mean 'yesterday'?)",
        ),
        (
            "bought: {last: 30 days}",
            "1:16: '30 days' is not a time such as 2026-11-01, 2026-11-01T10:00, 90 days ago, today or yesterday "
            "(did you mean 'within: 30 days'?)",
        ),
        ("city: {begins_with: a}", "1:8: a text field has no operator 'begins_with' (did you mean 'starts_with'?)"),
        ("bought: {sum: 5}", "1:10: 'bought' has no key 'sum' (did you mean 'total'?)"),
        ("opened: {amount: 5}", "1:10: 'opened' has no key 'amount' (only bought, ordered take it)"),
        ("gender: [f, female]", "1:13: gender is never 'female' (known: f, m)"),
        ("bought: {status: [paid, opn]}", "1:25: an order's status is never 'opn' (did you mean 'open'?)"),
        ("gender: female", "1:9: gender is never 'female' (known: f, m)"),
        ("status: activ", "1:9: unknown status 'activ' (did you mean 'active'?)"),
        ("reachable: {topic: offer}", "1:20: unknown topic 'offer' (did you mean 'offers'?)"),
        ("top: {share: 120%}", "1:14: expected a share from 0% to 100%, found '120%' (write it like 20%)"),
        ("top: {by: orders}", "1:1: 'top' needs a share (write top: {share: 20%, by: revenue})"),
        ("did: true", "1:1: 'did' needs the kind of activity (write did: {activity: visit})"),
        ("ignored: {}", "1:10: expected {last: N} or {within: DURATION, at_least: N}, found an empty mapping"),
        ("bought: {status: payed}", "1:18: an order's status is never 'payed' (did you mean 'paid'?)"),
        ("bought: {at_least: 1.5}", "1:20: expected a whole number from 0 up, found '1.5'"),
        ("orders: {between: [5, 1]}", "1:19: the range 5 to 1 is empty (the smaller number comes first)"),
        ("revenue: {more_than: {field: city}}", "1:22: 'city' is not a number field (known: alive, average_order"),
        ("everyone: false", "1:11: expected true, found 'false' (everyone: true; for nobody write any: [])"),
        ("any: {channel: vk}", "1:6: expected a list of conditions, found a mapping (begin each with a dash)"),
        ("tags: {count: two}", "1:15: expected a number, found 'two' (write it like 1200 or 0.5, without spaces)"),
        ("opened: {counting: machines}", "1:20: expected the word all, found 'machines' (known: all)"),
        ("channel:", "1:9: expected a text, found nothing"),
        ('channel: "  "', "1:10: expected a text, found an empty text (to ask for missing values: known: false)"),
    ],
)
def test_every_wrong_word_is_a_problem_with_its_place_and_a_hint(written: str, expected: str) -> None:
    """file:line:column, what was expected, the nearest right word."""
    found = read(written)
    assert isinstance(found, list)
    assert found[0].startswith(f"segments/x.yml:{expected}")
    assert len(found) == 1


def test_all_problems_are_found_in_one_reading() -> None:
    """The second mistake is told as well as the first."""
    found = read("- chanel: vk\n- orders: x\n- bought: {witin: 1d, at_lest: 2}")
    assert isinstance(found, list)
    assert [line.split(": ")[0] for line in found] == [
        "segments/x.yml:1:3", "segments/x.yml:2:11", "segments/x.yml:3:12", "segments/x.yml:3:23",
    ]  # fmt: skip


def test_nesting_without_end_is_refused() -> None:
    """A tree that would exhaust a stack is a problem, not a crash."""
    from tests.property.written import node_of

    deep: dict[str, object] = {"channel": "vk"}
    for _ in range(MAX_DEPTH + 5):
        deep = {"not": deep}
    condition, problems = read_condition(node_of(deep), CATALOGUE)
    assert condition is None
    assert [problem.message for problem in problems] == [f"conditions stand more than {MAX_DEPTH} deep"]


def test_a_segment_has_a_description_and_tests_and_their_values_are_looked_at() -> None:
    """A test with an impossible amount or an unknown key is a problem before it is ever run."""
    text = """
description: Silent
where: {not_bought: {within: 90 days}}
tests:
  - {as_of: 2026-11-01, contact: {chanel: vk}, orders: [{placed_at: soon, amount: much}], expect: in}
"""
    segment, problems = read_segment("silent", node(text), CATALOGUE)
    assert segment is None
    assert [(problem.at.line, problem.message.split(";")[0]) for problem in problems] == [
        (5, "unknown key 'chanel'"),
        (5, "'soon' is not a time such as 2026-11-01, 2026-11-01T10:00, 90 days ago, today or yesterday"),
        (5, "expected a number, found 'much'"),
    ]
    mended = text.replace("chanel", "channel").replace("soon", "2026-08-01").replace("much", "5")
    good, problems = read_segment("silent", node(mended), CATALOGUE)
    assert problems == []
    assert isinstance(good, Segment)
    assert (good.description, len(good.tests), good.tests[0].expect_in) == ("Silent", 1, True)


def test_ladders_stand_side_by_side_and_a_rung_asks_for_no_status() -> None:
    """The first is `status`; a `when` may not ask for a status; otherwise stands last."""
    good = """
ladders:
  relationship: [{name: active, when: {bought: true}}, {name: rest, otherwise: true}]
  warmth: [{name: hot, when: {opened: true}}]
"""
    ladders, problems = read_ladders(node(good), Catalogue())
    assert problems == []
    assert [(ladder.name, ladder.names) for ladder in ladders] == [
        ("relationship", ("active", "rest")),
        ("warmth", ("hot",)),
    ]
    bad = """statuses:
- {name: a, otherwise: true}
- {name: a, when: {status: a}}
ladders: {orders: [{name: b, when: []}]}
"""
    _, problems = read_ladders(node(bad), CATALOGUE)
    assert [str(problem) for problem in problems] == [
        "segments/x.yml:3:20: a status cannot ask for a status (ask for what the contact did instead)",
        "segments/x.yml:3:10: the status 'a' stands twice (write one when with any: [..])",
        "segments/x.yml:3:10: nobody reaches 'a' (otherwise: true must stand last)",
        "segments/x.yml:4:11: a ladder cannot be called 'orders': that is a field",
    ]


def test_names_that_would_hide_a_word_are_told() -> None:
    """An attribute or ladder may not be named like a field, a behaviour or a condition."""
    names = ("city", "bought", "not_opened", "any", "sample", "shop_area")
    assert [name_conflict(name) for name in names] == [
        "a field",
        "a behaviour",
        "a behaviour",
        "a condition",
        "a condition",
        "",
    ]


def test_references_name_the_segments_asked_for_each_once() -> None:
    """For cross-checks and circles."""
    condition = read("any: [{segment: a}, {not: {segment: [b, a]}}]")
    assert isinstance(condition, Condition)
    assert references(condition) == ("a", "b")


def test_the_rules_of_an_import_map_speak_of_a_files_columns() -> None:
    """Any word but those of logic is a column, `status` and `gender` too; text and number operators over each."""
    catalogue = Catalogue.of_a_file()
    condition = read("any: [{status: {starts_with: c}}, {Quantity: {at_most: 0}}, {gender: Herr}]", catalogue)
    assert isinstance(condition, AnyOf)
    assert [part.field for part in condition.parts if isinstance(part, FieldTest)] == ["status", "Quantity", "gender"]
    operator = "segments/x.yml:1:12: a column has no operator 'at_mots' (did you mean 'at_most'?)"
    assert read("Quantity: {at_mots: 1}", catalogue) == [operator]
    assert read("x", catalogue) == ["segments/x.yml:1:1: expected a condition, found 'x' (write {COLUMN: test})"]
