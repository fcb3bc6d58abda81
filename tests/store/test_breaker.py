"""The circuit breaker: what counts as a bounce, from when on it is looked at, and what a person's word changes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from rekindle.model.configuration import StopWhen
from rekindle.model.event import Event, EventKind
from rekindle.store.breaker import trust, why_stopped
from rekindle.store.engine import Store
from rekindle.store.events import append_events
from rekindle.store.tables import delivery

from .test_deliveries import NOW, make

TERMS = StopWhen(bounced=Decimal("0.05"), complained=Decimal("0.01"), after=100)


def sent(store: Store, good: int, bad: int = 0, reason: str = "recipient", reply: str = "550 no") -> None:
    """So many letters sent, so many refused."""
    make(store, good + bad)
    with store.writing() as connection:
        connection.execute(update(delivery).values(state="sent", sent_at=NOW, settled_at=NOW))
        refused = update(delivery).where(delivery.c.id > 100 + good)
        connection.execute(refused.values(state="failed", sent_at=None, reason=reason, reply=reply))


def returned(store: Store, kind: EventKind, count: int, detail: str = "permanent: 550 5.1.1") -> None:
    with store.writing() as connection:
        said = [Event(kind, n, 1, 100 + n, NOW, detail=detail) for n in range(1, count + 1)]
        append_events(connection, {f"{kind} {detail} {n}": one for n, one in enumerate(said)}, NOW)


def why(store: Store) -> str:
    with store.reading() as connection:
        return why_stopped(connection, 1, TERMS)


def test_more_than_the_share_stops_it_and_says_so(store: Store) -> None:
    sent(store, 94, 6)
    assert why(store) == "6 of 100 letters bounced or were refused (6 %; stop_when.bounced is 5 %)"


@pytest.mark.parametrize(
    ("good", "bad", "reason"),
    [(95, 5, "recipient"), (60, 39, "recipient"), (80, 20, "mailbox_full"), (80, 20, "unrenderable: name")],
    ids=["at the share", "too few to tell", "full mailboxes", "our own fault"],
)
def test_what_does_not_stop_it(store: Store, good: int, bad: int, reason: str) -> None:
    sent(store, good, bad, reason)
    assert why(store) == ""


def test_a_relay_that_refuses_us_stops_it_too(store: Store) -> None:
    """LEDGER: 5xx about us; nobody is suppressed, the breaker counts it."""
    sent(store, 90, 10, "policy")
    assert why(store).startswith("10 of 100 letters bounced or were refused")


@pytest.mark.parametrize(
    "words", ["the letter is larger than the relay's 10 octets", "the letter has 8-bit octets, which"]
)
def test_a_letter_that_the_relay_takes_of_nobody_stops_it(store: Store, words: str) -> None:
    """What it says in advance is its refusal: without a stop every reader's letter would fail by it."""
    sent(store, 90, 10, "policy", words)
    assert why(store).startswith("10 of 100 letters bounced or were refused")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("policy", "the address needs SMTPUTF8, which the relay does not offer"),
        ("recipient", "the domain has no ASCII"),
    ],
)
def test_an_address_that_was_offered_to_nobody_does_not_stop_it(store: Store, reason: str, words: str) -> None:
    """Cyrillic readers at a relay without SMTPUTF8 fail alone: nobody has refused them, no other letter is worse."""
    sent(store, 50, 50, reason, words)
    assert why(store) == ""


def test_what_comes_back_later_counts_once_a_letter(store: Store) -> None:
    """A hard bounce at the door is an event too: it is not counted twice; transient bounces are not counted."""
    sent(store, 97, 3)
    returned(store, EventKind.BOUNCED, 2)
    returned(store, EventKind.BOUNCED, 50, "transient: 450 4.2.0")
    assert why(store) == ""
    returned(store, EventKind.BOUNCED, 4, "permanent: again")
    assert why(store).startswith("7 of 100 letters bounced")


def test_complaints_have_a_share_of_their_own(store: Store) -> None:
    sent(store, 200)
    returned(store, EventKind.COMPLAINED, 3)
    assert why(store) == "3 of 200 letters were called spam (1.5 %; stop_when.complained is 1 %)"


def test_what_came_before_a_persons_word_is_forgiven(store: Store) -> None:
    """`resume` lets it go on; it stops again only for what happens from then on."""
    sent(store, 80, 20)
    assert why(store)
    with store.writing() as connection:
        trust(connection, 1, NOW + timedelta(seconds=1))
    assert why(store) == ""
