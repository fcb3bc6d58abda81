"""The clerk beside the desk: what is asked is done in turn on its own connection, and whatever comes of it is heard."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rekindle.line.clerk import Clerk
from rekindle.model.error import StoreError
from rekindle.store.claims import Claimant
from rekindle.store.engine import Connection, Store
from rekindle.store.opening import open_store
from rekindle.store.remembered import recall, remember
from rekindle.store.writer import Writer

ME = Claimant(1, "me", 1)


@pytest.fixture
def opened(postgres_url: str) -> Iterator[Store]:
    store = open_store(postgres_url)
    yield store
    store.close()


def answers(clerk: Clerk[str], count: int) -> list[tuple[str, Any]]:
    heard: list[tuple[str, Any]] = []
    while len(heard) < count:
        assert select.select([clerk], [], [], 10)[0], "nothing is answered"
        heard += clerk.hear()
    return heard


def writes(value: str) -> Callable[[Connection], str | None]:
    def work(connection: Connection) -> str | None:
        before = recall(connection, "word")
        remember(connection, "word", value)
        return before

    return work


def test_works_are_done_in_turn_each_in_its_own_transaction(opened: Store) -> None:
    with opened.owning() as connection, Clerk[str](Writer(opened, ME, connection)) as clerk:
        assert not clerk.busy
        clerk.ask("a", writes("one"))
        clerk.ask("b", writes("two"))
        assert clerk.busy
        assert answers(clerk, 2) == [("a", None), ("b", "one")]
        assert not clerk.busy
        with opened.reading() as other:
            assert recall(other, "word") == "two"


def test_a_work_that_fails_is_answered_with_its_error_and_leaves_nothing(opened: Store) -> None:
    def fails(connection: Connection) -> None:
        writes("half")(connection)
        connection.exec_driver_sql("SELECT 1 FROM nowhere")

    with opened.owning() as connection, Clerk[str](Writer(opened, ME, connection)) as clerk:
        clerk.ask("a", fails)
        clerk.ask("b", writes("whole"))
        (_, error), (_, before) = answers(clerk, 2)
        assert isinstance(error, StoreError)
        assert before is None


def test_at_the_end_the_work_in_hand_is_waited_for_and_no_other_begun(opened: Store) -> None:
    begun, go_on, done = threading.Event(), threading.Event(), []

    def slow(_: Connection) -> None:
        begun.set()
        assert go_on.wait(10)
        done.append("slow")

    with opened.owning() as connection:
        with Clerk[str](Writer(opened, ME, connection)) as clerk:
            clerk.ask("a", slow)
            clerk.ask("b", lambda _: done.append("never"))
            assert begun.wait(10)
            threading.Timer(0.2, go_on.set).start()
        assert done == ["slow"]
