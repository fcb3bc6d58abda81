"""The warm-up: a day's allowance, counted over all mailings, and what is over it waits for the next day."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from rekindle.model.configuration import Warmup
from rekindle.store.engine import Store
from rekindle.store.holder import Holder, this_process
from rekindle.store.leases import sending_lease, take_lease
from rekindle.store.mailings import NewMailing, insert_mailing
from rekindle.store.tables import delivery
from rekindle.store.warmup import WarmupTerms, put_off, warmup_left

from .test_deliveries import NOW, make

DAY = timedelta(days=1)
TERMS = WarmupTerms(Warmup(4, Decimal("1.5")), ZoneInfo("Europe/Moscow"), time(10, 30))


def left(store: Store, now: datetime, terms: WarmupTerms = TERMS) -> int:
    with store.writing() as connection:
        return warmup_left(connection, terms, now)


def send(store: Store, numbers: range, at: datetime, state: str = "sent") -> None:
    with store.writing() as connection:
        gone = update(delivery).where(delivery.c.id.in_(numbers))
        connection.execute(gone.values(state=state, sent_at=at if state == "sent" else None, handed_at=at))


def test_the_allowance_grows_by_a_factor_each_day_whatever_was_sent(store: Store) -> None:
    make(store, 2)
    assert [left(store, NOW + n * DAY) for n in range(5)] == [4, 6, 9, 13, 20]


def test_what_left_today_and_what_is_in_hand_is_counted(store: Store) -> None:
    """Days are those of the workspace: 21:30 UTC is tomorrow in Moscow. A letter in doubt may have left."""
    make(store, 9)
    assert left(store, NOW) == 4
    send(store, range(101, 102), NOW)
    send(store, range(102, 103), NOW, "unknown")
    send(store, range(103, 104), NOW, "claimed")
    send(store, range(104, 106), NOW - DAY)
    assert left(store, NOW) == 1
    send(store, range(103, 104), NOW)
    assert [left(store, datetime(2026, 11, 1, hour, 30, tzinfo=UTC)) for hour in (20, 21)] == [1, 6]


def another_mailing(store: Store, numbers: range) -> None:
    """These deliveries are of one that leaves at the same time."""
    with store.writing() as connection:
        insert_mailing(connection, NewMailing("news", "2026-11", NOW, NOW, topic="offers"))
        connection.execute(update(delivery).where(delivery.c.id.in_(numbers)).values(mailing_id=2))


def claimed_by(store: Store, numbers: range, name: str) -> None:
    with store.writing() as connection:
        connection.execute(update(delivery).where(delivery.c.id.in_(numbers)).values(claimed_by=name))


@pytest.mark.parametrize("state", ["claimed", "handing"])
def test_what_another_mailing_has_in_hand_is_counted(store: Store, state: str) -> None:
    """The allowance is the sender's: two mailings that leave at once do not each take all that is left."""
    make(store, 9)
    another_mailing(store, range(104, 110))
    assert left(store, NOW) == 4
    send(store, range(104, 107), NOW, state)
    claimed_by(store, range(104, 107), "other")
    assert left(store, NOW) == 1


def test_what_a_dead_process_had_claimed_takes_nothing_of_the_allowance(store: Store) -> None:
    """It will not leave; what that process was handing over today may have left, and nobody has settled it yet."""
    make(store, 9)
    another_mailing(store, range(104, 110))
    this = this_process()
    dead = Holder(this.host, this.space, this.boot, 2**22 + 1, "1")
    with store.writing() as connection:
        take_lease(connection, sending_lease(2), NOW, dead)
    send(store, range(104, 107), NOW, "claimed")
    send(store, range(107, 108), NOW, "handing")
    send(store, range(108, 109), NOW - DAY, "handing")
    claimed_by(store, range(104, 110), str(dead))
    assert left(store, NOW) == 3


def test_what_is_over_it_waits_for_the_next_days_hour(store: Store) -> None:
    make(store, 3)
    with store.writing() as connection:
        connection.execute(update(delivery).where(delivery.c.id == 103).values(due_at=NOW + 9 * DAY))
        assert put_off(connection, TERMS, 1, NOW) == 2
        rows = [
            tuple(row)
            for row in connection.execute(select(delivery.c.due_at, delivery.c.reason).order_by(delivery.c.id))
        ]
    tomorrow = datetime(2026, 11, 2, 7, 30, tzinfo=UTC)
    assert rows == [(tomorrow, "warmup"), (tomorrow, "warmup"), (NOW + 9 * DAY, "")]


def test_other_terms_begin_anew(store: Store) -> None:
    """Whoever changes relay or domain warms up again from the first day."""
    make(store, 1)
    assert [left(store, NOW), left(store, NOW + 2 * DAY)] == [4, 9]
    other = WarmupTerms(Warmup(5, Decimal(2)), TERMS.zone, TERMS.begins)
    assert [left(store, NOW + n * DAY, other) for n in (2, 3)] == [5, 10]
