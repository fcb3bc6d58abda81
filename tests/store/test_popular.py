from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert

from rekindle.model.folding import fold
from rekindle.store.engine import Store
from rekindle.store.popular import popular_products
from rekindle.store.tables import contact, contact_attribute, order_item, orders

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
YEAR_AGO = NOW - timedelta(days=365)


def buyer(
    connection: Connection, specialization: str, *products: str, at: datetime = NOW, status: str = "paid"
) -> None:
    person = connection.execute(
        insert(contact)
        .values(specialization_folded=fold(specialization), first_seen_at=NOW, exists_from=NOW)
        .returning(contact.c.id)
    ).scalar_one()
    connection.execute(
        insert(contact_attribute),
        {"contact_id": person, "name": "shop", "position": 0, "value": "Big", "folded": "big"},
    )
    for product in products:
        number = f"{person}/{product}/{at}"
        order = {"source": "main", "number": number, "contact_id": person, "placed_at": at, "placed_on": at.date(),
                 "amount": 100, "status": status}  # fmt: skip
        order_id = connection.execute(insert(orders).values(order).returning(orders.c.id)).scalar_one()
        connection.execute(
            insert(order_item), {"order_id": order_id, "product": product, "product_folded": fold(product)}
        )


@pytest.fixture
def shop(store: Store) -> Store:
    with store.writing() as connection:
        buyer(connection, "Photographer", "Lens", "Tripod")
        buyer(connection, "photographer", "LENS", "Bag", "Lens cap")
        buyer(connection, "baker", "Oven", "Lens", at=YEAR_AGO)  # exactly a year ago is outside
        buyer(connection, "baker", "Oven")
        buyer(connection, "baker", "Flour", at=NOW + timedelta(seconds=1))
        buyer(connection, "baker", "Mixer", status="cancelled")
        buyer(connection, "", "Candle")
    return store


def test_what_buyers_alike_buy_most_by_number_of_buyers(shop: Store) -> None:
    """Paid orders within the time; the same product however it is spelt; ties by name."""
    with shop.reading() as connection:
        found = popular_products(connection, "specialization", 3, YEAR_AGO, NOW)
    names = {value: [(each.product, each.buyers) for each in products] for value, products in found.items()}
    assert names["photographer"] == [("LENS", 2), ("Bag", 1), ("Lens cap", 1)]
    assert names["baker"] == [("Oven", 1)]


def test_who_has_no_value_sees_what_all_buyers_buy(shop: Store) -> None:
    with shop.reading() as connection:
        found = popular_products(connection, "specialization", 2, YEAR_AGO, NOW)
    assert [(each.product, each.buyers) for each in found[""]] == [("LENS", 2), ("Bag", 1)]


def test_a_declared_attribute_can_make_buyers_alike(shop: Store) -> None:
    with shop.reading() as connection:
        found = popular_products(connection, "shop", 1, YEAR_AGO, NOW)
    assert [each.product for each in found["big"]] == ["LENS"]
