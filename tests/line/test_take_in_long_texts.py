"""Texts of any length from files: kept whole where they say something, refused where something is known by them."""

from __future__ import annotations

import random
import string
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Text
from taking_in import NOW, Desk

from rekindle.model.contact import AttributeKind
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.grammar import read_condition
from rekindle.store.engine import Store
from rekindle.store.segments import member_ids
from rekindle.store.tables import contact_attribute, metadata, order_item
from tests.property.written import node_of

# at random, so that no compression makes it fit an entry of an index
LONG = "".join(random.Random(5).choices(string.ascii_lowercase + string.digits, k=10_000))
ORDER_HEAD = "number,external_id,placed_at,amount,product,category,code"
CONTACT_HEAD = "external_id,email,organisation,first_name,city,channel,tags,note,brands,consent"
NAMED = {
    "contacts": "external_id,organisation,tags,consent",
    "orders": "number,external_id",
    "activities": "external_id,kind",
    "suppressions": "topic",
    "mailings": "campaign,period,external_id,arm",
}
PLAIN = {
    "contacts": {"external_id": "1", "email": "a@x.example"},
    "orders": {"number": "1", "external_id": "1", "placed_at": "2026-01-01", "amount": "1"},
    "activities": {"external_id": "1", "kind": "visit", "occurred_at": "2026-01-01"},
    "suppressions": {"email": "b@x.example", "reason": "complaint", "topic": "offers"},
    "mailings": {"external_id": "1", "campaign": "c", "period": "p", "arm": "letter", "sent_at": "2026-01-01"},
}


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path)


def members(store: Store, written: Any) -> list[int]:
    catalogue = Catalogue({"note": AttributeKind.TEXT, "brands": AttributeKind.LIST})
    condition, problems = read_condition(node_of(written), catalogue)
    assert condition is not None, problems
    with store.reading() as connection:
        return list(member_ids(connection, condition, Asking(NOW, NOW.tzinfo, catalogue)))


def test_a_long_text_is_kept_whole_and_compared_whole(desk: Desk, store: Store) -> None:
    """A product, category or attribute of 10,000 characters is no reason to refuse a row, and equals only itself."""
    other = LONG[:-1] + "-"
    desk.take("orders", f"{ORDER_HEAD}\n1,a,2026-01-01,1,{LONG},{LONG},{LONG}\n2,b,2026-01-01,1,{other},tea,x\n")
    rows = f"a,a@x.example,,{LONG},{LONG},{LONG},,{LONG},{LONG},\nb,b@x.example,,x,x,x,,{other},{other}|x,\n"
    count = desk.take("contacts", f"{CONTACT_HEAD}\n{rows}")

    assert count.refused == 0, count.refusals
    assert desk.rows(order_item, "product") == [(LONG,), (other,)]
    assert {row[0] for row in desk.rows(contact_attribute, "value")} == {LONG, other, "x"}
    assert members(store, {"bought": {"product": LONG}}) == [1]
    assert members(store, {"bought": {"product": other.upper()}}) == [2]
    assert members(store, {"bought": {"product": LONG[:200]}}) == []
    assert members(store, {"bought": {"product": {"in": [LONG[:200], LONG, "tea"]}}}) == [1]
    assert members(store, {"bought": {"category": {"in": ["tea", LONG]}}}) == [1, 2]
    assert members(store, {"note": other}) == [2]
    assert members(store, {"note": LONG[:200]}) == []
    assert members(store, {"brands": {"has_any": ["x", LONG]}}) == [1, 2]
    assert members(store, {"city": LONG}) == [1]


@pytest.mark.parametrize(("kind", "column"), [(kind, name) for kind in NAMED for name in NAMED[kind].split(",")])
def test_what_something_is_known_by_has_500_characters(desk: Desk, store: Store, kind: str, column: str) -> None:
    """One more is refused with its line and the reason, as is what becomes longer by folding; the others are taken."""
    desk.take("contacts", "external_id,email\n1,a@x.example\n")
    # one letter that the folding makes eighteen of
    folded = "\ufdfa" * 100 if column in ("organisation", "tags", "kind") else LONG[:501]
    texts = ["x" * 500 if column == "topic" else LONG[:500], LONG[:501], LONG, folded]
    head = PLAIN[kind] | {column: ""}
    cells = [PLAIN[kind] | ({"number": str(n)} if kind == "orders" else {}) for n in range(4)]
    cells = [{**row, column: text} for row, text in zip(cells, texts, strict=True)]
    count = desk.take(kind, "\n".join(",".join(row.values()) for row in [{name: name for name in head}, *cells]))

    assert [refusal.line for refusal in count.refusals] == [3, 4, 5]
    assert "500" in count.refusals[0].reason


def test_every_text_in_an_index_of_postgresql_has_an_end() -> None:
    """An entry holds 2,700 octets: an index over a text that a file may make longer fails one day, and the import with
    it. Who adds a text here says why it is never so long.
    """
    in_files = {
        "activity.kind_folded",
        "consent.topic",
        "contact_reference.external_id",
        "contact_tag.folded",
        "mailing.campaign",
        "mailing.period",
        "orders.number",
        "organisation.name_folded",
        "suppression.topic",
    }
    addresses = {"contact.address_key", "contact_point.key", "delivery.address_key", "suppression.key", "pace.name"}
    digests = {"activity.fingerprint", "event.fingerprint", "plan.hash"}
    words_of_ours = {
        "contact_point.kind",
        "delivery.lane",
        "delivery.state",
        "event.kind",
        "orders.status",
        "suppression.kind",
        "lease.name",
        "meta.key",
    }
    urls = {"link.url"}  # compose.links.MAX_URL, and percent-encoded
    of_the_workspace = {
        "contact_attribute.name",
        "contact_reference.source",
        "orders.source",
        "status_history.ladder",
        "status_history.status",
    }
    held = in_files | addresses | digests | words_of_ours | urls | of_the_workspace

    assert {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for index in (*table.indexes, *table.constraints)
        for column in getattr(index, "columns", ())
        if isinstance(column.type, Text) and getattr(index, "name", "") != "ix_contact_short"
    } == held
