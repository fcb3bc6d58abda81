"""The store opens on both databases and keeps moments, days and decimals exactly."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.engine import make_url

from rekindle.model.error import StoreError
from rekindle.store import tables
from rekindle.store.engine import Store, open_engine
from rekindle.store.postgres_session import driver_of

MOMENT = datetime(2026, 11, 1, 9, 0, 0, 123457, tzinfo=UTC)


def test_a_moment_comes_back_to_the_microsecond(store: Store) -> None:
    """Microseconds survive on both databases."""
    with store.writing() as connection:
        connection.execute(insert(tables.contact).values(first_seen_at=MOMENT, exists_from=MOMENT))
    with store.reading() as connection:
        kept = connection.execute(select(tables.contact.c.exists_from)).scalar_one()

    assert kept == MOMENT


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    """An error inside `writing` takes everything back."""
    with pytest.raises(RuntimeError), store.writing() as connection:
        connection.execute(insert(tables.organisation).values(name="A", name_folded="a"))
        raise RuntimeError
    with store.reading() as connection:
        left = connection.execute(select(tables.organisation)).all()

    assert left == []


@pytest.mark.parametrize("url", ["nonsense", "mongodb://localhost/x", "postgresql://nobody:secret@127.0.0.1:1/none"])
def test_a_wrong_database_url_is_a_store_error_without_the_password(url: str) -> None:
    """The text says what to do and never shows a secret."""
    with pytest.raises(StoreError) as caught, open_engine(url).reading():
        pass

    assert "secret" not in str(caught.value)


def test_a_store_moved_away_is_missed_in_words_and_not_begun_anew(tmp_path: Path) -> None:
    """Its name has what a URI would read as its own: blanks, a question mark, a number sign, a percent sign."""
    file = tmp_path / "our store? #1 50%.db"
    store = open_engine(make_url("sqlite://").set(database=str(file)).render_as_string())
    with store.reading() as connection:
        connection.execute(text("SELECT 1"))
    store.close()
    file.rename(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="the database file cannot be opened"), store.reading():
        pass
    assert not file.exists()


def test_who_spares_memory_keeps_few_pages_and_only_as_long(tmp_path: Path) -> None:
    """A run over a large file holds 4 MB of it a connection; what comes after has its cache back."""
    store = open_engine(f"sqlite:///{tmp_path / 'store.db'}")

    def kept() -> object:
        with store.reading() as connection:
            return connection.exec_driver_sql("PRAGMA cache_size").scalar()

    before = kept()
    with store.sparing():
        with store.sparing():
            kept()
        meanwhile = kept()
    after = kept()
    store.close()

    assert (before, meanwhile, after) == (-65_536, -4_096, -65_536)


def test_postgresql_has_memory_for_a_set_of_all_contacts(postgres_url: str) -> None:
    """Of a set that it thinks too large PostgreSQL asks all of it anew for every contact; more is left alone."""
    store = open_engine(postgres_url)
    with store.reading() as connection:
        assert connection.exec_driver_sql("SHOW work_mem").scalar() == "64MB"
    with store.writing() as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar()
        connection.exec_driver_sql(f"ALTER DATABASE \"{name}\" SET work_mem = '96MB'")
    store.close()
    with store.reading() as connection:
        assert connection.exec_driver_sql("SHOW work_mem").scalar() == "96MB"
    store.close()


def parameters(url: str) -> dict[str, str]:
    """What libpq was told of the connection."""
    store = open_engine(url)
    with store.reading() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        told: dict[str, str] = driver.info.get_parameters()
    store.close()
    return told


def test_a_server_that_has_vanished_is_not_waited_for_as_long_as_tcp_does(postgres_url: str) -> None:
    """LEDGER 6: sending stops within half a minute; whoever says otherwise in the URL is heard."""
    names = ("connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout")
    ours = parameters(postgres_url)
    assert [ours[name] for name in names] == ["10", "10", "5", "4", "30000"]
    said = make_url(postgres_url).update_query_dict({"keepalives_idle": "77", "tcp_user_timeout": "0"})
    theirs = parameters(said.render_as_string(hide_password=False))
    assert [theirs.get(name, "0") for name in names] == ["10", "77", "5", "4", "0"]


def test_a_server_that_does_not_answer_is_told_of_in_words() -> None:
    """A host that takes the connection and says nothing, as behind a firewall or a balancer with nobody behind it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://me:secret@127.0.0.1:{silent.getsockname()[1]}/shop?connect_timeout=2"
        began = time.monotonic()
        with (
            pytest.raises(StoreError, match="cannot be reached; check REKINDLE_DATABASE_URL"),
            open_engine(url).reading(),
        ):
            pass
    assert time.monotonic() - began < 8


def test_a_lost_connection_is_an_error_in_words_and_nothing_is_logged(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The pool would tell of its own failure to roll back, with a traceback; the next connection is a new one."""
    store, ends = open_engine(postgres_url), "SELECT pg_terminate_backend(pg_backend_pid())"
    for opened in (store.reading, store.writing, store.owning):
        with pytest.raises(StoreError, match="terminating connection"), opened() as connection:
            connection.exec_driver_sql(ends)
        with pytest.raises(StoreError, match="terminating connection"), opened() as connection:
            connection.connection.cursor().execute(ends)  # as the statements of the innermost loop do
    for opened in (store.reading, store.writing):
        with pytest.raises(StoreError, match="terminating connection"), opened() as connection:
            connection.connection.cursor().execute("SELECT 1")
            pid = driver_of(connection).info.backend_pid
            with store.writing() as another:  # unseen: nothing is asked of the first one any more but its end
                another.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
    with store.reading() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    assert caplog.messages == []
    store.close()
