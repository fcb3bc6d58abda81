"""The store thread: what came while it was busy is one commit, and a failure stops everything that follows."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, select, text, update

from rekindle.model.delivery import Delivery, DeliveryState
from rekindle.model.error import StoreError
from rekindle.store import engine
from rekindle.store.bundle import bundled
from rekindle.store.claims import claim
from rekindle.store.engine import Store
from rekindle.store.marks import Handing, Settlement, mark_and_settle, mark_row
from rekindle.store.marks import _hand as marks_of_many
from rekindle.store.opening import open_store
from rekindle.store.tables import delivery
from rekindle.store.types import microseconds
from rekindle.store.writer import ClaimLostError, StoreThread, Writer

from .test_deliveries import ME, NOW, make, row, states

S = DeliveryState


def test_marks_and_settlements_of_many_letters_are_few_commits(store: Store) -> None:
    """A settlement handed in before a mark is never committed after it: at most one `handing` a connection."""
    make(store, 40)
    most: list[int] = []

    def watch(connection: Connection) -> None:
        handing = select(delivery.c.id).where(delivery.c.state == S.HANDING.value)
        most.append(len(connection.execute(handing).all()))

    async def connection_of(thread: StoreThread, numbers: list[int]) -> None:
        for number in numbers:
            await thread.handing(Handing(number, f"<{number}@x>", datetime.now(UTC)))
            await thread.call(watch)
            thread.settle(Settlement(row(number), S.SENT, NOW, reply="250 ok"))

    async def go() -> None:
        async with StoreThread(store, ME) as thread:
            await thread.call(lambda connection: claim(connection, ME, NOW, 40))
            await asyncio.gather(*(connection_of(thread, list(range(101 + n, 141, 4))) for n in range(4)))

    commits: list[object] = []
    event.listen(store.engine, "commit", commits.append)
    asyncio.run(go())
    assert set(states(store).values()) == {"sent"}
    assert max(most) <= 4
    assert len(commits) <= 1 + 40 + 40 + 1


def test_a_mark_on_another_workers_letter_fails_alone(store: Store) -> None:
    make(store, 2)

    async def go() -> list[BaseException | None]:
        async with StoreThread(store, ME) as thread:
            await thread.call(lambda connection: claim(connection, ME, NOW, 1))
            marks = (thread.handing(Handing(number, "<m@x>", NOW)) for number in (101, 102))
            return list(await asyncio.gather(*marks, return_exceptions=True))

    first, second = asyncio.run(go())
    assert (first, type(second)) == (None, ClaimLostError)


def test_after_a_failed_commit_nothing_is_taken_any_more(tmp_path: Path) -> None:
    """Fail closed: the mark fails, later ones fail at once, and the end tells of a settlement that was lost."""
    store = open_store(f"sqlite:///{tmp_path / 'full.db'}")
    make(store, 3)

    async def go() -> list[type[BaseException] | None]:
        seen: list[type[BaseException] | None] = []
        async with StoreThread(store, ME) as thread:
            await thread.call(lambda connection: claim(connection, ME, NOW, 3))
            await thread.call(lambda connection: connection.execute(text("DROP TABLE attempt")))
            thread.settle(Settlement(row(101), S.DEFERRED, NOW, due_at=NOW))
            for number in (102, 103):
                try:
                    await thread.handing(Handing(number, "<m@x>", NOW))
                except StoreError as error:
                    seen.append(type(error))
            thread.settle(Settlement(row(103), S.SENT, NOW))
        return seen

    with pytest.raises(StoreError):
        asyncio.run(go())
    assert set(states(store).values()) == {"claimed"}
    store.close()


def test_whoever_asks_in_the_round_that_fails_is_told_so(tmp_path: Path) -> None:
    """Calls that came together with settlements that cannot be written are answered: nobody waits for ever."""
    store = open_store(f"sqlite:///{tmp_path / 'full.db'}")
    make(store, 1)

    async def go() -> None:
        async with StoreThread(store, ME) as thread:
            await thread.call(lambda connection: claim(connection, ME, NOW, 1))
            await thread.call(lambda connection: connection.execute(text("DROP TABLE attempt")))
            with thread._wake:  # the thread takes these together
                thread._settlements.append(Settlement(row(101), S.DEFERRED, NOW, due_at=NOW))
                asked = [asyncio.get_running_loop().create_future() for _ in range(2)]
                thread._calls += [(lambda connection: connection.execute(text("SELECT 1")), each) for each in asked]
                thread._wake.notify()
            answers = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 30)
            assert [type(answer) for answer in answers] == [StoreError, StoreError]

    with pytest.raises(StoreError):
        asyncio.run(go())
    store.close()


def test_a_call_that_fails_is_the_callers_own_affair(sqlite_file_store: Store) -> None:
    make(sqlite_file_store, 1)

    def wrong(_connection: Connection) -> None:
        raise KeyError("mine")

    async def go() -> Delivery:
        async with StoreThread(sqlite_file_store, ME) as thread:
            with pytest.raises(KeyError):
                await thread.call(wrong)
            claimed = await thread.call(lambda connection: claim(connection, ME, NOW, 1))
            return claimed.claims[0].delivery

    assert asyncio.run(go()).delivery_id == 101


@pytest.fixture
def sqlite_file_store(tmp_path: Path) -> Store:
    """A store in a file: a store in memory belongs to one thread."""
    return open_store(f"sqlite:///{tmp_path / 'store.db'}")


FULL, NORMAL = "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"
MARKED, SENT = "UPDATE delivery SET state='handing',", "UPDATE delivery SET state='sent',"


def trace(connection: Connection, told: list[str]) -> None:
    """Keep the first words of whatever SQLite is told over this connection."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.set_trace_callback(lambda statement: told.append(" ".join(statement.split()[:4])))


def written(told: list[str]) -> list[str]:
    """How durable each commit is, and what is in it."""
    return [statement for statement in told if statement.startswith(("PRAGMA sync", MARKED, SENT))]


def test_handing_marks_survive_a_power_loss_and_others_a_kill(sqlite_file_store: Store) -> None:
    """LEDGER: `handing` FULL, `sent` NORMAL; seen in what SQLite is told."""
    make(sqlite_file_store, 2)
    told: list[str] = []

    async def go() -> None:
        async with StoreThread(sqlite_file_store, ME) as thread:
            await thread.call(lambda connection: trace(connection, told))
            await thread.call(lambda connection: claim(connection, ME, NOW, 2))
            await thread.handing(Handing(101, "<m@x>", NOW))
            thread.settle(Settlement(row(101), S.SENT, NOW))
            await thread.handing(Handing(102, "<n@x>", NOW))

    asyncio.run(go())
    assert written(told) == [FULL, MARKED, NORMAL, SENT, FULL, MARKED]
    sqlite_file_store.close()


def test_the_marks_of_a_crew_survive_a_power_loss_too(sqlite_file_store: Store) -> None:
    """LEDGER: the commit that holds a mark is FULL, whatever else is in it; one of settlements alone is NORMAL."""
    make(sqlite_file_store, 3)
    told: list[str] = []
    mark, sent = [mark_row(Handing(number, f"<{number}@x>", NOW)) for number in (101, 102, 103)], microseconds(NOW)
    with sqlite_file_store.owning() as connection:
        trace(connection, told)
        writer = Writer(sqlite_file_store, ME, connection, alone=True)
        writer.call(lambda connection: claim(connection, ME, NOW, 3))
        assert writer.write(mark[:1], [], []) == {101}
        assert writer.write(mark[1:2], [(101, "250", sent)], []) == {102}
        assert writer.write([], [(102, "250", sent)], []) == set()
        assert writer.write(mark[2:], [], []) == {103}
        late = Settlement(row(103), S.DEFERRED, NOW, due_at=NOW)
        assert writer.write([], [], [late]) == set()
    assert written(told) == [FULL, MARKED, SENT, MARKED, NORMAL, SENT, FULL, MARKED, NORMAL]
    assert states(sqlite_file_store) == {101: "sent", 102: "sent", 103: "deferred"}
    sqlite_file_store.close()


def test_a_crew_whose_file_stays_locked_can_mark_nothing(
    sqlite_file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LEDGER 6: an error in words, and the rows say what they said; once the lock is gone the same marks are taken."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 200)
    make(sqlite_file_store, 1)
    file = str(sqlite_file_store.engine.url.database)
    marks = [mark_row(Handing(101, "<m@x>", NOW))]
    with sqlite_file_store.owning() as connection, closing(sqlite3.connect(file, isolation_level=None)) as other:
        writer = Writer(sqlite_file_store, ME, connection, alone=True)
        writer.call(lambda connection: claim(connection, ME, NOW, 1))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another process"):
            writer.write(marks, [], [])
        with pytest.raises(StoreError, match="locked by another process"):
            writer.write([], [], [Settlement(row(101), S.DEFERRED, NOW, due_at=NOW)])
        assert states(sqlite_file_store) == {101: "claimed"}
        other.execute("ROLLBACK")
        assert writer.write(marks, [], []) == {101}
    sqlite_file_store.close()


def test_a_busy_file_is_waited_for(tmp_path: Path) -> None:
    """Senders and imports share one SQLite file: a short lock delays a mark, and is no error."""
    store, other = (open_store(f"sqlite:///{tmp_path / 'busy.db'}") for _ in range(2))
    make(store, 1)
    held = threading.Event()

    def hold() -> None:
        with other.writing() as connection:
            connection.execute(text("UPDATE mailing SET topic = topic"))
            held.set()
            time.sleep(0.4)

    async def go() -> float:
        async with StoreThread(store, ME) as thread:
            await thread.call(lambda connection: claim(connection, ME, NOW, 1))
            holder = threading.Thread(target=hold)
            holder.start()
            held.wait(5)
            began = time.monotonic()
            await thread.handing(Handing(101, "<m@x>", NOW))
            waited = time.monotonic() - began
            holder.join()
            return waited

    assert 0.2 < asyncio.run(go()) < 5
    store.close()
    other.close()


def test_on_postgresql_a_mark_is_durable_and_settlements_alone_are_not(postgres_url: str) -> None:
    """LEDGER: whatever the server does by itself. One statement for both, which tells marks lost from held."""
    store = open_store(postgres_url)
    make(store, 3)
    with store.writing() as connection:
        claim(connection, ME, NOW, 3)
        connection.execute(update(delivery).where(delivery.c.id == 103).values(fence=9))
        marks = [mark_row(Handing(number, f"<{number}@x>", NOW)) for number in (101, 102, 103)]
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
        assert mark_and_settle(connection, ME, marks[:1], []) == {101}
        level = "SHOW synchronous_commit"
        assert connection.exec_driver_sql(level).scalar_one() == "on"
        assert mark_and_settle(connection, ME, marks[1:], [(101, "250", microseconds(NOW))]) == {102}
        assert connection.exec_driver_sql(level).scalar_one() == "on"
        assert mark_and_settle(connection, ME, [], [(102, "", microseconds(NOW))]) == set()
        assert connection.exec_driver_sql(level).scalar_one() == "off"
    assert states(store) == {101: "sent", 102: "sent", 103: "claimed"}
    store.close()


def test_postgresql_finds_what_is_marked_by_its_id(postgres_url: str) -> None:
    """By their state they stand among all that lately were in it: each mark would cost as many letters more."""
    store = open_store(postgres_url)
    make(store, 3)
    marking = marks_of_many("postgresql", False).compile(dialect=store.engine.dialect)
    with store.writing() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan TO OFF")
        bound = bundled("postgresql", ("row", "mid", "moment"), [(101, "<m@x>", NOW)])
        values = {**marking.params, **bound, "who": ME.name, "number": ME.fence}
        plan = " ".join(connection.exec_driver_sql(f"EXPLAIN {marking}", values).scalars())
    assert "pk_delivery" in plan
    assert "ix_delivery_mailing_id_state" not in plan
    store.close()
