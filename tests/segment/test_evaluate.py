"""What the words of the language mean, sentence by sentence of LANGUAGE 2, for one contact known by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from rekindle.model.contact import AttributeKind, Contact
from rekindle.model.order import Activity, Order, OrderItem
from rekindle.model.segment import Segment
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.evaluate import evaluate, judge
from rekindle.segment.facts import Colleague, ContactFacts, LetterEvent, SentLetter
from rekindle.segment.grammar import read_condition
from tests.property.written import node_of

AS_OF = datetime(2026, 11, 1, 9, tzinfo=UTC)
CATALOGUE = Catalogue({"potential": AttributeKind.NUMBER, "brands": AttributeKind.LIST, "vip": AttributeKind.FLAG})


def ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


def order(number: int, days: float, amount: int, status: str = "paid", product: str = "") -> Order:
    return Order(number, 1, str(number), ago(days), amount, status, items=(OrderItem(product=product),))


FACTS = ContactFacts(
    contact=Contact(
        1, ago(500), email="a@x.example", channel="ＶＫ", city="Королёв  Московской", specialization="  ",
        tags=("Торты", "торты", "Свечи"), attributes={"potential": Decimal("400"), "brands": ("Ё", "")},
    ),
    orders=(
        order(1, 100, 10_000, product="Торт «Прага»"), order(2, 10, 5_000), order(3, 5, 99_900, "open"),
        order(4, -1, 1),
    ),
    activities=(Activity(1, 1, "Inquiry", ago(3)),),
    letters=tuple(SentLetter(number, "news", ago(days)) for number, days in ((1, 40), (2, 20), (3, 10))),
    events=(
        LetterEvent("opened", ago(39), "news", 1),
        LetterEvent("opened", ago(9), "news", 3, machine=True),
    ),
    colleagues=(Colleague(ago(1), (order(9, 200, 70_000),)), Colleague(ago(-1), (order(10, 2, 1),))),
)  # fmt: skip


def holds(written: Any) -> bool:
    condition, problems = read_condition(node_of(written), CATALOGUE)
    assert problems == []
    assert condition is not None
    asking = Asking(AS_OF, UTC, CATALOGUE, {"vk": Segment("vk", condition)})
    return evaluate(condition, FACTS, asking)


TRUE = [
    # folded: NFKC, case, ё, inner and outer space; a value of only spaces is missing
    {"channel": "vk"},
    {"city": "королев московской"},
    {"city": {"matches": "Корол?в*"}},
    {"specialization": {"known": False}},
    # a missing value satisfies the complements and nothing else
    {"specialization": {"is_not": "photographer"}},
    {"specialization": {"not_contains": "a"}},
    {"vip": {"known": False}},
    # lists: items folded alike count once, empty ones not at all
    {"tags": {"count": "2"}},
    {"brands": {"count": "1", "known": True}},
    {"tags": {"has_all": ["ТОРТЫ", "свечи"]}},
    # numbers: paid orders up to as_of; a bound may be another field
    {"orders": "2"},
    {"revenue": {"between": ["150", "150"]}},
    {"average_order": "75"},
    {"revenue": {"less_than": {"field": "potential", "times": "0.5"}}},
    {"silent_days": "10"},
    # behaviours
    {"bought": {"exactly": "2"}},
    {"ordered": {"exactly": "3"}},
    {"bought": {"within": "10 days", "at_most": "0"}},
    {"bought": {"product": {"contains": "прага"}, "total": "100"}},
    {"bought": {"product": "none such", "total": "0"}},
    {"bought": {"of": "organisation", "total": "850"}},
    {"bought": {"last": {"within": "30 days"}, "first": {"older_than": "90 days"}}},
    {"inquired": True},
    {"did": {"activity": "INQUIRY"}},
    {"opened": {"exactly": "1"}},
    {"opened": {"counting": "all", "exactly": "2"}},
    {"mailed": {"campaign": "news", "at_least": "3"}},
    {"not_clicked": True},
    # the last two were opened by a machine only; the third before them by a person
    {"ignored": {"last": "2"}},
    {"ignored": {"within": "30 days", "at_least": "2"}},
    # logic
    {"all": []},
    {"none": [{"any": []}]},
    {"at_least": {"count": "2", "of": [{"channel": "vk"}, {"orders": "2"}, {"orders": "3"}]}},
    {"completeness": "30"},
]
FALSE = [
    {"specialization": "photographer"},
    {"specialization": {"contains": "a"}},
    {"vip": False},
    {"any": []},
    {"bought": {"product": "none such", "average": {"is_not": "5"}}},
    {"ignored": {"last": "3"}},
    {"ignored": {"last": "4"}},
    {"last_order_at": {"in_next": "2 days"}},
    {"usual_gap": {"known": True}},
    {"overdue": {"at_least": "0"}},
]


@pytest.mark.parametrize("written", TRUE, ids=str)
def test_it_holds(written: Any) -> None:
    """True of the contact, and its `not` false."""
    assert (holds(written), holds({"not": written})) == (True, False)


@pytest.mark.parametrize("written", FALSE, ids=str)
def test_it_does_not_hold(written: Any) -> None:
    """False of the contact, and its `not` true."""
    assert (holds(written), holds({"not": written})) == (False, True)


def test_a_judgement_names_the_values_that_decided() -> None:
    """Every part is judged, also where the first decides."""
    condition, _ = read_condition(node_of([{"channel": "site"}, {"bought": True}]), CATALOGUE)
    assert condition is not None
    judged = judge(condition, FACTS, Asking(AS_OF, UTC, CATALOGUE))
    assert [(part.holds, part.value) for part in judged.parts] == [
        (False, "ＶＫ"),
        (True, "2 paid orders, the last 2026-10-22 09:00, 10 days ago"),
    ]
