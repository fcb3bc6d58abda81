"""Consents are appended, read by moment, and never doubled; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, select

from rekindle.store.consents import current, grant, holds, sharing_mailbox, withdraw
from rekindle.store.engine import Store
from rekindle.store.reach import reachable_clause
from rekindle.store.tables import consent, contact
from tests.conftest import NOW

DAY = timedelta(days=1)


def plant(connection: Connection, key: str = "anna@example.com") -> int:
    row = {"first_seen_at": NOW, "exists_from": NOW, "address_key": key}
    return connection.execute(insert(contact).values(row).returning(contact.c.id)).scalar_one()


def test_a_grant_is_recorded_with_its_proof(store: Store) -> None:
    with store.writing() as connection:
        contact_id = plant(connection)
        assert grant(connection, contact_id, "offers", NOW, "form", proof="text 3", recorded_at=NOW + DAY)
        row = connection.execute(select(consent)).one()
    assert (row.topic, row.given, row.occurred_at, row.recorded_at, row.source, row.proof) == (
        "offers", True, NOW, NOW + DAY, "form", "text 3",
    )  # fmt: skip


def test_what_stands_is_not_recorded_twice(store: Store) -> None:
    with store.writing() as connection:
        contact_id = plant(connection)
        answers = [
            grant(connection, contact_id, "*", NOW, "form"),
            grant(connection, contact_id, "offers", NOW + DAY, "form"),  # covered by *
            withdraw(connection, contact_id, "offers", NOW + DAY, "page"),
            withdraw(connection, contact_id, "offers", NOW + 2 * DAY, "page"),
            withdraw(connection, contact_id, "*", NOW + 3 * DAY, "page"),
            withdraw(connection, contact_id, "*", NOW + 4 * DAY, "page"),
            withdraw(connection, contact_id, "news", NOW + 4 * DAY, "page"),  # covered by *
            grant(connection, contact_id, "news", NOW + 5 * DAY, "page"),
            withdraw(connection, contact_id, "*", NOW + 6 * DAY, "page"),  # takes the news back
        ]
    assert answers == [True, False, True, False, True, False, False, True, True]


def test_who_never_consented_may_still_forbid(store: Store) -> None:
    """The demand must outlive an import that brings an older consent."""
    with store.writing() as connection:
        contact_id = plant(connection)
        assert withdraw(connection, contact_id, "offers", NOW, "page")
        grant(connection, contact_id, "offers", NOW - DAY, "import")
        assert not holds(current(connection, contact_id, NOW), "offers")


def test_withdrawing_everything_covers_topics_that_were_never_named(store: Store) -> None:
    with store.writing() as connection:
        contact_id = plant(connection)
        withdraw(connection, contact_id, "offers", NOW, "page")
        assert withdraw(connection, contact_id, "*", NOW, "page")
        assert "*" in current(connection, contact_id, NOW)


def test_current_is_as_of_a_moment(store: Store) -> None:
    with store.writing() as connection:
        contact_id = plant(connection)
        grant(connection, contact_id, "offers", NOW, "form")
        withdraw(connection, contact_id, "offers", NOW + 2 * DAY, "page")
        stands = [holds(current(connection, contact_id, NOW + days * DAY), "offers") for days in (-1, 0, 1, 2)]
    assert stands == [False, True, True, False]


@pytest.mark.parametrize("seed", range(30))
def test_holds_says_what_the_predicate_says(sqlite_store: Store, seed: int) -> None:
    """Two readers of one record (Python and SQL) agree on any history."""
    import random

    draw = random.Random(seed)
    with sqlite_store.writing() as connection:
        contact_id = plant(connection)
        for _ in range(draw.randint(0, 7)):
            at = NOW + draw.randint(-3, 1) * DAY
            row = {
                "contact_id": contact_id,
                "topic": draw.choice(["*", "offers", "news"]),
                "given": draw.random() < 0.5,
            }
            connection.execute(insert(consent), row | {"occurred_at": at, "recorded_at": at})
        for topic in ("offers", "news", "other"):
            reached = connection.scalar(select(reachable_clause(topic, NOW)).select_from(contact))
            assert bool(reached) == holds(current(connection, contact_id, NOW), topic)


def test_all_contacts_of_one_mailbox_are_found(store: Store) -> None:
    """Who unsubscribes speaks for the mailbox, whatever duplicates the base holds."""
    with store.writing() as connection:
        first, second = plant(connection), plant(connection)
        plant(connection, "boris@example.com")
        without = plant(connection, "")
        plant(connection, "")
        assert sharing_mailbox(connection, first, {"anna@example.com"}) == [first, second]
        assert sharing_mailbox(connection, without, {""}) == [without]
