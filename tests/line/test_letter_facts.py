from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from rekindle.compose.values import Asked
from rekindle.line.letter_facts import FactsDesk, decide_offers, letter_facts, letter_style
from rekindle.store.engine import Store
from rekindle.store.tables import order_item, orders

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
Read = Callable[[dict[str, str]], Any]
CAMPAIGN = """\
description: Come back
topic: offers
segment: all
subject: "{{ offer.discount }}"
template: winback.txt
offers: [{when: {city: Paris}, discount: 15%}, {when: {first_name: Name3}, discount: 12%}, {discount: 10%, code: BACK}]
popular: {by: city, limit: 1, within: 30 days}
"""


def buy(store: Store, contact_id: int, product: str, at: datetime) -> None:
    row = {"source": "main", "number": f"{contact_id}{product}{at}", "contact_id": contact_id, "placed_at": at,
           "placed_on": at.date(), "amount": 500, "status": "paid"}  # fmt: skip
    with store.writing() as connection:
        order_id = connection.execute(insert(orders).values(row).returning(orders.c.id)).scalar_one()
        item = {"order_id": order_id, "product": product, "product_folded": product.lower()}
        connection.execute(insert(order_item), item)


def test_what_a_letter_may_say(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    """Contact, own orders up to as_of newest first, the offer, what buyers alike buy, campaign and organisation."""
    shop_files["campaigns/winback.yml"] = CAMPAIGN
    workspace = read_workspace(shop_files)
    buy(shop, 1, "Lamp", NOW - timedelta(days=5))
    buy(shop, 1, "Chair", NOW - timedelta(days=2))
    buy(shop, 1, "Bed", NOW + timedelta(seconds=1))
    buy(shop, 2, "Lamp", NOW - timedelta(days=40))
    buy(shop, 5, "Vase", NOW - timedelta(days=1))
    desk = FactsDesk(workspace, workspace.campaigns["winback"], NOW, "2026-11")
    with shop.reading() as connection:
        first, fifth = desk.gather(connection, [1, 5], arms={1: "letter"})
    assert [order.items[0].product for order in first.orders] == ["Chair", "Lamp"]
    assert first.contact.first_name == "Name1"
    assert (first.offer, fifth.offer) == ({"discount": "15%"}, {"discount": "10%", "code": "BACK"})
    assert len(first.offers) == 3
    assert [[row["product"] for row in facts.popular] for facts in (first, fifth)] == [["Chair"], ["Vase"]]
    assert first.campaign == {"name": "winback", "description": "Come back", "topic": "offers", "period": "2026-11",
                              "step": 1, "arm": "letter"}  # fmt: skip
    assert (first.organisation.name, first.as_of) == ("Shop", NOW)


def test_a_frozen_offer_stands_whatever_holds_now(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    shop_files["campaigns/winback.yml"] = CAMPAIGN
    workspace = read_workspace(shop_files)
    campaign = workspace.campaigns["winback"]
    with shop.reading() as connection:
        decided = decide_offers(connection, workspace, campaign, [1, 3, 7], NOW)
        frozen = list(FactsDesk(workspace, campaign, NOW).gather(connection, [1, 3], {1: 2, 3: None}))
        now = list(letter_facts(connection, workspace, campaign, [3, 1, 99], NOW))
    assert decided == {1: 0, 3: 1, 7: 2}
    assert [facts.offer for facts in frozen] == [{"discount": "10%", "code": "BACK"}, None]
    assert [(facts.contact.contact_id, facts.offer) for facts in now] == [
        (3, {"discount": "12%"}), (1, {"discount": "15%"}),
    ]  # fmt: skip


@contextmanager
def counted(connection: Connection) -> Iterator[list[str]]:
    """The statements that SQLite is asked meanwhile, however they reach it; PostgreSQL's driver does not tell."""
    said: list[str] = []
    trace = getattr(connection.connection.dbapi_connection, "set_trace_callback", lambda told: None)
    trace(said.append)
    yield said
    trace(None)


def test_a_batch_costs_a_handful_of_statements(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    """Set-based: as many statements for ten contacts as for one, and popular products asked for once."""
    shop_files["campaigns/winback.yml"] = CAMPAIGN
    workspace = read_workspace(shop_files)
    desk, counts = FactsDesk(workspace, workspace.campaigns["winback"], NOW), []
    with shop.reading() as connection:
        for ids in ([1], list(range(1, 11)), list(range(1, 11))):
            with counted(connection) as said:
                list(desk.gather(connection, ids, dict.fromkeys(ids, 0)))
            counts.append(len(said))
    assert counts == [7, 5, 5] or not shop.is_sqlite


def test_what_no_letter_asks_for_is_not_read(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    """A letter that says a name and an offer costs one statement a batch; one that says more, what it says."""
    shop_files["campaigns/winback.yml"] = CAMPAIGN
    workspace = read_workspace(shop_files)
    campaign, read, counts = workspace.campaigns["winback"], [], []
    buy(shop, 1, "Lamp", NOW - timedelta(days=5))
    nothing = Asked(tags=False, attributes=False, orders=False, items=False, popular=False)
    with shop.reading() as connection:
        for asked in (nothing, replace(nothing, orders=True), Asked()):
            desk = FactsDesk(workspace, campaign, NOW, asked=asked)
            with counted(connection) as said:
                facts = next(desk.gather(connection, [1], {1: 0}))
            counts.append(len(said))
            read.append(([len(order.items) for order in facts.orders], len(facts.popular)))
            assert (facts.contact.first_name, facts.offer) == ("Name1", {"discount": "15%"})
    assert read == [([], 0), ([0], 0), ([1], 1)]
    assert counts == [1, 2, 7] or not shop.is_sqlite


def test_the_style_knows_the_offers_fields(shop_files: dict[str, str], read_workspace: Read) -> None:
    shop_files["campaigns/winback.yml"] = CAMPAIGN
    workspace = read_workspace(shop_files)
    style = letter_style(workspace, workspace.campaigns["winback"])
    assert (style.currency, style.offer_fields) == ("EUR", ("discount", "code"))
