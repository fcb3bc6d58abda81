"""The ledger's rows: only allowed steps, only by who holds the claim, consent and suppression looked at again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from rekindle.model.campaign import Cap
from rekindle.model.delivery import ALLOWED_STEPS, Delivery, DeliveryState
from rekindle.model.duration import Duration
from rekindle.model.mailing import MailingState
from rekindle.model.suppression import Suppression, SuppressionKind, SuppressionReason
from rekindle.store.caps import LOOK_AGAIN, CapTerms
from rekindle.store.claims import Claimant, claim, release
from rekindle.store.deliveries import cancel_waiting, count_waiting, next_due, recover, requeue_unknown
from rekindle.store.delivery_list import delivery_rows
from rekindle.store.engine import Store
from rekindle.store.mailings import NewMailing, insert_mailing, step_mailing, tally
from rekindle.store.marks import Handing, Settlement, mark_handing, settle
from rekindle.store.suppressions import suppress
from rekindle.store.tables import attempt, consent, contact, delivery, event, suppression

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
S = DeliveryState
ME, OTHER = Claimant(1, "me", 7), Claimant(1, "other", 8)


def make(store: Store, count: int, **values: Any) -> list[int]:
    """A mailing in `sending` with so many contacts who gave consent, and a queued delivery each."""
    with store.writing() as connection:
        made = insert_mailing(connection, NewMailing("winback", "2026-11", NOW, NOW, topic="offers"))
        assert made is not None
        people = range(1, count + 1)
        rows = [
            {"id": n, "first_seen_at": NOW, "exists_from": NOW, "address_key": f"r{n}@x.test", "email": f"r{n}@x.test",
             "external_id": f"C-{n}"} for n in people
        ]  # fmt: skip
        connection.execute(insert(contact), rows)
        given = {"topic": "offers", "given": True, "occurred_at": NOW, "recorded_at": NOW}
        connection.execute(insert(consent), [{"contact_id": n, **given} for n in people])
        common = {"mailing_id": made.mailing_id, "domain": "x.test", "arm": "letter", "state": "queued", **values}
        letters = [
            {"id": 100 + n, "contact_id": n, "address": f"r{n}@x.test", "address_key": f"r{n}@x.test"} for n in people
        ]
        connection.execute(insert(delivery), [{**row, **common} for row in letters])
    return [100 + n for n in people]


def states(store: Store) -> dict[int, str]:
    with store.reading() as connection:
        return {row.id: row.state for row in connection.execute(select(delivery.c.id, delivery.c.state))}


def put(store: Store, state: DeliveryState, **values: Any) -> None:
    with store.writing() as connection:
        connection.execute(update(delivery).values(state=state.value, claimed_by="me", fence=7, due_at=NOW, **values))


def row(delivery_id: int = 101, attempts: int = 0) -> Delivery:
    number = delivery_id - 100
    return Delivery(delivery_id, 1, number, f"r{number}@x.test", "letter", S.CLAIMED, attempts, "")


def test_a_claim_takes_each_delivery_once(store: Store) -> None:
    ids = make(store, 5)
    taken = []
    with store.writing() as connection:
        for claimant, limit in ((ME, 2), (OTHER, 2), (ME, 2), (OTHER, 2)):
            taken.append([one.delivery.delivery_id for one in claim(connection, claimant, NOW, limit).claims])
        assert claim(connection, ME, NOW, 2).is_end
    assert [len(one) for one in taken] == [2, 2, 1, 0]
    assert sorted(n for one in taken for n in one) == ids


def test_who_left_since_the_audience_was_frozen_gets_nothing(store: Store) -> None:
    """Consent and suppression are looked at again at claim (LEDGER 3): unsubscribing beats the snapshot."""
    make(store, 7)
    withdrawn = {"topic": "offers", "given": False, "occurred_at": NOW, "recorded_at": NOW}
    kind = SuppressionKind
    with store.writing() as connection:
        connection.execute(insert(consent).values(contact_id=1, **withdrawn))
        for key, kind_, topic in (("r2@x.test", kind.ADDRESS, ""), ("r3@x.test", kind.ADDRESS, "offers"),
                                  ("r4@x.test", kind.ADDRESS, "news"), ("y.test", kind.DOMAIN, "")):  # fmt: skip
            suppress(connection, Suppression(kind_, key, SuppressionReason.MANUAL, NOW, topic))
        # the frozen address is suppressed although the contact has a new one; and one has none any more
        connection.execute(update(delivery).where(delivery.c.id == 105).values(address_key="old@y.test"))
        connection.execute(update(contact).where(contact.c.id == 6).values(address_key=""))
    with store.writing() as connection:
        claimed = claim(connection, ME, NOW + timedelta(seconds=1), 100)
        skipped = connection.execute(
            select(delivery.c.id, delivery.c.reason).where(delivery.c.state == "skipped").order_by(delivery.c.id)
        )
        reasons = [tuple(one) for one in skipped]
        ledger = tally(connection, 1)
    assert [one.delivery.delivery_id for one in claimed.claims] == [104, 107]
    assert reasons == [(101, "no_consent"), (102, "suppressed"), (103, "suppressed"), (105, "suppressed"),
                       (106, "no_address")]  # fmt: skip
    assert (claimed.passed_over, ledger.skipped, ledger.waiting, ledger.adds_up) == (5, 5, 2, True)


def test_who_has_had_enough_letters_waits_until_the_cap_frees(store: Store) -> None:
    """Caps are looked at again at claim (LEDGER 3), over the letters of all campaigns; a letter waits, never drops."""
    make(store, 7)
    day, week = timedelta(days=1), CapTerms(Cap(2, Duration.parse("7 days")), UTC)
    received = [
        (1, 1, "sent"), (1, 3, "sent"),  # the older one leaves the window in four days
        (2, 1, "sent"), (2, 7, "sent"),  # seven days ago to the second: free again
        (3, 1, "sent"), (3, 2, "unknown"),  # may have arrived
        (4, 1, "sent"),
        (5, 1, "sent"), (5, 0, "handing"),  # another mailing has one in its hands: its fate is not known yet
        (6, 1, "failed"), (6, 1, "deferred"),
        (7, 1, "sent"), (7, -0.0001, "sent"),  # by a host whose clock is some seconds ahead
    ]  # fmt: skip
    with store.writing() as connection:
        for number, (contact_id, days, state) in enumerate(received, 2):
            other = insert_mailing(connection, NewMailing("other", str(number), NOW, NOW))
            assert other is not None
            values = {"mailing_id": other.mailing_id, "contact_id": contact_id, "address": "x", "address_key": "x",
                      "domain": "x", "arm": "letter", "state": state, "handed_at": NOW - days * day}  # fmt: skip
            connection.execute(insert(delivery).values(**values, sent_at=NOW - days * day if state == "sent" else None))
        claimed = claim(connection, ME, NOW, 10, week)
        waits = select(delivery.c.id, delivery.c.due_at, delivery.c.reason).where(
            delivery.c.mailing_id == 1, delivery.c.state == "queued"
        )
        delayed = [tuple(one) for one in connection.execute(waits.order_by(delivery.c.id))]
        assert claim(connection, ME, NOW, 10, week).is_end
    assert [one.delivery.contact_id for one in claimed.claims] == [2, 4, 6]
    assert (claimed.passed_over, delayed) == (4, [
        (101, NOW + 4 * day, "capped"), (103, NOW + 5 * day, "capped"), (105, NOW + LOOK_AGAIN, "capped"),
        (107, NOW + 6 * day, "capped"),
    ])  # fmt: skip
    with store.writing() as connection:
        later = claim(connection, ME, NOW + 4 * day, 10, week).claims
    assert [one.delivery.contact_id for one in later] == [1]


def test_a_cap_of_months_frees_too(sqlite_store: Store) -> None:
    """31 January and a month is 28 February, from where a month back is 28 January: it must not wait for ever."""
    make(sqlite_store, 1)
    moment = datetime(2027, 1, 31, 12, tzinfo=UTC)
    month, at = CapTerms(Cap(1, Duration.parse("1 month")), UTC), datetime(2027, 2, 28, 12, tzinfo=UTC)
    with sqlite_store.writing() as connection:
        other = insert_mailing(connection, NewMailing("other", "2026-01", NOW, NOW))
        assert other is not None
        values = {"mailing_id": other.mailing_id, "address": "x", "address_key": "x", "domain": "x", "arm": "letter"}
        connection.execute(insert(delivery).values(contact_id=1, state="sent", sent_at=moment, **values))
        tries = 0
        while not claim(connection, ME, at, 1, month).claims:
            at, tries = next_due(connection, 1) or at, tries + 1
            assert tries < 500
    assert datetime(2027, 2, 28, 12, tzinfo=UTC) < at <= datetime(2027, 3, 3, 12, tzinfo=UTC)


def test_only_what_is_due_is_claimed_and_retries_come_first(store: Store) -> None:
    make(store, 4)
    with store.writing() as connection:
        for number, state, due in ((101, S.QUEUED, NOW + timedelta(seconds=1)), (102, S.QUEUED, NOW),
                                   (103, S.DEFERRED, NOW), (104, S.DEFERRED, NOW + timedelta(days=1))):  # fmt: skip
            connection.execute(update(delivery).where(delivery.c.id == number).values(state=state.value, due_at=due))
        connection.execute(insert(attempt).values(delivery_id=103, attempted_at=NOW, outcome="deferred"))
        claimed = claim(connection, ME, NOW, 10).claims
        due_next = next_due(connection, 1)
    assert [(one.delivery.delivery_id, one.first_tried_at) for one in claimed] == [(103, NOW), (102, None)]
    assert due_next == NOW + timedelta(seconds=1)


@pytest.mark.parametrize("state", [MailingState.PAUSED, MailingState.CANCELLED])
def test_nothing_is_claimed_from_a_mailing_that_rests(store: Store, state: MailingState) -> None:
    make(store, 2)
    with store.writing() as connection:
        step_mailing(connection, 1, state, NOW)
        claimed = claim(connection, ME, NOW, 10)
    assert (claimed.claims, claimed.standing) == ((), False)


def test_what_is_overdue_expires(store: Store) -> None:
    make(store, 3)
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE mailing SET expires_at = " + ("0" if store.is_sqlite else "'epoch'"))
        claimed = claim(connection, ME, NOW, 2)
        ledger = tally(connection, 1)
    assert (claimed.claims, claimed.passed_over, ledger.expired, ledger.waiting) == ((), 3, 3, 0)


def _mark(store: Store, claimant: Claimant = ME, delivery_id: int = 101) -> bool:
    with store.writing() as connection:
        mark = Handing(delivery_id, "<m@x>", datetime.now(UTC))
        return mark_handing(connection, claimant, [mark]) == {delivery_id}


def _settle(store: Store, state: DeliveryState) -> None:
    with store.writing() as connection:
        settle(connection, ME, [Settlement(row(), state, NOW, due_at=NOW)])


@pytest.mark.parametrize("state", list(DeliveryState))
def test_the_store_refuses_every_step_that_is_not_allowed(sqlite_store: Store, state: DeliveryState) -> None:
    """Each operation from each state: the row moves exactly where ALLOWED_STEPS has the step."""
    make(sqlite_store, 1)
    operations = {
        S.CLAIMED: lambda: _claim(sqlite_store),
        S.HANDING: lambda: _mark(sqlite_store),
        S.SENT: lambda: _settle(sqlite_store, S.SENT),
        S.FAILED: lambda: _settle(sqlite_store, S.FAILED),
        S.DEFERRED: lambda: _settle(sqlite_store, S.DEFERRED),
        S.UNKNOWN: lambda: _settle(sqlite_store, S.UNKNOWN),
        S.QUEUED: lambda: _settle(sqlite_store, S.QUEUED),
    }
    reached = set()
    for to, operation in operations.items():
        put(sqlite_store, state)
        operation()
        if states(sqlite_store)[101] == to and to is not state:
            reached.add(to)
    assert reached == ALLOWED_STEPS[state] - {S.SKIPPED, S.EXPIRED}


def _claim(store: Store) -> None:
    with store.writing() as connection:
        claim(connection, ME, NOW, 1)


def test_a_late_worker_cannot_mark_what_was_taken_over(store: Store) -> None:
    """Stopped past its lease: the next holder has a higher fence, and the late one's mark is refused (LEDGER 4)."""
    make(store, 2)
    with store.writing() as connection:
        claim(connection, ME, NOW, 2)
        assert recover(connection, 1, OTHER.fence, NOW) == (2, 0)
        claim(connection, OTHER, NOW, 1)
        assert mark_handing(connection, ME, [Handing(n, "<m@x>", NOW) for n in (101, 102)]) == set()
    assert _mark(store, OTHER)
    assert not _mark(store, OTHER)


def test_marks_of_a_group_tell_the_lost_from_the_held(store: Store) -> None:
    make(store, 3)
    with store.writing() as connection:
        claim(connection, ME, NOW, 3)
        connection.execute(update(delivery).where(delivery.c.id == 102).values(fence=9))
        assert mark_handing(connection, ME, [Handing(n, "<m@x>", NOW) for n in (101, 102, 103)]) == {101, 103}


def test_what_a_dead_sender_left_is_put_back_or_unknown(store: Store) -> None:
    """`handing` becomes unknown, parked; `claimed` goes back; nothing of a living one is touched."""
    make(store, 3)
    with store.writing() as connection:
        claim(connection, ME, NOW, 2)
        mark_handing(connection, ME, [Handing(101, "<m@x>", NOW)])
        claim(connection, OTHER, NOW, 1)
        assert recover(connection, 1, OTHER.fence, NOW) == (1, 1)
        ledger = tally(connection, 1)
        assert claim(connection, OTHER, NOW, 5).claims[0].delivery.delivery_id == 102
    assert states(store) == {101: "unknown", 102: "claimed", 103: "claimed"}
    assert (ledger.unknown, ledger.waiting, ledger.adds_up) == (1, 2, True)


def test_an_answer_seen_late_settles_an_unknown_delivery(store: Store) -> None:
    make(store, 1)
    with store.writing() as connection:
        claim(connection, ME, NOW, 1)
        mark_handing(connection, ME, [Handing(101, "<m@x>", NOW)])
        recover(connection, 1, 8, NOW)
        settle(connection, ME, [Settlement(row(), S.SENT, NOW, reply="250 ok")])
    assert states(store) == {101: "sent"}


def test_a_worker_puts_back_only_its_own(store: Store) -> None:
    make(store, 4)
    with store.writing() as connection:
        claim(connection, ME, NOW, 2)
        claim(connection, OTHER, NOW, 2)
        assert release(connection, ME) == 2
    assert Counter(states(store).values()) == {"queued": 2, "claimed": 2}


def test_a_hard_bounce_is_an_event_and_a_suppression(store: Store) -> None:
    make(store, 2)
    with store.writing() as connection:
        claim(connection, ME, NOW, 2)
        mark_handing(connection, ME, [Handing(n, "<m@x>", NOW) for n in (101, 102)])
        gone = Settlement(row(101), S.FAILED, NOW, "recipient", "550 5.1.1 unknown", hard_bounce=True)
        policy = Settlement(row(102), S.FAILED, NOW, "policy", "550 5.7.1 blocked")
        settle(connection, ME, [gone, policy])
        events = [tuple(one) for one in connection.execute(select(event.c.kind, event.c.contact_id, event.c.detail))]
        keys = connection.scalars(select(suppression.c.key)).all()
        tries = [tuple(one) for one in connection.execute(select(attempt.c.delivery_id, attempt.c.reply))]
    assert events == [("bounced", 1, "permanent: 550 5.1.1 unknown")]
    assert keys == ["r1@x.test"]
    assert tries == [(101, "550 5.1.1 unknown"), (102, "550 5.7.1 blocked")]


def test_resending_the_unknown_keeps_the_message_id(store: Store) -> None:
    make(store, 2)
    with store.writing() as connection:
        claim(connection, ME, NOW, 1)
        mark_handing(connection, ME, [Handing(101, "<m@x>", NOW)])
        recover(connection, 1, 8, NOW)
        assert requeue_unknown(connection, 1) == 1
        again = {one.delivery.delivery_id: one.delivery for one in claim(connection, OTHER, NOW, 5).claims}
    assert (again[101].message_id, again[101].attempts) == ("<m@x>", 1)


def test_cancelling_ends_what_waits_and_leaves_what_is_in_hand(store: Store) -> None:
    make(store, 3)
    with store.writing() as connection:
        claim(connection, ME, NOW, 1)
        assert cancel_waiting(connection, 1, NOW) == 2
        assert count_waiting(connection, 1) == 1
        rows = list(delivery_rows(connection, 1, page=2))
    assert Counter(states(store).values()) == {"claimed": 1, "skipped": 2}
    assert rows[2] == (103, "C-3", "r3@x.test", "letter", "skipped", "cancelled", 0, "", "", None)
