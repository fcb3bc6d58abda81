"""The value that decided, as `segment explain` shows it to a person without SQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rekindle.model.contact import Contact
from rekindle.model.fences import Fences
from rekindle.model.order import Activity, Order, OrderItem
from rekindle.model.segment import Ladder, Rung, Top
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.evaluate import judge
from rekindle.segment.facts import ContactFacts, LetterEvent, Population, SentLetter, StatusEntry, Touch
from rekindle.segment.grammar import read_condition
from tests.property.written import node_of

AS_OF = datetime(2026, 11, 1, 9, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")


def ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


FACTS = ContactFacts(
    contact=Contact(7, ago(500), email="a@x.example", tags=("Cakes", "Candles")),
    address_key="a@x.example",
    orders=tuple(
        Order(number, 7, str(number), ago(days), amount, status, items=(OrderItem("Cake"),))
        for number, days, amount, status in ((1, 100, 10_050, "paid"), (2, 10, 5_000, "paid"), (3, 0.5, 900, "open"))
    ),
    activities=(Activity(1, 7, "visit", ago(1)),),
    letters=(SentLetter(1, "news", ago(40)), SentLetter(2, "news", ago(20))),
    events=(LetterEvent("opened", ago(39), "news", 1),),
    statuses=(StatusEntry("status", "active", ago(30)),),
    touches=(Touch("crm", ago(3)),),
    usual_gap=Fraction(25),
)
CATALOGUE = Catalogue(ladders=(Ladder("status", (Rung("active"),)),))
FENCES = {"frequency_score": Fences(((1, 1), (4, 2)))}


@pytest.mark.parametrize(("written", "value"), [
    ({"revenue": {"at_least": "1"}}, "150.50 RUB"),
    ({"average_order": {"known": True}}, "75.25 RUB"),
    ({"orders": {"less_than": {"field": "silent_days", "times": "2"}}}, "2; silent_days is 10 days"),
    ({"overdue": {"at_least": "2"}}, "0.4: 10 days, usually 25 days"),
    ({"frequency_score": "4"}, "4 of 5"),
    ({"recency_score": "4"}, "missing"),
    ({"last_order_at": {"within": "1 day"}}, "2026-10-22 12:00, 10 days ago"),
    ({"last_clicked_at": {"known": True}}, "missing"),
    ({"bought": {"at_least": "3"}}, "2 paid orders, the last 2026-10-22 12:00, 10 days ago"),
    ({"bought": {"within": "1 day"}}, "0 of 2 paid orders, the last 2026-10-22 12:00, 10 days ago"),
    ({"ordered": {"status": "open"}}, "1 order, 2026-11-01 00:00, less than a day ago"),
    ({"bought": {"total": {"at_least": "9"}, "smallest": "50", "first": {"within": "1 year"}}},
     "2 paid orders, the last 2026-10-22 12:00, 10 days ago; the first 2026-07-24 12:00, 100 days ago; "
     "total 150.50 RUB; smallest 50.00 RUB"),
    ({"bought": {"product": "tea", "total": {"at_least": "9"}}},
     "0 of 2 paid orders, the last 2026-10-22 12:00, 10 days ago"),
    ({"did": {"activity": "call"}}, "0 of 1 activity, 2026-10-31 12:00, 1 day ago"),
    ({"inquired": True}, "0 inquiries"),
    ({"clicked": True}, "0 clicks"),
    ({"ignored": {"last": "2"}}, "2 letters, 1 answered by a person"),
    ({"ignored": {"last": "1"}}, "1 letter, none answered by a person"),
    ({"ignored": {"last": "3"}}, "2 letters only"),
    ({"status": "active"}, "active since 2026-10-02, 30 days"),
    ({"tags": {"count": "2"}}, "2: Cakes, Candles"),
    ({"imported": {"source": "crm"}}, "from crm, 2026-10-29 12:00, 3 days ago"),
    ({"top": {"share": "20%", "by": "revenue"}}, "150.50 RUB; the last in has 200.00 RUB"),
    ({"top": {"share": "20%", "by": "orders"}}, "2 paid orders; nobody is in"),
], ids=str)  # fmt: skip
def test_a_value_says_what_it_is(written: Any, value: str) -> None:
    """With currency, unit, distance in time; of nothing counted, how much there is at all."""
    condition, problems = read_condition(node_of(written), CATALOGUE)
    assert problems == []
    assert condition is not None
    edge = (20_000, 3) if "revenue" in str(written) else None
    population = Population({condition: edge} if isinstance(condition, Top) else {})
    asking = Asking(AS_OF, MOSCOW, CATALOGUE, currency="RUB", fences=FENCES)
    assert judge(condition, FACTS, asking, population).value == value
