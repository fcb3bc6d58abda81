"""Reconciling: evidence first, a person's word for the rest, and nothing but unknown ones is touched."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from rekindle.model.delivery import DeliveryState
from rekindle.model.error import UsageError
from rekindle.model.event import Event, EventKind
from rekindle.model.mailing import MailingState
from rekindle.store.engine import Store
from rekindle.store.events import append_events
from rekindle.store.mailings import step_mailing, tally
from rekindle.store.reconcile import settle_by_evidence, settle_by_word
from rekindle.store.tables import delivery
from rekindle.store.verify import ledger_faults

from .test_deliveries import NOW, make, states

S = DeliveryState


def park(store: Store, count: int) -> None:
    """So many unknown deliveries, and one more that is sent."""
    make(store, count + 1)
    with store.writing() as connection:
        parked = {
            "state": "unknown",
            "handed_at": NOW,
            "settled_at": NOW,
            "message_id": "<m@x>",
            "reason": "connection",
        }
        connection.execute(update(delivery).values(**parked))
        last = update(delivery).where(delivery.c.id == 101 + count)
        connection.execute(last.values(state="sent", sent_at=NOW, message_id="<n@x>"))


@pytest.mark.parametrize("kind", list(EventKind))
def test_what_the_world_says_of_a_letter_shows_that_it_had_left(store: Store, kind: EventKind) -> None:
    park(store, 2)
    with store.writing() as connection:
        append_events(connection, {"x": Event(kind, 1, 1, 101, NOW + timedelta(hours=1))}, NOW)
        assert settle_by_evidence(connection, 1, NOW + timedelta(days=1)) == 1
        row = connection.execute(select(delivery).where(delivery.c.id == 101)).one()
    assert (row.state, row.sent_at, row.reason) == ("sent", NOW, "")
    assert row.reply == f"no answer was seen; it was {kind.value}"
    assert states(store) == {101: "sent", 102: "unknown", 103: "sent"}


@pytest.mark.parametrize("to", [S.SENT, S.FAILED, S.QUEUED])
def test_a_persons_word_settles_all_or_those_named(store: Store, to: DeliveryState) -> None:
    park(store, 3)
    with store.writing() as connection:
        assert settle_by_word(connection, 1, to, ["R2@X.test", "r4@x.test", "nobody@x.test"], NOW) == 1
        assert settle_by_word(connection, 1, to, [], NOW) == 2
        assert settle_by_word(connection, 1, to, [], NOW) == 0
        ledger = tally(connection, 1)
        faults = [fault for fault in ledger_faults(connection, 1) if "chosen" not in fault]
        ids = set(connection.scalars(select(delivery.c.message_id).where(delivery.c.id <= 103)))
    assert states(store) == {101: to, 102: to, 103: to, 104: "sent"}
    assert ledger.adds_up
    assert ids == {"<m@x>"}
    assert faults == ["1 Message-IDs used twice"]


@pytest.mark.parametrize("addresses", [(), ("r1@x.test",)])
def test_nothing_of_a_cancelled_mailing_is_queued_again(store: Store, addresses: tuple[str, ...]) -> None:
    """It would wait for ever: no command sends a cancelled mailing. What became of the letters may still be said."""
    park(store, 1)
    with store.writing() as connection:
        step_mailing(connection, 1, MailingState.CANCELLED, NOW)
    with pytest.raises(UsageError, match="--as sent or --as failed"), store.writing() as connection:
        settle_by_word(connection, 1, S.QUEUED, addresses, NOW)
    assert states(store) == {101: "unknown", 102: "sent"}
    with store.writing() as connection:
        assert settle_by_word(connection, 1, S.FAILED, addresses, NOW) == 1
