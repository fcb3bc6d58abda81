"""Two mailings that leave at the same time: one cap and one warm-up hold both, and nobody waits for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from queue import SimpleQueue

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql

from rekindle.model.campaign import Cap
from rekindle.model.configuration import DomainLimit, Sending
from rekindle.model.delivery import Delivery, DeliveryState
from rekindle.model.duration import Duration
from rekindle.store import paces
from rekindle.store.caps import CapTerms
from rekindle.store.claims import Claimant, claim
from rekindle.store.engine import Store
from rekindle.store.mailings import NewMailing, insert_mailing
from rekindle.store.marks import Handing, Settlement, mark_handing, settle
from rekindle.store.opening import open_store
from rekindle.store.paces import open_lanes
from rekindle.store.tables import delivery

from .test_deliveries import NOW, make

ONE_A_WEEK = CapTerms(Cap(1, Duration.parse("7 days")), UTC)
FIRST, SECOND = Claimant(1, "first", 1), Claimant(2, "second", 1)


def make_two(store: Store, count: int) -> None:
    """Two mailings in `sending` to the same contacts."""
    make(store, count)
    with store.writing() as connection:
        insert_mailing(connection, NewMailing("news", "2026-11", NOW, NOW, topic="offers"))
        names = ("id", "contact_id", "address", "address_key", "domain", "arm", "state")
        rows = connection.execute(select(*(delivery.c[name] for name in names)).where(delivery.c.mailing_id == 1))
        connection.execute(insert(delivery), [{**row._mapping, "id": row.id + 1000, "mailing_id": 2} for row in rows])


def test_who_claims_under_a_cap_sees_what_another_mailing_is_claiming(postgres_url: str) -> None:
    """LEDGER 3: a claim that is not committed yet counts as well, or both would write to the same readers."""
    store = open_store(postgres_url)
    make_two(store, 3)
    second: list[int] = []

    def claim_too() -> None:
        with store.writing() as connection:
            second.append(len(claim(connection, SECOND, NOW, 10, ONE_A_WEEK).claims))

    with store.writing() as connection:
        first = len(claim(connection, FIRST, NOW, 10, ONE_A_WEEK).claims)
        beside = threading.Thread(target=claim_too)
        beside.start()
        beside.join(0.5)
    beside.join(10)
    assert (first, second) == (3, [0])
    store.close()


def test_who_claims_under_no_cap_waits_for_nobody(postgres_url: str) -> None:
    """A claim that is held up holds up no mailing that has no need to look at the others."""
    store = open_store(postgres_url)
    make_two(store, 3)
    with store.writing() as connection, store.writing() as other:
        assert len(claim(connection, FIRST, NOW, 10).claims) == 3
        assert len(claim(other, SECOND, NOW, 10).claims) == 3
    store.close()


def _turned_away(row: Delivery, at: datetime) -> Settlement:
    again = NOW + timedelta(days=1)
    return Settlement(row, DeliveryState.DEFERRED, at, "throttle", "421", again, throttled=True)


def test_claims_and_slowed_domains_never_wait_for_each_other_for_ever(postgres_url: str) -> None:
    """A clerk claims beside the desk that settles: who has letters waits for paces, who has paces for no letter."""
    store = open_store(postgres_url)
    make_two(store, 240)
    domains = [f"d{n}.test" for n in range(4)]
    sending = Sending(per_second=Decimal(100_000), domains={"d2.test": DomainLimit(per_second=Decimal(50_000))})
    with store.writing() as connection:
        for number, domain in enumerate(domains):
            theirs = update(delivery).where(delivery.c.id % 4 == number)
            connection.execute(theirs.values(domain=domain, address=f"r@{domain}"))
        for mailing_id in (1, 2):
            open_lanes(connection, mailing_id, sending)
    in_hand: dict[Claimant, SimpleQueue[Delivery | None]] = {FIRST: SimpleQueue(), SECOND: SimpleQueue()}

    def claim_on(claimant: Claimant) -> None:
        for _ in range(40):
            with store.writing() as connection:
                found = claim(connection, claimant, NOW, 6, ONE_A_WEEK, sending=sending).claims
                if found:
                    mark_handing(connection, claimant, [Handing(one.delivery.delivery_id, "", NOW) for one in found])
            for one in found:
                in_hand[claimant].put(one.delivery)

    def settle_on(claimant: Claimant) -> None:
        at = NOW
        while (row := in_hand[claimant].get()) is not None:
            others = [in_hand[claimant].get_nowait() for _ in range(in_hand[claimant].qsize())]
            at += paces.AT_ONCE
            with store.writing() as connection:
                settle(connection, claimant, [_turned_away(one, at) for one in (row, *others) if one is not None])
            if None in others:
                break

    with ThreadPoolExecutor(4) as pool:
        settling = [pool.submit(settle_on, claimant) for claimant in in_hand]
        claiming = [pool.submit(claim_on, claimant) for claimant in in_hand]
        try:
            for each in claiming:
                each.result(60)
        finally:
            for queue in in_hand.values():
                queue.put(None)
        for each in settling:
            each.result(60)
    with store.reading() as connection:
        states = set(connection.scalars(select(delivery.c.state)))
    assert states <= {"queued", "deferred"}
    store.close()


def test_paces_are_locked_in_one_order_whatever_the_language_of_the_database() -> None:
    """`slow_down` locks in Python's order; in English ab.test stands before a-b.test, and two would wait for ever."""
    statement = paces._all_paces("postgresql").compile(dialect=postgresql.dialect())
    assert 'ORDER BY pace.name COLLATE "C"' in str(statement)
