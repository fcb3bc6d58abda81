from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rekindle.store import leases
from rekindle.store.engine import Store
from rekindle.store.holder import Holder, is_gone, read_holder, start_time, this_process
from rekindle.store.leases import (
    Lease,
    LeaseLostError,
    check_lease,
    lease_holder,
    leased,
    release_lease,
    renew_lease,
    take_lease,
)

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def take(store: Store, holder: Holder | None = None, now: datetime = NOW, span: timedelta = MINUTE) -> Lease | Holder:
    with store.writing() as connection:
        return take_lease(connection, "run", now, holder, span)


def another(**changes: object) -> Holder:
    """A process of another host, of which nothing can be known from here."""
    return replace(this_process(), **{"host": "elsewhere", "boot": "other boot", **changes})


def test_one_takes_it_and_the_other_learns_who_holds_it(store: Store) -> None:
    taken = take(store)
    assert taken == Lease("run", 1, this_process())
    assert take(store, another()) == this_process()


def test_every_taking_has_a_higher_fence(store: Store) -> None:
    fences = []
    for _ in range(3):
        taken = take(store)
        assert isinstance(taken, Lease)
        fences.append(taken.fence)
        with store.writing() as connection:
            release_lease(connection, taken, NOW)
    assert fences == [1, 2, 3]


def test_a_lease_of_another_host_holds_until_its_time_is_over(store: Store) -> None:
    assert isinstance(take(store, another()), Lease)
    assert take(store, now=NOW + MINUTE - timedelta(seconds=1)) == another()
    assert isinstance(take(store, now=NOW + MINUTE), Lease)


def test_a_lease_of_this_boot_does_not_end_by_a_jump_of_the_clock(store: Store) -> None:
    """The clock of the machine is set a year ahead: whoever works keeps working."""
    take(store)
    assert take(store, now=NOW + timedelta(days=365)) == this_process()


def test_a_lease_of_this_boot_ends_by_the_monotonic_clock(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was stopped for longer than its lease loses it, though it still lives."""
    take(store)
    beyond = leases.monotonic() + 61
    monkeypatch.setattr(leases, "monotonic", lambda: beyond)
    assert isinstance(take(store), Lease)


def test_who_comes_back_late_can_neither_write_nor_renew_nor_release(store: Store) -> None:
    late = take(store, another())
    assert isinstance(late, Lease)
    winner = take(store, now=NOW + MINUTE)
    assert isinstance(winner, Lease)
    for write in (check_lease, lambda connection, held: renew_lease(connection, held, NOW)):
        with pytest.raises(LeaseLostError, match="taken over 'run'"), store.writing() as connection:
            write(connection, late)
    with store.writing() as connection:
        release_lease(connection, late, NOW)
        check_lease(connection, winner)
        assert lease_holder(connection, "run", NOW + MINUTE) == winner.holder


def test_renewing_holds_on(store: Store) -> None:
    held = take(store, another())
    assert isinstance(held, Lease)
    with store.writing() as connection:
        renew_lease(connection, held, NOW + timedelta(seconds=50), MINUTE)
    assert take(store, now=NOW + timedelta(seconds=100)) == another()


@pytest.mark.parametrize(
    "holder",
    [
        lambda: replace(this_process(), boot="before the last restart"),
        lambda: replace(this_process(), started="1"),  # the number was given to another process
        lambda: replace(this_process(), pid=_ended_pid()),
    ],
    ids=["boot", "reused", "ended"],
)
def test_the_lease_of_a_dead_process_of_this_host_is_taken_over_at_once(
    store: Store, holder: Callable[[], Holder]
) -> None:
    assert isinstance(take(store, holder()), Lease)
    assert isinstance(take(store), Lease)


def _ended_pid() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_the_same_number_in_another_container_is_another_process() -> None:
    assert is_gone(replace(this_process(), space="pid:[1]", started="1")) is False


def test_a_process_is_known_by_its_start() -> None:
    assert is_gone(this_process()) is False
    assert start_time(os.getpid()) == start_time(os.getpid()) != ""
    assert start_time(_ended_pid()) == ""


def test_a_holder_is_read_as_it_was_written() -> None:
    assert read_holder(this_process().as_text(12.5)) == (this_process(), 12.5)
    assert read_holder("") is None


def test_leased_gives_it_back_even_after_an_error(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), leased(store, "run", lambda: NOW) as held:
        assert isinstance(held, Lease)
        with leased(store, "run", lambda: NOW) as second:
            assert second == this_process()
        raise ZeroDivisionError
    with store.reading() as connection:
        assert lease_holder(connection, "run", NOW) is None


def test_leased_is_renewed_while_it_works(store: Store) -> None:
    """A span of 1 s, work of 2.5 s: nobody else gets in, though the first time is long over."""
    span, clock = timedelta(seconds=1), lambda: datetime.now(UTC)
    with leased(store, "run", clock, span) as held:
        assert isinstance(held, Lease)
        end = leases.monotonic() + 2.5
        while leases.monotonic() < end:
            assert take(store, another(), clock()) == this_process()
            time.sleep(0.02)  # another that asks without a pause would keep SQLite's only write lock to itself
        with store.writing() as connection:
            check_lease(connection, held)
