"""Suppressions and mailings of the past from files."""

# ruff: noqa: E501 (files and maps as they stand are long)

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from taking_in import NOW, Desk, counts

from rekindle.store.engine import Store
from rekindle.store.imports import refusals_of
from rekindle.store.tables import (
    audience_member,
    consent,
    contact,
    delivery,
    event,
    mailing,
    metadata,
    suppression,
)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path)


def test_suppressions_come_in_as_addresses_and_domains(desk: Desk) -> None:
    """Known reasons are ours, others are kept in the note; the same again, in any case, is unchanged."""
    text = (
        "email,reason,since,topic\nA@X.example,Bounced,2026-01-01,\n@spam.example,they said so,,\n"
        "b@x.example,unsubscribed,2026-02-01,news\na@x.example,manual,,\nnobody,,,\n"
    )
    assert counts(desk.take("suppressions", text)) == (3, 0, 1, 1)
    assert desk.rows(suppression, "kind", "key", "topic", "reason", "note") == [
        ("address", "a@x.example", "", "bounced", ""),
        ("domain", "spam.example", "", "imported", "they said so"),
        ("address", "b@x.example", "news", "unsubscribed", ""),
    ]
    assert desk.rows(contact, "id") == []
    assert counts(desk.take("suppressions", text)) == (0, 0, 4, 1)


def test_an_old_list_does_not_undo_a_persons_lifting(desk: Desk, store: Store) -> None:
    """What was lifted after the file's `since` stays lifted; what began later suppresses anew."""
    desk.take("suppressions", "email,since\na@x.example,2026-01-01\n")
    with store.writing() as connection:
        connection.execute(update(suppression).values(lifted_at=datetime(2026, 3, 1, tzinfo=UTC)))
    assert counts(desk.take("suppressions", "email,since\na@x.example,2026-01-01\n")) == (0, 0, 1, 0)
    assert counts(desk.take("suppressions", "email,since\na@x.example,2026-04-01\n")) == (1, 0, 0, 0)


HISTORY = """campaign,period,external_id,email,arm,sent_at,opened_at,clicked_at,bounced_at,complained_at,unsubscribed_at
winback,2025-01,1,a@x.example,warm,2025-01-01T10:00Z,2025-01-01T11:00Z,2025-01-01T12:00Z,,,
winback,2025-01,2,b@x.example,,2025-01-01T10:05Z,,,2025-01-01T10:06Z,,
winback,2025-01,3,,holdout,2025-01-01T10:00Z,,,,,
winback,2025-01,4,,warm,2025-01-01T10:00Z,,,,,2025-01-02T10:00Z
winback,2025-02,1,,,2025-02-01T10:00Z,,,,2025-02-01T11:00Z,
winback,2025-02,5,,,,,,,,
winback,2025-02,6,,holdout,2025-02-01,2025-02-02,,,,
"""


def test_a_mailing_of_the_past_becomes_history(desk: Desk, store: Store) -> None:
    """Members with arms, letters for the mailed alone, human events; bounces, complaints, unsubscribes suppress."""
    assert counts(desk.take("mailings", HISTORY)) == (5, 0, 0, 2)
    at = datetime(2025, 1, 1, 10, tzinfo=UTC)
    assert desk.rows(mailing, "campaign", "period", "step", "state", "imported", "started_at") == [
        ("winback", "2025-01", 1, "done", True, at), ("winback", "2025-02", 1, "done", True, datetime(2025, 2, 1, 10, tzinfo=UTC)),
    ]  # fmt: skip
    assert desk.rows(audience_member, "mailing_id", "contact_id", "verdict", "arm") == [
        (1, 1, "chosen", "warm"), (1, 2, "chosen", "letter"), (1, 3, "held_out", "holdout"), (1, 4, "chosen", "warm"),
        (2, 1, "chosen", "letter"),
    ]  # fmt: skip
    assert desk.rows(audience_member, "counted_from")[2] == (at,)
    assert desk.rows(delivery, "contact_id", "address", "address_key", "domain", "state", "sent_at") == [
        (1, "a@x.example", "a@x.example", "x.example", "sent", at),
        (2, "b@x.example", "b@x.example", "x.example", "sent", at + timedelta(minutes=5)),
        (4, "", "id:4", "", "sent", at),
        (1, "a@x.example", "a@x.example", "x.example", "sent", datetime(2025, 2, 1, 10, tzinfo=UTC)),
    ]
    assert desk.rows(event, "kind", "contact_id", "delivery_id", "machine") == [
        ("opened", 1, 1, False), ("clicked", 1, 1, False), ("bounced", 2, 2, False), ("unsubscribed", 4, 3, False),
        ("complained", 1, 4, False),
    ]  # fmt: skip
    assert desk.rows(suppression, "key", "reason") == [("b@x.example", "bounced"), ("a@x.example", "complained")]
    assert desk.rows(consent, "contact_id", "topic", "given") == [(4, "*", False)]
    assert desk.rows(contact, "exists_from")[0] == (at,)
    with store.reading() as connection:
        assert [(row.line, row.reason) for row in refusals_of(connection, 1)] == [
            (7, "sent_at is empty, and only the holdout gets no letter"),
            (8, "held out, yet opened: who got no letter cannot have done that"),
        ]


def test_who_complained_and_left_is_suppressed_once(desk: Desk) -> None:
    """One letter may come back in several ways: both are history, the suppression is for the first of them."""
    head = HISTORY.splitlines()[0]
    row = "winback,2025-01,1,a@x.example,,2025-01-01T10:00Z,,,2025-01-03T10:00Z,2025-01-02T10:00Z,2025-01-02T11:00Z"
    assert counts(desk.take("mailings", f"{head}\n{row}\n")) == (1, 0, 0, 0)
    assert desk.rows(event, "kind") == [("complained",), ("unsubscribed",), ("bounced",)]
    assert desk.rows(suppression, "key", "reason") == [("a@x.example", "complained")]


def test_history_again_changes_nothing_and_later_events_are_added(desk: Desk) -> None:
    """The same file again changes nothing; a later export that knows more adds what it knows."""
    desk.take("mailings", HISTORY)
    before = desk.everything(metadata.tables)
    assert counts(desk.take("mailings", HISTORY)) == (0, 0, 5, 2)
    assert desk.everything(metadata.tables) == before
    more = "campaign,period,external_id,arm,sent_at,opened_at\nwinback,2025-01,2,letter,2025-01-01T10:05Z,2025-01-03\n"
    assert counts(desk.take("mailings", more)) == (0, 1, 0, 0)
    assert len(desk.rows(event, "id")) == 6


def test_history_does_not_touch_our_own_mailings(desk: Desk, store: Store) -> None:
    """A mailing that rekindle made is not rewritten by a file; nor does a contact change its arm."""
    with store.writing() as connection:
        row = {"campaign": "winback", "period": "2025-01", "state": "done", "as_of": NOW, "created_at": NOW}
        connection.execute(insert(mailing).values(row))
    desk.take("mailings", HISTORY)
    assert {(row[0]) for row in desk.rows(audience_member, "mailing_id")} == {2}
    other = "campaign,period,external_id,arm,sent_at\nwinback,2025-02,1,cold,2025-02-01T10:00Z\n"
    assert counts(desk.take("mailings", other)) == (0, 0, 0, 1)
    with store.reading() as connection:
        assert [row.reason for row in refusals_of(connection, 1)][:1] == [
            "winback 2025-01 is a mailing of our own; its history is not taken from a file"
        ]
        assert [row.reason for row in refusals_of(connection, 2)] == [
            "the contact is in winback 2025-02 already, and not in the arm 'cold'"
        ]


def test_who_shares_an_address_keeps_a_letter_each(desk: Desk) -> None:
    """History is kept as it was: two letters to one address in one mailing both stand."""
    text = "campaign,period,external_id,email,sent_at\nw,1,1,f@x.example,2025-01-01\nw,1,2,f@x.example,2025-01-01\n"
    assert counts(desk.take("mailings", text)) == (2, 0, 0, 0)
    assert desk.rows(delivery, "address_key") == [("f@x.example",), ("id:2",)]
