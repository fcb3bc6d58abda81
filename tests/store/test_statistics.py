"""A store with the database's own statistics answers as one without."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.grammar import read_condition
from rekindle.store import tables as t
from rekindle.store.engine import Store
from rekindle.store.segments import member_ids
from rekindle.store.tables import contact
from tests.property.written import node_of

AS_OF = datetime(2026, 11, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "rows"),
    [
        ({"ignored": {"last": "1"}}, "opened"),
        ({"did": {"activity": ["visit", "call"]}}, "visit"),
        ({"reachable": {"topic": "offers"}}, "consent"),
    ],
)
def test_nothing_after_as_of_exists_for_a_store_with_statistics(store: Store, written: Any, rows: str) -> None:
    """After ANALYZE, SQLite 3.40 passes over the bound of the third column of an index whose second is asked by IN."""
    later, earlier, many = AS_OF + timedelta(days=1), AS_OF - timedelta(days=1), range(1, 2001)
    with store.writing() as connection:
        connection.execute(
            insert(contact),
            [
                {"id": n, "first_seen_at": earlier, "exists_from": earlier, "address_key": f"c{n}@x.example"}
                for n in many
            ],
        )
        connection.execute(
            insert(t.mailing).values(id=1, campaign="a", period="1", state="done", as_of=AS_OF, created_at=AS_OF)
        )
        connection.execute(
            insert(t.delivery),
            [
                {
                    "id": n,
                    "mailing_id": 1,
                    "contact_id": n,
                    "address": f"c{n}",
                    "address_key": f"c{n}",
                    "domain": "x",
                    "arm": "letter",
                    "state": "sent",
                    "sent_at": earlier,
                }
                for n in many
            ],
        )
        # to each contact something past and of no interest, and something of interest that lies ahead
        for n in range(2):
            at = later if n == 1 else earlier - timedelta(hours=n)
            connection.execute(
                insert(t.event),
                [
                    {
                        "kind": "opened" if n == 1 else "bounced",
                        "contact_id": one,
                        "mailing_id": 1,
                        "delivery_id": one,
                        "occurred_at": at,
                        "recorded_at": at,
                    }
                    for one in many
                ],
            )
            connection.execute(
                insert(t.activity),
                [
                    {
                        "kind": "visit",
                        "kind_folded": "visit" if n == 1 else f"other {n}",
                        "contact_id": one,
                        "occurred_at": at,
                        "fingerprint": f"{n}-{one}",
                    }
                    for one in many
                ],
            )
            connection.execute(
                insert(t.consent),
                [
                    {
                        "contact_id": one,
                        "topic": "offers" if n == 1 else f"topic-{n}",
                        "given": True,
                        "occurred_at": at,
                        "recorded_at": at,
                    }
                    for one in many
                ],
            )
        connection.execute(text("ANALYZE"))
    expected = list(many) if rows == "opened" else []
    asking = Asking(AS_OF, UTC, Catalogue(topics=("offers",)))
    if store.is_sqlite:
        store.close()  # statistics are read when a connection opens
    with store.reading() as connection:
        condition, _ = read_condition(node_of(written), asking.catalogue)
        assert condition is not None
        assert list(member_ids(connection, condition, asking)) == expected
