"""`alive` asked of the store: fitted to its own purchase days, on both databases alike."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, insert

from rekindle.model.error import MissingExtraError
from rekindle.model.segment import Condition, Segment
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.grammar import read_condition
from rekindle.store.engine import Store
from rekindle.store.facts import load_facts
from rekindle.store.member_rows import member_rows
from rekindle.store.segments import counts, member_ids
from rekindle.store.tables import contact, orders
from rekindle.store.where_alive import with_fitted_lifetimes, with_lifetimes
from tests.property.written import node_of

DATA = Path(__file__).parents[3] / "shared" / "data" / "cdnow" / "CDNOW_sample.txt"
AS_OF = datetime(1997, 9, 30, 23, 59, tzinfo=UTC)
ASKING = Asking(AS_OF, UTC, Catalogue())


def read(written: object) -> Condition:
    condition, problems = read_condition(node_of(written), Catalogue())
    assert problems == []
    assert condition is not None
    return condition


def put(connection: Connection, bought: list[tuple[int, datetime]], status: str = "paid") -> None:
    """Contacts by number with their orders."""
    known = [{"id": one, "first_seen_at": AS_OF, "exists_from": datetime(1990, 1, 1, tzinfo=UTC)}
             for one in sorted({owner for owner, _ in bought})]  # fmt: skip
    connection.execute(insert(contact), known)
    rows = [{"source": "main", "number": str(number), "contact_id": owner, "placed_at": at, "placed_on": at.date(),
             "amount": 100, "status": status} for number, (owner, at) in enumerate(bought)]  # fmt: skip
    connection.execute(insert(orders), rows)


def made_up(buyers: int) -> list[tuple[int, datetime]]:
    """Some buy on, some stop early; two orders of a day happen; the last buyer comes after as_of."""
    random = Random(5)
    found = [(buyers, AS_OF + timedelta(days=3))]
    for owner in range(1, buyers):
        at, days = AS_OF - timedelta(days=random.randrange(100, 500)), random.choice((3, 10, 40, 900))
        while at < AS_OF + timedelta(days=20) and random.random() < 0.8:
            found += [(owner, at), (owner, at - timedelta(hours=1))]
            at += timedelta(days=random.randrange(1, days + 1))
    return found


def test_the_store_computes_what_the_definition_says(store: Store) -> None:
    """Each contact's value by SQL, as a column and by tests at, above and below it, is the Python reader's."""
    with store.writing() as connection:
        put(connection, made_up(60))
    with store.reading() as connection:
        fitted = with_fitted_lifetimes(connection, ASKING)
        facts = load_facts(connection, range(1, 61), fitted)
        shown = dict(member_rows(connection, read({"everyone": "true"}), ASKING, ("id", "alive"), "-alive"))
        values = {owner: facts[owner].alive for owner in facts}
        assert {owner: None if one is None else Fraction(one) for owner, one in shown.items()} == values
        assert len(set(values.values())) > 10
        for value in sorted({one for one in values.values() if one is not None}):
            bound = f"{value.numerator * (10**6 // value.denominator) / 10**6:.6f}"
            for operator, holds in (("at_least", "__ge__"), ("more_than", "__gt__"), ("less_than", "__lt__")):
                expected = [owner for owner, one in values.items() if one is not None and getattr(one, holds)(value)]
                assert list(member_ids(connection, read({"alive": {operator: bound}}), ASKING)) == expected


def test_who_never_bought_and_whose_orders_come_later_have_no_probability(store: Store) -> None:
    """`known: false`; a refunded order is no purchase; as_of is strict."""
    with store.writing() as connection:
        put(connection, made_up(30))
        connection.execute(insert(contact).values(id=500, first_seen_at=AS_OF, exists_from=AS_OF))
        connection.execute(insert(orders).values(
            source="main", number="refunded", contact_id=500, placed_at=AS_OF, placed_on=AS_OF.date(), amount=1,
            status="refunded"))  # fmt: skip
    with store.reading() as connection:
        missing = list(member_ids(connection, read({"alive": {"known": "false"}}), ASKING))
        by_facts = load_facts(connection, [*range(1, 31), 500], with_fitted_lifetimes(connection, ASKING))
    assert missing == [owner for owner, one in by_facts.items() if one.alive is None]
    assert {30, 500} <= set(missing)


def test_where_nobody_bought_again_everybodys_is_missing(store: Store) -> None:
    """No model, no members; the complement is everybody."""
    with store.writing() as connection:
        put(connection, [(1, AS_OF), (2, AS_OF - timedelta(days=9)), (2, AS_OF - timedelta(days=9))])
    with store.reading() as connection:
        asked = {
            "low": read({"alive": {"at_most": "1"}}),
            "known": read({"alive": {"known": "true"}}),
            "not": read({"not": {"alive": {"at_least": "0"}}}),
            "bound": read({"orders": {"at_least": {"field": "alive"}}}),
        }
        assert counts(connection, asked, ASKING) == {"low": 0, "known": 0, "not": 2, "bound": 0}


def test_alive_is_a_bound_and_takes_bounds(store: Store) -> None:
    """`{field: alive}` on either side, also inside a behaviour and a segment that is referred to."""
    segments = {"gone": Segment("gone", read({"alive": {"less_than": "0.5"}}))}
    asking = Asking(AS_OF, UTC, Catalogue(), segments)
    with store.writing() as connection:
        put(connection, made_up(40))
    with store.reading() as connection:
        facts = load_facts(connection, range(1, 41), with_fitted_lifetimes(connection, asking))
        alive = {owner: one.alive for owner, one in facts.items() if one.alive is not None}
        paid = {owner: sum(1 for order in one.orders if order.placed_at <= AS_OF) for owner, one in facts.items()}
        asked: dict[str, tuple[object, list[int]]] = {
            "segment": ({"segment": "gone"}, [owner for owner, one in alive.items() if one < Fraction(1, 2)]),
            "above": ({"orders": {"more_than": {"field": "alive", "times": "8"}}},
                      [owner for owner, one in alive.items() if paid[owner] > 8 * one]),
            "below": ({"alive": {"less_than": {"field": "orders", "times": "0.125"}}},
                      [owner for owner, one in alive.items() if one < Fraction(paid[owner], 8)]),
            "total": ({"bought": {"total": {"more_than": {"field": "alive", "times": "8"}}}},
                      [owner for owner, one in alive.items() if paid[owner] > 8 * one]),
        }  # fmt: skip
        for written, expected in asked.values():
            assert list(member_ids(connection, read(written), asking)) == expected
            assert 0 < len(expected) < len(facts)


def test_nothing_is_fitted_where_nothing_asks(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments without `alive` need no numpy; with it the error names the command."""
    monkeypatch.setitem(sys.modules, "numpy", None)
    with sqlite_store.reading() as connection:
        assert with_lifetimes(connection, ASKING, [read({"overdue": {"at_least": "2"}})]) is ASKING
        with pytest.raises(MissingExtraError, match=r"pip install 'rekindle\[predict\]'"):
            list(member_ids(connection, read({"any": [{"alive": "1"}, {"orders": "0"}]}), ASKING))


@pytest.mark.skipif(not DATA.exists(), reason=f"THE CDNOW BENCHMARK IS NOT RUN: {DATA} is not there")
def test_cdnow_in_the_store_gives_the_published_model(store: Store) -> None:
    """Fader, Hardie & Lee 2005: from orders in the store to r, alpha, a, b; later orders do not exist at as_of."""
    rows = [line.split() for line in DATA.read_text("ascii").splitlines()]
    bought = [(int(row[1]), datetime.strptime(f"{row[2]} +0000", "%Y%m%d %z")) for row in rows]
    with store.writing() as connection:
        put(connection, bought)
    with store.reading() as connection:
        model = with_fitted_lifetimes(connection, ASKING).lifetimes
    assert model is not None
    assert [round(figure, 3) for figure in (model.r, model.alpha, model.a, model.b)] == [0.243, 4.414, 0.793, 2.426]
