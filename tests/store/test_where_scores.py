"""A buyer's scores among all buyers, asked of the store: as columns, in tests and in Python alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from rekindle.model.segment import Condition
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import SCORE_FIELDS, Catalogue
from rekindle.segment.evaluate import evaluate
from rekindle.segment.grammar import read_condition
from rekindle.store.engine import Store
from rekindle.store.facts import load_facts, with_figures
from rekindle.store.member_rows import member_rows
from rekindle.store.segments import member_ids
from rekindle.store.tables import contact, orders
from tests.property.written import node_of

AS_OF = datetime(2026, 11, 1, 12, tzinfo=UTC)
ASKING = Asking(AS_OF, UTC, Catalogue())


def read(written: object) -> Condition:
    condition, problems = read_condition(node_of(written), Catalogue())
    assert problems == []
    assert condition is not None
    return condition


def put(store: Store) -> None:
    """Ten buyers: the first bought lately and dear, the last often. 11 never paid, 12 does not exist yet."""
    order: list[dict[str, object]] = []

    def buys(owner: int, days_ago: int, amount: int, status: str = "paid") -> None:
        at = AS_OF - timedelta(days=days_ago)
        order.append({"source": "main", "number": str(len(order)), "contact_id": owner, "placed_at": at,
                      "placed_on": at.date(), "amount": amount, "status": status})  # fmt: skip

    for owner in range(1, 11):
        for again in range(owner):
            buys(owner, owner * 10 + again, (11 - owner) * 1000 // owner)
    buys(11, 1, 9_999_999, "open")
    buys(12, 0, 9_999_999)
    buys(1, -1, 9_999_999)
    with store.writing() as connection:
        known = {"first_seen_at": AS_OF, "exists_from": datetime(2020, 1, 1, tzinfo=UTC)}
        connection.execute(insert(contact), [{**known, "id": one} for one in range(1, 12)])
        connection.execute(insert(contact).values({**known, "id": 12, "exists_from": AS_OF + timedelta(days=1)}))
        connection.execute(insert(orders), order)


def test_scores_are_fifths_among_the_buyers_that_exist(store: Store) -> None:
    """Two buyers a fifth; who never paid has no score; nothing later than as_of counts."""
    put(store)
    with store.reading() as connection:
        rows = list(member_rows(connection, read({"everyone": "true"}), ASKING, ("id", *SCORE_FIELDS)))
    assert [row[1:] for row in rows[:10]] == [
        (5, 1, 5), (5, 1, 5), (4, 2, 4), (4, 2, 4), (3, 3, 3), (3, 3, 3), (2, 4, 2), (2, 4, 2), (1, 5, 1), (1, 5, 1),
    ]  # fmt: skip
    assert rows[10:] == [(11, None, None, None)]


def test_tests_of_scores_say_the_same_in_sql_and_in_python(store: Store) -> None:
    """Constant bounds, other fields as bounds on either side, complements and presence."""
    put(store)
    asked = {
        "recency_score: {at_least: 4}": ({"recency_score": {"at_least": "4"}}, [1, 2, 3, 4]),
        "not 5": ({"frequency_score": {"is_not": "5"}}, [1, 2, 3, 4, 5, 6, 7, 8, 11]),
        "both": ({"recency_score": "5", "monetary_score": {"in": ["4", "5"]}}, [1, 2]),
        "by another": ({"frequency_score": {"more_than": {"field": "recency_score"}}}, [7, 8, 9, 10]),
        "for another": ({"orders": {"less_than": {"field": "recency_score"}}}, [1, 2, 3]),
        "unknown": ({"monetary_score": {"known": False}}, [11]),
    }
    for name, (written, wanted) in asked.items():
        condition = read(written)
        with store.reading() as connection:
            asking = with_figures(connection, ASKING, [condition])
            facts = load_facts(connection, range(1, 12), asking)
            assert list(member_ids(connection, condition, ASKING)) == wanted, name
        assert [owner for owner, one in facts.items() if evaluate(condition, one, asking)] == wanted, name
