"""Whatever an administrator has set for a database: our statements mean the same, or an error says what to do."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Text, column, select, table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from rekindle.model.error import StoreError
from rekindle.store.engine import Store, open_engine
from rekindle.store.functions import by_code
from rekindle.store.opening import open_store
from rekindle.store.postgres_session import OLDEST, unfit


def _opened_with(postgres_url: str, name: str, value: str) -> Store:
    """A store whose administrator has set that for everybody."""
    first = open_engine(postgres_url)
    with first.writing() as connection:
        database = connection.exec_driver_sql("SELECT current_database()").scalar_one()
        connection.exec_driver_sql(f"ALTER DATABASE {database} SET {name} TO '{value}'")
    first.close()
    return open_engine(postgres_url)


def _shown(store: Store, name: str) -> Any:
    with store.writing() as connection:
        return connection.exec_driver_sql(f"SHOW {name}").scalar_one()


@pytest.mark.parametrize(
    ("name", "theirs", "ours"),
    [
        ("timezone", "America/St_Johns", "UTC"),
        ("datestyle", "German", "ISO, YMD"),
        ("default_transaction_isolation", "serializable", "read committed"),
        ("standard_conforming_strings", "off", "on"),
        ("client_encoding", "LATIN1", "UTF8"),
    ],
)
def test_sessions_mean_what_we_mean(postgres_url: str, name: str, theirs: str, ours: str) -> None:
    """Timezone, date style and isolation of the server's own choice do not reach our statements."""
    store = _opened_with(postgres_url, name, theirs)
    assert _shown(store, name) == ours
    with store.reading():
        pass
    assert _shown(store, "transaction_isolation") == "read committed"
    store.close()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("default_transaction_read_only", "on", "takes no writing"),
        ("statement_timeout", "1ms", "statement_timeout = 0"),
        ("search_path", "nowhere", "names no schema"),
    ],
)
def test_what_the_server_refuses_is_said_with_a_remedy(postgres_url: str, name: str, value: str, words: str) -> None:
    """In one line, without a place in a statement that the user never wrote."""
    store = _opened_with(postgres_url, name, value)
    with pytest.raises(StoreError, match=words) as caught, store.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE anything AS SELECT 1 FROM (SELECT pg_sleep(0.05)) AS long")
    assert "LINE 1" not in str(caught.value)
    store.close()


def test_a_role_without_rights_is_told(postgres_url: str) -> None:
    """It must own what it writes to."""
    owner = open_engine(postgres_url)
    with owner.writing() as connection:
        connection.exec_driver_sql(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rekindle_weak') "
            "THEN CREATE ROLE rekindle_weak LOGIN; END IF; END $$"
        )
        connection.exec_driver_sql("SET LOCAL ROLE rekindle_weak")
        with pytest.raises(StoreError, match="make it the owner of the database"), owner.transaction(connection):
            connection.exec_driver_sql("SELECT count(*) FROM contact")
    owner.close()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_of_another_encoding_is_refused(postgres_url: str, encoding: str) -> None:
    """Names in Cyrillic would not fit, or would be counted in bytes."""
    name = f"odd_{encoding.lower()}"
    store = open_engine(postgres_url)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        odd = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
        with pytest.raises(StoreError, match=rf"keeps texts as {encoding}.*ENCODING 'UTF8'"):
            open_store(odd)
        connection.exec_driver_sql(f"DROP DATABASE {name}")
    store.close()


def test_an_old_server_is_told_which_is_needed() -> None:
    """Rather than a syntax error somewhere."""
    assert unfit(OLDEST - 1, "UTF8") == f"the server is PostgreSQL {OLDEST - 1}; rekindle needs {OLDEST} or newer"
    assert unfit(OLDEST, "UTF8") == ""


def test_texts_are_ordered_by_their_codes_on_both() -> None:
    """SQLite knows no other order; PostgreSQL's default is the administrator's."""
    asked = select(by_code(column("name", Text))).select_from(table("any"))
    assert re.sub(r"\s+", " ", str(asked.compile(dialect=postgresql.dialect()))).startswith('SELECT (name COLLATE "C")')
    assert "COLLATE" not in str(asked.compile(dialect=sqlite.dialect()))


def test_the_url_as_hosts_give_it_out(postgres_url: str) -> None:
    """postgres:// is postgresql://."""
    store = open_engine(postgres_url.replace("postgresql://", "postgres://"))
    assert _shown(store, "timezone") == "UTC"
    store.close()


def test_an_old_sqlite_is_told_which_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than a syntax error somewhere."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(StoreError, match=r"rekindle needs 3\.37 or newer"):
        open_store(f"sqlite:///{tmp_path / 'store.db'}")
