"""Who may be written to, by the one rule that plan, claim and `reachable` share; on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from rekindle.store.engine import Store
from rekindle.store.reach import reachable_clause, unreachable_reason
from rekindle.store.tables import consent, contact, mailing, suppression
from tests.conftest import NOW

DAY = timedelta(days=1)


def plant(connection: Connection, key: str = "anna@example.com") -> int:
    """One contact with that address key."""
    row: dict[str, Any] = {"first_seen_at": NOW, "exists_from": NOW, "address_key": key}
    return connection.execute(insert(contact).values(row).returning(contact.c.id)).scalar_one()


def consents(connection: Connection, contact_id: int, *entries: tuple[str, bool, datetime]) -> None:
    """Entries (topic, given, at) in the order in which they were recorded."""
    for topic, given, at in entries:
        row = {"contact_id": contact_id, "topic": topic, "given": given, "occurred_at": at, "recorded_at": at}
        connection.execute(insert(consent), row)


def reason(connection: Connection, topic: Any = "offers", as_of: datetime = NOW) -> str:
    """Why the only contact may not be written to; holds the two predicates against each other."""
    why, reachable = connection.execute(
        select(unreachable_reason(topic, as_of), reachable_clause(topic, as_of)).select_from(contact)
    ).one()
    assert bool(reachable) == (why == "")
    return str(why)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], "no_consent"),
        ([("offers", True, -3)], ""),
        ([("*", True, -3)], ""),
        ([("news", True, -3)], "no_consent"),
        ([("offers", True, -3), ("offers", False, -2)], "no_consent"),
        ([("offers", True, -3), ("*", False, -2)], "no_consent"),
        ([("*", True, -3), ("offers", False, -2)], "no_consent"),
        ([("*", True, -3), ("news", False, -2)], ""),
        ([("*", False, -3), ("offers", True, -2)], ""),
        ([("*", False, -3), ("news", True, -2)], "no_consent"),
        ([("offers", False, -3), ("*", True, -2)], ""),
        # by the moment, not by the order of recording
        ([("offers", False, -2), ("offers", True, -3)], "no_consent"),
        # at one moment the later entry decides
        ([("offers", True, -2), ("*", False, -2)], "no_consent"),
        ([("*", False, -2), ("offers", True, -2)], ""),
        # what comes after as_of does not exist
        ([("offers", True, -3), ("*", False, 1)], ""),
        ([("offers", True, 1)], "no_consent"),
        ([("offers", True, 0)], ""),
    ],
)
def test_the_latest_entry_of_the_topic_or_of_everything_decides(
    store: Store, entries: list[tuple[str, bool, int]], expected: str
) -> None:
    with store.writing() as connection:
        contact_id = plant(connection)
        consents(connection, contact_id, *[(topic, given, NOW + days * DAY) for topic, given, days in entries])
        assert reason(connection) == expected


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], "no_consent"),
        ([("news", True, -3)], ""),
        ([("news", True, -3), ("news", False, -2)], "no_consent"),
        ([("news", True, -3), ("*", False, -2)], "no_consent"),
        ([("*", True, -3), ("news", False, -2)], ""),
        ([("*", False, -3), ("news", True, -2)], ""),
    ],
)
def test_without_a_topic_consent_for_any_one_is_enough(
    store: Store, entries: list[tuple[str, bool, int]], expected: str
) -> None:
    with store.writing() as connection:
        contact_id = plant(connection)
        consents(connection, contact_id, *[(topic, given, NOW + days * DAY) for topic, given, days in entries])
        assert reason(connection, None) == expected


@pytest.mark.parametrize(
    ("kind", "key", "topic", "since", "lifted", "expected"),
    [
        ("address", "anna@example.com", "", -1, None, "suppressed"),
        ("address", "anna@example.com", "offers", -1, None, "suppressed"),
        ("address", "anna@example.com", "news", -1, None, ""),
        ("address", "boris@example.com", "", -1, None, ""),
        ("address", "example.com", "", -1, None, ""),
        ("domain", "example.com", "", -1, None, "suppressed"),
        ("domain", "example.com", "news", -1, None, ""),
        ("domain", "mail.example.com", "", -1, None, ""),
        ("domain", "com", "", -1, None, ""),
        ("domain", "ample.com", "", -1, None, ""),
        ("domain", "anna@example.com", "", -1, None, ""),
        ("address", "anna@example.com", "", 0, None, "suppressed"),
        ("address", "anna@example.com", "", 1, None, ""),
        ("address", "anna@example.com", "", -2, -1, ""),
        ("address", "anna@example.com", "", -2, 0, ""),
        ("address", "anna@example.com", "", -2, 1, "suppressed"),
    ],
)
def test_a_suppression_covers_its_address_or_exact_domain_for_its_topic_and_time(
    store: Store, kind: str, key: str, topic: str, since: int, lifted: int | None, expected: str
) -> None:
    with store.writing() as connection:
        consents(connection, plant(connection), ("*", True, NOW - 9 * DAY))
        row = {"kind": kind, "key": key, "topic": topic, "reason": "manual", "since": NOW + since * DAY}
        connection.execute(insert(suppression), row | {"lifted_at": None if lifted is None else NOW + lifted * DAY})
        assert reason(connection) == expected


def test_a_subdomain_is_another_domain(store: Store) -> None:
    with store.writing() as connection:
        consents(connection, plant(connection, "anna@mail.example.com"), ("*", True, NOW))
        connection.execute(insert(suppression).values(kind="domain", key="example.com", reason="manual", since=NOW))
        assert reason(connection) == ""


def test_a_suppression_of_one_topic_does_not_count_where_no_topic_is_asked_for(store: Store) -> None:
    with store.writing() as connection:
        consents(connection, plant(connection), ("*", True, NOW))
        row = {"kind": "address", "key": "anna@example.com", "topic": "offers", "reason": "manual", "since": NOW}
        connection.execute(insert(suppression), row)
        assert (reason(connection, None), reason(connection, "offers")) == ("", "suppressed")


def test_reasons_come_in_order_no_address_then_suppressed_then_no_consent(store: Store) -> None:
    with store.writing() as connection:
        contact_id = plant(connection, "")
        connection.execute(insert(suppression).values(kind="address", key="", reason="manual", since=NOW))
        assert reason(connection) == "no_address"
        connection.execute(contact.update().values(address_key="anna@example.com"))
        connection.execute(suppression.update().values(key="anna@example.com"))
        assert reason(connection) == "suppressed"
        connection.execute(suppression.delete())
        assert reason(connection) == "no_consent"
        consents(connection, contact_id, ("offers", True, NOW))
        assert reason(connection) == ""


def test_the_topic_may_be_a_column_of_an_enclosing_statement(store: Store) -> None:
    """The claim asks about deliveries of many mailings at once."""
    with store.writing() as connection:
        first, second = plant(connection), plant(connection, "boris@example.com")
        consents(connection, first, ("offers", True, NOW))
        consents(connection, second, ("news", True, NOW))
        for topic in ("offers", "news"):
            row = {"campaign": topic, "period": "1", "state": "sending", "topic": topic}
            connection.execute(insert(mailing), row | {"as_of": NOW, "created_at": NOW})
        rows = connection.execute(
            select(mailing.c.topic, contact.c.id)
            .select_from(mailing.join(contact, contact.c.id > 0))
            .where(reachable_clause(mailing.c.topic, NOW))
            .order_by(contact.c.id)
        )
        assert [tuple(row) for row in rows] == [("offers", first), ("news", second)]


def test_an_alias_of_the_contacts_may_be_asked(store: Store) -> None:
    with store.writing() as connection:
        consents(connection, plant(connection), ("offers", True, NOW))
        other = contact.alias("other")
        rows = connection.execute(select(other.c.id).where(reachable_clause("offers", NOW, other)))
        assert len(rows.all()) == 1


def test_one_statement_answers_for_many_contacts(store: Store) -> None:
    """Set-based: 2,000 contacts of every sort in one statement, each with its own answer."""
    with store.writing() as connection:
        ids = [plant(connection, f"c{number}@example.com") for number in range(400)]
        consents(connection, ids[1], ("offers", True, NOW))
        for contact_id in ids[100:]:
            consents(connection, contact_id, ("*", True, NOW - DAY))
        for contact_id in ids[200:300]:
            consents(connection, contact_id, ("offers", False, NOW))
        row = {"kind": "address", "key": "c399@example.com", "reason": "bounced", "since": NOW}
        connection.execute(insert(suppression), row)
        reached = connection.scalars(select(contact.c.id).where(reachable_clause("offers", NOW))).all()
        assert set(reached) == {ids[1], *ids[100:200], *ids[300:399]}
