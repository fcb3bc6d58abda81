"""Opening the client store: one engine, pragmas, transactions and errors in words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, String, bindparam, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from ..model.error import MissingExtraError, StoreError
from .postgres_session import REMEDIES, begin_kept, drop_if_lost, patience, plan_once, prepare_session
from .sqlite_session import BUSY_TIMEOUT_MS, create_private, keep_few_pages, only_what_exists
from .sqlite_session import prepare_session as prepare_sqlite

# a connection is handed to other rooms, which know it by this name and never by sqlalchemy's
__all__ = ["BUSY_TIMEOUT_MS", "Connection", "Store", "open_engine", "redacted"]

T = TypeVar("T")
LOCK_PAUSE = 0.0005

# SQLAlchemy would take the server's own, and go back to it after each reading
_DEFAULT = "READ COMMITTED"
_SPILL = ("PRAGMA temp_store = FILE", "PRAGMA temp.cache_size = -16384")
# PostgreSQL takes no parameter there: the name is written out, quoted
_SNAPSHOT_NAME = bindparam("name", type_=String, literal_execute=True)
_TAKE_SNAPSHOT = text("SET TRANSACTION SNAPSHOT :name").bindparams(_SNAPSHOT_NAME)


@dataclass(frozen=True)
class Store:
    """The client store: `reading()` and `writing()` give a connection inside a transaction."""

    engine: Engine

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self, snapshot: str = "", *, spilling: bool = False) -> Iterator[Connection]:
        """A connection that sees one consistent state; that of another one's `snapshot`, where given.

        `spilling`: what does not fit into a little memory is put into a file meanwhile; PostgreSQL does so by itself.
        """
        with _in_words(self.engine), _connected(self.engine) as connection:
            if self.is_sqlite:
                for pragma in _SPILL if spilling else ():
                    connection.exec_driver_sql(pragma)
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
                # a first statement of the innermost loop would begin one unbeknown to SQLAlchemy, and leave it to the
                # pool to roll back, which prints a traceback where the connection is lost
                connection.begin()
            if snapshot:
                connection.execute(_TAKE_SNAPSHOT, {"name": snapshot})
            try:
                yield connection
            finally:
                drop_if_lost(connection)
                connection.rollback()
                if self.is_sqlite and spilling:
                    connection.exec_driver_sql("PRAGMA temp_store = MEMORY")

    def snapshot(self, connection: Connection) -> str:
        """The name under which other connections may see what this reading one does, while it lasts; '' on SQLite."""
        return "" if self.is_sqlite else str(connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one())

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, committed at the end, taken back on any error (BEGIN IMMEDIATE on SQLite)."""
        with _in_words(self.engine), _connected(self.engine) as connection, self.transaction(connection):
            yield connection

    @contextmanager
    def owning(self) -> Iterator[Connection]:
        """A connection for one thread to keep, with no transaction begun: see `transaction`."""
        with _in_words(self.engine), _connected(self.engine) as connection:
            if self.is_sqlite:
                _wait_by_ourselves(connection, True)
            try:
                yield connection
            finally:
                if self.is_sqlite:
                    _wait_by_ourselves(connection, False)

    @contextmanager
    def transaction(self, connection: Connection, *, durable: bool | None = None) -> Iterator[None]:
        """One writing transaction on a connection that the caller keeps.

        `durable`: whether the commit must survive a loss of power (True), only a kill of this process (False), or
        whatever the database does by itself (None).
        """
        with _in_words(self.engine):
            if self.is_sqlite:
                _set_durability(connection, durable)
                _begin_immediate(connection)
            elif durable is not None:
                begin_kept(connection, durable=durable)
            # begun by us already (SQLite) or by the driver: SQLAlchemy only has to know of it
            with connection.get_transaction() or connection.begin():
                try:
                    yield
                except BaseException:
                    drop_if_lost(connection)
                    raise

    def at_once(self, connection: Connection, statement: Callable[[], T], *, durable: bool) -> T:
        """What `statement` gives, which runs one statement of SQLite's driver: a transaction without a BEGIN.

        The file is locked only while the driver is inside: never while this thread queues for the
        interpreter, which would make every other process wait as well.
        """
        with _in_words(self.engine):
            _set_durability(connection, durable)
            return _patiently(connection, statement)

    def by_itself(self, connection: Connection, statement: Callable[[], T]) -> T:
        """What `statement` gives, which runs a `Direct` one (PostgreSQL): a transaction of its own, one round trip."""
        with _in_words(self.engine):
            plan_once(connection)
            return statement()

    def together(self, connection: Connection, statements: Callable[[], T], *, durable: bool) -> T:
        """What `statements` give, which speak to SQLite's driver: one transaction, of which SQLAlchemy is not told.

        For a thread that no other one keeps waiting for the interpreter: the file is locked until it is through.
        """
        driver = _driver(connection)
        with _in_words(self.engine):
            _set_durability(connection, durable)
            _begin_immediate(connection)
            try:
                result = statements()
                driver.execute("COMMIT")
            except BaseException:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
                raise
            return result

    @contextmanager
    def sparing(self) -> Iterator[None]:
        """A long run that touches each row once: connections opened within keep few pages, however large the file."""
        in_memory = self.engine.url.database in (None, "", ":memory:")
        if not self.is_sqlite or in_memory or event.contains(self.engine, "connect", keep_few_pages):
            yield
            return
        event.listen(self.engine, "connect", keep_few_pages)
        self.engine.dispose()
        try:
            yield
        finally:
            event.remove(self.engine, "connect", keep_few_pages)
            self.engine.dispose()

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def open_engine(url: str) -> Store:
    """A store at `url` (`sqlite:///file.db`, `sqlite://` in memory, `postgresql://...`), tables not looked at.

    Raises StoreError where the URL is wrong or its driver unknown, MissingExtraError where the driver is not installed.
    """
    try:
        # hosts give it out as postgres://
        parsed = make_url(f"postgresql{url.removeprefix('postgres')}" if url.startswith("postgres://") else url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise NoSuchModuleError
        return Store(_sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _other(parsed))
    except ModuleNotFoundError as error:
        raise MissingExtraError("PostgreSQL", "postgres") from error
    except NoSuchModuleError as error:
        raise StoreError(
            f"{redacted(url)}: this kind of database is not known; use sqlite:/// or postgresql://"
        ) from error
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            f"'{redacted(url)}' is not a database URL; write sqlite:///rekindle.db or postgresql://user@host/name"
        ) from error


def redacted(url: str) -> str:
    """`url` without its password, for messages."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        head, at, tail = url.rpartition("@")
        return f"{head.split('://')[0]}://***@{tail}" if at else url


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    if url.database and url.database != ":memory:":
        create_private(Path(url.database))
        event.listen(engine, "do_connect", only_what_exists)
    event.listen(engine, "connect", prepare_sqlite)
    return engine


def _set_durability(connection: Connection, durable: bool | None) -> None:
    """FULL or NORMAL for this connection (LEDGER); a pragma inside a transaction would do nothing."""
    level = "FULL" if durable else "NORMAL"
    if connection.info.get("synchronous", "NORMAL") != level:
        _driver(connection).execute(f"PRAGMA synchronous = {level}")
        connection.info["synchronous"] = level


def _wait_by_ourselves(connection: Connection, ourselves: bool) -> None:
    """Whether a lock is waited for by `_begin_immediate` or by SQLite, whose pauses grow to a tenth of a second."""
    _driver(connection).execute(f"PRAGMA busy_timeout = {0 if ourselves else BUSY_TIMEOUT_MS}")
    connection.info["waits"] = ourselves


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock."""
    _patiently(connection, lambda: _driver(connection).execute("BEGIN IMMEDIATE"))


def _patiently(connection: Connection, statement: Callable[[], T]) -> T:
    """Senders that share a file hold its lock for less than a millisecond: short pauses are right."""
    give_up_at = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            return statement()
        except sqlite3.OperationalError as error:
            if not connection.info.get("waits") or "locked" not in str(error) or time.monotonic() > give_up_at:
                raise
            time.sleep(LOCK_PAUSE)


def _driver(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection, for what is no statement of SQLAlchemy's and is said before every transaction."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _other(url: URL) -> Engine:
    # named here, for PGCLIENTENCODING would change it
    options = {"client_encoding": "utf8", **patience(url.query)}
    engine = create_engine(url, pool_pre_ping=True, connect_args=options, isolation_level=_DEFAULT)
    event.listen(engine, "connect", prepare_session)
    return engine


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """A connection of the pool, which gets it back unless it was lost."""
    with engine.connect() as connection:
        try:
            yield connection
        finally:
            drop_if_lost(connection)


@contextmanager
def _in_words(engine: Engine) -> Iterator[None]:
    """Turn the driver's errors into a StoreError that says what to do."""
    try:
        yield
    except (DBAPIError, engine.dialect.loaded_dbapi.Error) as error:
        where = engine.url.render_as_string(hide_password=True)
        raise StoreError(f"{where}: {_reason(error)}") from error
    except SQLAlchemyError as error:
        raise StoreError(str(error)) from error


_UNREACHABLE = ("is the server running", "could not translate host", "failed to resolve", "timeout expired")


def _reason(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    # PostgreSQL shows the place in the statement, which is ours and says nothing to a user
    text = " ".join(str(cause).partition("\nLINE ")[0].split())
    told = REMEDIES.get(getattr(cause, "sqlstate", None) or "")
    if told:
        return f"{text}; {told}"
    lowered = text.lower()
    if "database is locked" in lowered:
        return "the database is locked by another process; wait for it to end and try again"
    if "unable to open database file" in lowered:
        return "the database file cannot be opened; look at the folder and its permissions"
    if "not a database" in lowered:
        return "the file is not an SQLite database"
    if "disk is full" in lowered or "no space left" in lowered:
        return "the disk is full; nothing of this step was kept"
    if "disk i/o error" in lowered:
        return "the database file cannot be read or written: the disk is full or failing; nothing of this step was kept"
    if any(words in lowered for words in _UNREACHABLE):
        return f"the database server cannot be reached; check REKINDLE_DATABASE_URL ({text})"
    return text
