"""Paces: what may leave at a moment, of all workers together; slower when a domain asks for it, and back again."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert, select, update

from rekindle.model.configuration import DomainLimit, Sending
from rekindle.model.delivery import Delivery, DeliveryState
from rekindle.store.claims import Claimant, Claimed, claim
from rekindle.store.engine import Store
from rekindle.store.holder import Holder, this_process
from rekindle.store.leases import helping_lease, take_lease
from rekindle.store.mailings import NewMailing, insert_mailing
from rekindle.store.marks import Handing, Settlement, mark_handing, settle
from rekindle.store.paces import AT_ONCE, RECOVERY, Pace, open_lanes
from rekindle.store.tables import delivery, pace

from .test_deliveries import ME, NOW, OTHER, make, row

SECOND = timedelta(seconds=1)


def take(store: Store, sending: Sending, seconds: float, claimant: Claimant = ME, limit: int = 1000) -> Claimed:
    with store.writing() as connection:
        return claim(connection, claimant, NOW + seconds * SECOND, limit, sending=sending)


def domains_of(claimed: Claimed) -> dict[str, int]:
    return dict(Counter(one.delivery.address.partition("@")[2] for one in claimed.claims))


def spread(store: Store, sending: Sending, count: int, domain: str = "slow.test") -> None:
    """The first `count` deliveries are of that domain, and the lanes are open."""
    with store.writing() as connection:
        theirs = update(delivery).where(delivery.c.id <= 100 + count)
        connection.execute(theirs.values(domain=domain, address="r" + "@" + domain))
        open_lanes(connection, 1, sending)


def test_a_rate_is_kept_by_all_workers_together(store: Store) -> None:
    """50 a second: a fifth of a second's letters at once, then no more than the time that has passed allows."""
    make(store, 200)
    sending = Sending(per_second=Decimal(50))
    counts = [len(take(store, sending, tick / 20, (ME, OTHER)[tick % 2]).claims) for tick in range(21)]
    assert counts[0] == 10
    assert sum(counts) == 10 + 50
    assert max(counts[1:]) <= 3


def test_what_may_not_leave_yet_says_when_it_may(store: Store) -> None:
    """A sender waits as long as the rate needs, and does not end while letters are due."""
    make(store, 3)
    sending = Sending(per_second=Decimal("0.5"))
    first, second = take(store, sending, 0), take(store, sending, 0.5)
    assert (len(first.claims), len(second.claims), second.wait, second.is_end) == (1, 0, 1.5 * SECOND, False)
    assert len(take(store, sending, 2.0).claims) == 1
    assert len(take(store, sending, 100).claims) == 1, "what was not used is not saved up beyond the burst"
    assert take(store, sending, 101).is_end


def test_a_domain_has_a_rate_of_its_own_and_others_go_on(store: Store) -> None:
    sending = Sending(domains={"slow.test": DomainLimit(per_second=Decimal(5))})
    make(store, 60)
    spread(store, sending, 40)
    assert domains_of(take(store, sending, 0)) == {"slow.test": 1, "x.test": 20}
    assert [domains_of(take(store, sending, tick / 10)) for tick in (1, 2, 3, 4)] == [
        {}, {"slow.test": 1}, {}, {"slow.test": 1},
    ]  # fmt: skip
    assert take(store, sending, 0.5).wait == timedelta(seconds=0.1)


def test_a_domain_has_no_more_letters_in_hand_than_connections(store: Store) -> None:
    """Of all workers together: what one has in hand the other may not take."""
    sending = Sending(domains={"slow.test": DomainLimit(connections=2)})
    make(store, 10)
    spread(store, sending, 8)
    assert domains_of(take(store, sending, 0)) == {"slow.test": 2, "x.test": 2}
    other = take(store, sending, 0, OTHER)
    assert (other.claims, other.is_end) == ((), False)
    with store.writing() as connection:
        mark_handing(connection, ME, [Handing(101, "<m@x>", NOW)])
        settle(connection, ME, [Settlement(row(101), DeliveryState.SENT, NOW)])
    assert domains_of(take(store, sending, 0.1, OTHER)) == {"slow.test": 1}


def test_letters_of_another_mailing_in_hand_count_as_well(store: Store) -> None:
    """The connections are the domain's: whose letters go over them does not matter to it."""
    sending = Sending(domains={"slow.test": DomainLimit(connections=2)})
    make(store, 10)
    spread(store, sending, 10)
    with store.writing() as connection:
        insert_mailing(connection, NewMailing("news", "2026-11", NOW, NOW, topic="offers"))
        connection.execute(update(delivery).where(delivery.c.id > 105).values(mailing_id=2))
    assert domains_of(take(store, sending, 0)) == {"slow.test": 2}
    second = take(store, sending, 0, Claimant(2, "third", 9))
    assert (second.claims, second.is_end) == ((), False)


def test_what_a_dead_process_has_in_hand_takes_no_connection(store: Store) -> None:
    """Else the others would wait for ever for letters that nobody will settle."""
    sending = Sending(domains={"slow.test": DomainLimit(connections=2)})
    make(store, 10)
    spread(store, sending, 10)
    this = this_process()
    dead = Holder(this.host, this.space, this.boot, 2**22 + 1, "1")
    name = helping_lease(1, dead)
    with store.writing() as connection:
        take_lease(connection, name, NOW, dead)
    assert len(take(store, sending, 0, Claimant(1, name, 7)).claims) == 2
    assert len(take(store, sending, 0, OTHER).claims) == 2


def test_two_who_claim_at_once_do_not_both_take_the_last(store: Store) -> None:
    """On PostgreSQL they wait for each other at the domain's row, which stands there from the start."""
    sending = Sending(domains={"slow.test": DomainLimit(connections=2)})
    make(store, 40)
    spread(store, sending, 40)
    together = threading.Barrier(4)

    def one(number: int) -> int:
        together.wait()
        return len(take(store, sending, 0, Claimant(1, f"worker {number}", 7)).claims)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(4))) == 2


def _turn_away(store: Store, seconds: float, *numbers: int) -> None:
    at = NOW + seconds * SECOND
    ends = [Settlement(one, DeliveryState.DEFERRED, at, "throttle", "421", at + timedelta(hours=9), throttled=True)
            for one in (_slow(number) for number in numbers)]  # fmt: skip
    with store.writing() as connection:
        settle(connection, ME, ends)


def _slow(number: int) -> Delivery:
    return row(number)._replace(address="r@slow.test")


def _rate(store: Store, sending: Sending, seconds: float) -> float | None:
    with store.reading() as connection:
        found = connection.execute(select(pace).where(pace.c.name == "slow.test")).one()
    return Pace(*found).rate(sending, NOW + seconds * SECOND)


def test_a_domain_that_turns_letters_away_is_slowed_and_recovers_step_by_step(store: Store) -> None:
    """421 or 4.7.x: half the rate, half of it again; letters turned away together count once; a quiet minute each."""
    sending = Sending(domains={"slow.test": DomainLimit(per_second=Decimal(8))})
    make(store, 9)
    spread(store, sending, 9)
    with store.writing() as connection:
        connection.execute(update(delivery).values(state="claimed", claimed_by="me", fence=7))
    seconds, minute = AT_ONCE.total_seconds(), RECOVERY.total_seconds()
    _turn_away(store, 0, 101, 102)
    _turn_away(store, 1, 103)
    assert _rate(store, sending, 1) == 4
    _turn_away(store, seconds, 104)
    assert [_rate(store, sending, seconds + after) for after in (0, minute - 1, minute, 2 * minute, 9 * minute)] == [
        2, 2, 4, 8, 8,
    ]  # fmt: skip


def test_a_domain_nobody_spoke_of_is_slowed_too_while_the_others_go_on(store: Store) -> None:
    """From the speed it was written to at; once it has recovered nothing holds it any more."""
    make(store, 60)
    spread(store, Sending(), 50)
    with store.writing() as connection:
        sent = update(delivery).where(delivery.c.id.between(102, 110))
        connection.execute(sent.values(state="sent", sent_at=NOW))
        ours = {"state": "claimed", "claimed_by": ME.name, "fence": ME.fence}
        connection.execute(update(delivery).where(delivery.c.id == 101).values(ours))
    _turn_away(store, 1, 101)
    assert _rate(store, Sending(), 1) == pytest.approx(0.45)
    held = take(store, Sending(), 1)
    assert domains_of(held) == {"slow.test": 1, "x.test": 10}
    assert len(take(store, Sending(), 1 + RECOVERY.total_seconds()).claims) == 39


def test_a_clock_that_is_put_back_does_not_stop_the_letters(sqlite_store: Store) -> None:
    make(sqlite_store, 5)
    sending = Sending(per_second=Decimal(10))
    with sqlite_store.writing() as connection:
        connection.execute(insert(pace).values(name="", used_until=NOW + timedelta(days=1)))
    assert [len(take(sqlite_store, sending, tick / 10).claims) for tick in range(4)] == [2, 1, 1, 1]
