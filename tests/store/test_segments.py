"""Segments as SQL on both databases: values bound, hostile texts literal, forms that hold at any size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from rekindle.model.folding import fold
from rekindle.model.segment import Condition, Segment
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.grammar import read_condition
from rekindle.store.engine import Store
from rekindle.store.segments import base_count, counts, member_ids, members_statement, shown_statement
from rekindle.store.tables import contact, orders
from tests.property.written import node_of

AS_OF = datetime(2026, 11, 1, 9, tzinfo=UTC)
ASKING = Asking(AS_OF, UTC, Catalogue())
HOSTILE = (
    "' OR 1=1 --",
    "100%",
    "a_b",
    "\\",
    "%",
    "_",
    "*",
    '"; DROP TABLE contact; --',
    "$.a",
    "{0}",
    ":value",
    "ё",
    "?",
)


def read(written: Any) -> Condition:
    condition, problems = read_condition(node_of(written), Catalogue())
    assert problems == []
    assert condition is not None
    return condition


def put(store: Store, cities: tuple[str, ...]) -> None:
    rows = [
        {"id": number, "first_seen_at": AS_OF, "exists_from": AS_OF, "city": city, "city_folded": fold(city)}
        for number, city in enumerate(cities, start=1)
    ]
    with store.writing() as connection:
        connection.execute(insert(contact), rows)


def ids(store: Store, written: Any, asking: Asking = ASKING) -> list[int]:
    with store.reading() as connection:
        return list(member_ids(connection, read(written), asking))


@pytest.mark.parametrize("operator", ["is", "contains", "starts_with", "ends_with"])
def test_a_hostile_text_matches_itself_and_nothing_else(store: Store, operator: str) -> None:
    """Quotes, wildcards, backslashes and placeholders are letters like all others."""
    put(store, HOSTILE)
    for number, text in enumerate(HOSTILE, start=1):
        expected = [one for one, city in enumerate(HOSTILE, start=1) if fold(text) in fold(city)]
        if operator == "is":
            expected = [number]
        elif operator == "starts_with":
            expected = [one for one, city in enumerate(HOSTILE, start=1) if fold(city).startswith(fold(text))]
        elif operator == "ends_with":
            expected = [one for one, city in enumerate(HOSTILE, start=1) if fold(city).endswith(fold(text))]
        assert ids(store, {"city": {operator: text}}) == expected


def test_only_star_and_question_mark_are_patterns(store: Store) -> None:
    """`%` and `_` are letters in `matches`."""
    put(store, ("a%b", "axb", "a_b", "ab"))
    assert [ids(store, {"city": {"matches": pattern}}) for pattern in ("a%b", "a_b", "a?b", "a*b", "%")] == [
        [1], [3], [1, 2, 3], [1, 2, 3, 4], [],
    ]  # fmt: skip


def test_texts_that_no_database_holds_equal_nothing_and_break_nothing(store: Store) -> None:
    """NUL, half a surrogate pair, a megabyte, ten thousand values, a pattern beyond SQLite's limit."""
    put(store, ("moscow",))
    huge = "x" * 1_000_000
    for text in ("a\x00b", "\ud800", huge):
        assert ids(store, {"city": text}) == []
        assert ids(store, {"city": {"contains": text}}) == []
        assert ids(store, {"city": {"is_not": text}}) == [1]
    assert ids(store, {"city": {"matches": "*" + "?" * 60_000}}) == []
    assert ids(store, {"city": {"in": [f"city {number}" for number in range(40_000)] + ["Moscow"]}}) == [1]


def test_wide_and_deep_trees_are_one_statement(store: Store) -> None:
    """3,000 alternatives and 40 levels pass both databases' limits."""
    put(store, ("moscow", "tver"))
    wide = {"any": [{"city": {"contains": f"nowhere {number}"}} for number in range(3_000)] + [{"city": "tver"}]}
    assert ids(store, wide) == [2]
    deep: Any = {"city": "tver"}
    for level in range(40):
        deep = {"not": deep} if level % 2 else {"any": [deep, {"city": "nowhere"}]}
    assert ids(store, deep) == [2]


def test_counts_of_many_segments_are_of_one_state(store: Store) -> None:
    """All in one go; the base counts who exists at as_of."""
    put(store, ("moscow", "tver", "tver"))
    with store.reading() as connection:
        found = counts(
            connection, {"t": read({"city": "tver"}), "m": read({"city": "moscow"}), "n": read({"any": []})}, ASKING
        )
        early = Asking(AS_OF - timedelta(microseconds=1), UTC, Catalogue())
        assert (found, base_count(connection, ASKING), base_count(connection, early)) == (
            {"t": 2, "m": 1, "n": 0},
            3,
            0,
        )


def test_six_hundred_segments_are_counted(store: Store) -> None:
    """More than one statement of SQLite may join."""
    put(store, ("moscow", "tver"))
    conditions = {str(number): read({"any": [{"city": "tver"}, {"city": str(number)}]}) for number in range(600)}
    with store.reading() as connection:
        assert set(counts(connection, conditions, ASKING).values()) == {1}


def test_two_moments_of_rhythm_fit_in_one_statement(store: Store) -> None:
    """`diff` compares two moments: the parts of one must not be taken for the other's."""
    put(store, ("moscow",))
    with store.writing() as connection:
        row = {"source": "main", "contact_id": 1, "amount": 100, "status": "paid"}
        for number, days in enumerate((300, 200, 100)):
            at = AS_OF - timedelta(days=days)
            connection.execute(insert(orders).values(number=str(number), placed_at=at, placed_on=at.date(), **row))
    earlier = Asking(AS_OF - timedelta(days=90), UTC, Catalogue())
    condition = read({"overdue": {"at_least": "1"}})
    with store.writing() as connection:
        connection.execute(contact.update().values(exists_from=AS_OF - timedelta(days=400)))
        name = connection.dialect.name
        now, then = members_statement(condition, ASKING, name), members_statement(condition, earlier, name)
        assert list(connection.execute(now.where(contact.c.id.not_in(then))).scalars()) == [1]


def test_the_shown_statement_holds_no_value(store: Store) -> None:
    """What `segment sql` prints is the statement with its values beside it, none inside."""
    condition = read({"all": [{"city": "Secret City"}, {"bought": {"at_least": "7", "product": "Secret Cake"}}]})
    text, values = shown_statement(condition, ASKING, store.engine.dialect)
    assert "secret" not in text.lower()
    assert {"secret city", "secret cake", 7} <= set(values.values())


def test_a_segment_within_a_segment_is_its_condition(store: Store) -> None:
    """References are resolved through the asking."""
    put(store, ("moscow", "tver"))
    asking = Asking(AS_OF, UTC, Catalogue(), {"tver": Segment("tver", read({"city": "tver"}))})
    assert (ids(store, {"segment": "tver"}, asking), ids(store, {"not": {"segment": "tver"}}, asking)) == ([2], [1])


def test_a_missing_bound_of_several_hides_none_of_the_others(store: Store) -> None:
    """`in: [a field, 10]` holds for 10 where nobody has that field; `not_in` does not."""
    put(store, ("Tver", ""))
    bounds = [{"field": "usual_gap"}, "10"]
    assert [ids(store, {"completeness": {operator: bounds}}) for operator in ("in", "not_in")] == [[1], [2]]
