"""`sending.connections` holds for all processes together, on every host of a store; what the dead held comes back."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from rekindle.line.shares import Shares
from rekindle.store.connections import are_free, fair_share, give_back, take_connections
from rekindle.store.engine import Connection, Store
from rekindle.store.holder import Holder, this_process
from rekindle.store.leases import SPAN, Lease, helping_lease, leased, sending_lease, take_lease

ELSEWHERE = Holder("other-host", "pid:[1]", "another boot", 7, "1")


def always(_connection: Connection) -> bool:
    return True


def real_now() -> datetime:
    return datetime.now(UTC)


def test_parts_are_even_and_add_up(store: Store) -> None:
    """Alone all of them; of three processes at four connections 2, 1 and 1; never more than there are."""
    with store.writing() as connection:
        assert fair_share(connection, 4, real_now()) == 4
        take_lease(connection, sending_lease(1), real_now())
        assert fair_share(connection, 4, real_now()) == 4
        for number in (2, 3):
            other = Holder("other-host", "pid:[1]", "another boot", number, str(number))
            take_lease(connection, helping_lease(1, other), real_now(), other)
        assert fair_share(connection, 4, real_now()) in (1, 2)
        assert fair_share(connection, 3, real_now()) == 1
        assert fair_share(connection, 1, real_now()) in (0, 1)


def test_a_connection_is_in_one_hand(store: Store) -> None:
    with store.writing() as connection:
        held = take_connections(connection, 3, (), 2, real_now())
        assert [one.name for one in held] == ["connection/1", "connection/2"]
        assert isinstance(take_lease(connection, "connection/1", real_now(), ELSEWHERE), Holder)
        assert isinstance(take_lease(connection, "connection/3", real_now(), ELSEWHERE), Lease)
        assert take_connections(connection, 3, held, 3, real_now()) == held
        assert not are_free(connection, 3, real_now())
        give_back(connection, held, real_now())
        assert are_free(connection, 3, real_now())


def test_what_a_dead_process_held_comes_back(store: Store) -> None:
    """Of this host at once, of another when its minute is over."""
    this = this_process()
    dead = Holder(this.host, this.space, this.boot, 2**22 + 1, "1")
    with store.writing() as connection:
        take_lease(connection, "connection/1", real_now(), dead)
        take_lease(connection, "connection/2", real_now(), ELSEWHERE)
        assert len(take_connections(connection, 2, (), 2, real_now())) == 1
        assert len(take_connections(connection, 2, (), 2, real_now() + 2 * SPAN)) == 1


def test_a_part_that_shrinks_is_taken_anew(store: Store) -> None:
    """Somebody else begins to send: the sender is asked to rest, and goes on with half."""
    parts: list[int] = []

    def send(own: int, rest: threading.Event) -> None:
        parts.append(own)
        if len(parts) == 1:
            with store.writing() as connection:
                take_lease(connection, sending_lease(99), real_now(), ELSEWHERE)
            assert rest.wait(10)

    with leased(store, sending_lease(1), real_now):
        Shares(store, 8, always, always).work(send, threading.Event())
    assert parts == [8, 4]


def test_who_has_no_part_waits_only_while_there_is_something_to_do(store: Store) -> None:
    with store.writing() as connection:
        take_lease(connection, "connection/1", real_now(), ELSEWHERE)
    due = iter([True, False])
    shares = Shares(store, 1, lambda _: next(due), always)
    shares.work(lambda *_: pytest.fail("there is no connection"), threading.Event())


def test_a_mailing_that_is_paused_or_cancelled_is_noticed_within_a_moment(store: Store) -> None:
    """Not only at the next claim: two hundred letters may be claimed, and each may take its time."""
    rested: list[bool] = []

    def send(_own: int, rest: threading.Event) -> None:
        rested.append(rest.wait(10))

    Shares(store, 2, always, lambda _: False).work(send, threading.Event())
    assert rested == [True]


def test_the_word_to_stop_reaches_the_sender(store: Store) -> None:
    stop = threading.Event()

    def send(_own: int, rest: threading.Event) -> None:
        stop.set()
        assert rest.wait(10)

    Shares(store, 2, always, always).work(send, stop)
    with store.reading() as connection:
        assert are_free(connection, 2, real_now())
