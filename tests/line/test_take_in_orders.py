"""Orders from files: rows of one number, money, contacts made on the way."""

# ruff: noqa: E501 (files and maps as they stand are long)

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from taking_in import NOW, Desk, counts

from rekindle.model.error import ProblemsError, StoreError
from rekindle.model.order import OrderItem
from rekindle.store.contacts import find_contact
from rekindle.store.engine import Store
from rekindle.store.imports import refusals_of
from rekindle.store.orders import orders_of
from rekindle.store.staging import staging
from rekindle.store.tables import contact, contact_point, contact_touch, metadata, order_item, orders


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path)


ORDERS = """number,external_id,email,placed_at,amount,currency,status,product,category,quantity,price,code,discount,cost
A1,c1,a@x.example,2026-05-01T23:30,,RUB,,Торт,Десерты,2,10.005,spring,1,
A1,c1,a@x.example,2026-05-01T22:00,,RUB,,Кофе,,3,0.335,,,
A2,,b@x.example,2026-06-01,100.50,,cancelled,,,,,,,40
A3,c1,,2026-07-01T10:00Z,7,rub,,Чай,,,,,,
"""


def test_rows_of_one_number_are_one_order(desk: Desk, store: Store) -> None:
    """The amount is the exact sum of quantity x price, rounded half-even once; the earliest time counts."""
    count = desk.take("orders", ORDERS)
    assert counts(count) == (4, 0, 0, 0)
    assert count.contacts_made == 2
    with store.reading() as connection:
        found = orders_of(connection, [1, 2])
    newest, oldest = found[1]
    assert (newest.number, newest.amount, newest.status) == ("A3", 700, "paid")
    # 20.01 + 1.005 = 21.015: half-even gives 21.02, the sum of rounded rows would give 21.01 or 21.02
    assert (oldest.number, oldest.amount, oldest.code, oldest.discount) == ("A1", 2102, "spring", 100)
    assert oldest.placed_at == datetime(2026, 5, 1, 19, 0, tzinfo=UTC)
    assert oldest.items == (
        OrderItem("Торт", "Десерты", Decimal(2), Decimal("10.005")),
        OrderItem("Кофе", "", Decimal(3), Decimal("0.335")),
    )
    assert (found[2][0].amount, found[2][0].status, found[2][0].cost) == (10050, "cancelled", 4000)


def test_a_half_is_rounded_to_even_once(desk: Desk) -> None:
    """Summed exactly, then rounded half-even: 0.125 + 0.120 is 0.245, so 0.24."""
    desk.take(
        "orders", "number,email,placed_at,price\n1,a@x.example,2026-01-01,0.125\n1,a@x.example,2026-01-01,0.120\n"
    )
    assert desk.rows(orders, "amount") == [(24,)]


def test_a_great_sum_is_exact(desk: Desk) -> None:
    """Beyond 64 bits of millionths times millionths nothing is lost."""
    row = "1,a@x.example,2026-01-01,999999.999999,9000000.000001\n"
    desk.take("orders", "number,email,placed_at,quantity,price\n" + row * 2)
    assert desk.rows(orders, "amount") == [(1_799_999_999_998_400,)]


def test_a_sum_that_no_database_keeps_refuses_the_order(desk: Desk) -> None:
    """More than 64 bits of minor units."""
    text = "number,email,placed_at,quantity,price\n1,a@x.example,2026-01-01,9000000000000,9000000000000\n"
    assert counts(desk.take("orders", text)) == (0, 0, 0, 1)


def test_the_same_orders_again_change_nothing(desk: Desk) -> None:
    """All rows unchanged, all tables as they were; a second source has its own numbers."""
    desk.take("orders", ORDERS)
    before = desk.everything(metadata.tables)
    assert counts(desk.take("orders", ORDERS)) == (0, 0, 4, 0)
    assert desk.everything(metadata.tables) == before
    assert counts(desk.take("orders", ORDERS, source="shop")) == (4, 0, 0, 0)


def test_a_changed_order_is_replaced_with_its_items(desk: Desk) -> None:
    """One number is one order: what the file says now holds, empty cells leave the rest."""
    desk.take("orders", ORDERS)
    changed = "number,placed_at,status,product,quantity,price\nA1,,refunded,Торт,1,5\n"
    assert counts(desk.take("orders", changed)) == (0, 1, 0, 0)
    assert desk.rows(orders, "number", "amount", "status", "code")[0] == ("A1", 500, "refunded", "spring")
    assert desk.rows(order_item, "order_id", "product") == [(3, "Чай"), (1, "Торт")]
    assert counts(desk.take("orders", "number,amount\nA2,100.50\n")) == (0, 0, 1, 0)


def test_rows_of_an_order_may_lie_apart(desk: Desk) -> None:
    """Runs of one number are put together, and their order in the file does not matter later."""
    head = "number,email,placed_at,product,price\n"
    rows = [f"{n},a@x.example,2026-01-0{n},p{i},1\n" for i in range(3) for n in (1, 2)]
    assert counts(desk.take("orders", head + "".join(rows))) == (6, 0, 0, 0)
    assert desk.rows(orders, "number", "amount") == [("1", 300), ("2", 300)]
    assert counts(desk.take("orders", head + "".join(sorted(rows)))) == (0, 0, 6, 0)


def test_what_refuses_an_order(desk: Desk, store: Store) -> None:
    """Differing amounts, a faulty row, a foreign currency, nobody, no time, no money: each with its reason."""
    text = """number,external_id,placed_at,amount,currency,quantity,price
1,a,2026-01-01,5,,,
1,a,2026-01-01,6,,,
2,b,2026-01-01,5,USD,,
3,c,2026-01-01,,,2,3
3,c,2026-01-01,,,two,3
4,,2026-01-01,5,,,
5,d,,5,,,
6,e,2026-01-01,,,2,
7,f,2026-01-01,5,,,
"""
    count = desk.take("orders", text)
    assert counts(count) == (1, 0, 0, 9 - 1)
    assert desk.rows(contact, "external_id") == [("f",)]
    with store.reading() as connection:
        found = {row.line: (row.reason, row.raw) for row in refusals_of(connection, 1)}
    assert found[2] == ("the rows of order 1 differ in amount", "1,a,2026-01-01,5,,,\n")
    assert found[4][0] == "the currency USD is not the workspace's RUB"
    assert found[5][0] == "line 6 of order 3 was refused: 'two' is not a number"
    assert found[6][0] == "'two' is not a number"
    assert found[7][0] == "external_id and e-mail are both empty: there is nobody whose order it could be"
    assert found[8][0] == "placed_at is empty"
    assert found[9][0] == "there is neither an amount nor a price on every row to sum it up from"


def test_a_second_reading_notes_nothing_twice(desk: Desk) -> None:
    """Orders refused late are read again for their raw text; warnings are counted once."""
    row = "1,a@x.example,2027-01-01,"
    count = desk.take("orders", f"number,email,placed_at,amount\n{row}5\n{row}5\n{row}6\n")
    assert counts(count) == (0, 0, 0, 3)
    assert count.warnings == ("placed_at lies ahead of 2026-11-01 09:00 UTC: 3 rows, the first in line 2",)


def test_an_unknown_contact_is_made_and_exists_since_its_order(desk: Desk, store: Store) -> None:
    """Orders of an unknown contact make one, known by id and address, that exists from its first order."""
    desk.take("orders", "number,external_id,email,placed_at,amount\n1,c9,New@x.example,2020-02-02,5\n")
    with store.reading() as connection:
        made = find_contact(connection, "new@x.example")
    assert made is not None
    assert (made.external_id, made.email, made.kind) == ("c9", "New@x.example", "person")
    assert made.created_at == datetime(2020, 2, 1, 21, tzinfo=UTC)
    assert desk.rows(contact_point, "key", "is_primary") == [("new@x.example", True)]
    assert desk.rows(contact_touch, "contact_id", "import_run_id") == [(1, 1)]


def test_an_orders_address_fills_a_gap_only(desk: Desk) -> None:
    """The address on an order is kept, and used only where the contact has none."""
    desk.take("contacts", "external_id,email\n1,own@x.example\n2,\n")
    desk.take(
        "orders",
        "number,external_id,email,placed_at,amount\n1,1,o@x.example,2026-01-01,5\n2,2,p@x.example,2026-01-01,5\n",
    )
    assert desk.rows(contact, "email") == [("own@x.example",), ("p@x.example",)]
    assert sorted(desk.rows(contact_point, "contact_id", "key", "is_primary")) == [
        (1, "o@x.example", False), (1, "own@x.example", True), (2, "p@x.example", True),
    ]  # fmt: skip


def test_the_local_day_is_kept(desk: Desk) -> None:
    """placed_on is the day in the workspace's timezone."""
    desk.take(
        "orders", "number,email,placed_at,amount\n1,a@x.example,2026-05-01T22:30Z,5\n2,a@x.example,2026-05-01,5\n"
    )
    assert desk.rows(orders, "placed_on") == [(date(2026, 5, 2),), (date(2026, 5, 1),)]


MAP = """kind: orders
columns:
  number: InvoiceNo
  external_id: {first_of: [Customer, Guest]}
  placed_at: {column: When, format: "%d.%m.%Y %H:%M"}
  quantity: Qty
  price: Price
constants: {currency: RUB}
rules:
  - {when: {InvoiceNo: {starts_with: C}}, set: {status: refunded}}
  - {when: {Qty: {at_least: 10}}, set: {code: bulk}}
refuse:
  - {when: {Customer: {known: false}, Guest: {known: false}}, reason: nobody}
"""


def test_a_map_makes_a_foreign_file_canonical(desk: Desk) -> None:
    """columns, first_of, format, constants, rules (the first that holds), refuse (exit 0, kept with its reason)."""
    text = "InvoiceNo;Customer;Guest;When;Qty;Price;Colour\nc1;;g1;01.05.2026 10:00;-10;1,5;x\n2;k;g;02.05.2026 10:00;12;2;x\n3;;;;1;1;x\n"
    count = desk.take("orders", text, MAP)
    assert counts(count) == (2, 0, 0, 1)
    assert (count.refused_by_rule, count.delimiter, count.ignored_columns) == (1, "semicolon", ("Colour",))
    assert desk.rows(orders, "number", "amount", "status", "code") == [
        ("c1", -1500, "refunded", ""),
        ("2", 2400, "paid", "bulk"),
    ]
    assert desk.rows(contact, "external_id") == [("g1",), ("k",)]


def test_a_map_that_does_not_fit_the_file_says_where(desk: Desk) -> None:
    """A column that the file has not is a problem with the map's own position."""
    with pytest.raises(ProblemsError) as caught:
        desk.take(
            "orders", "InvoiceNo;Custoner;Guest;When;Qty\n", MAP.replace("{first_of: [Customer, Guest]}", "Customer")
        )
    assert [str(problem) for problem in caught.value.problems] == [
        "its.map.yml:4:16: orders.csv has no column 'Customer' (did you mean 'Custoner'?)",
        "its.map.yml:7:10: orders.csv has no column 'Price' (known: Custoner, Guest, InvoiceNo, Qty, When)",
        "its.map.yml:13:13: orders.csv has no column 'Customer' (did you mean 'Custoner'?)",
    ]


def test_a_merge_is_refused_where_another_import_came_between(desk: Desk, store: Store) -> None:
    """What was compared must be what is written to: else nothing is kept."""
    with staging(store) as stage:
        desk.take("contacts", "email\na@x.example\n")
        with pytest.raises(StoreError, match="another import came in meanwhile"), stage.merging():
            pass


def test_activities_are_taken_once(desk: Desk) -> None:
    """An activity of an unknown contact makes one; the same activity, in one file or two, is one."""
    from rekindle.store.tables import activity

    text = (
        "external_id,email,kind,occurred_at,amount,detail\n1,,Inquiry,2026-01-01,5.5,wedding\n1,,Inquiry,2026-01-01,5.5,wedding\n"
        ",b@x.example,visit,2026-02-01,,\n,,visit,2026-02-01,,\n1,,,2026-02-01,,\n"
    )
    count = desk.take("activities", text)
    assert counts(count) == (2, 0, 1, 2)
    assert desk.rows(activity, "contact_id", "kind", "kind_folded", "amount") == [
        (1, "Inquiry", "inquiry", 550), (2, "visit", "visit", None),
    ]  # fmt: skip
    assert desk.rows(contact, "exists_from")[0][0] < NOW
    assert counts(desk.take("activities", text)) == (0, 0, 3, 2)
