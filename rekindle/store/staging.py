"""Staging: what an import brings lies in temporary tables, is compared there, and is merged in one short transaction.

On SQLite the tables live in an attached database that has no name on disk, so a killed process leaves nothing behind;
on PostgreSQL they are temporary tables, filled by COPY. Others may write to the store all the while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, MetaData, Select, Table, func, insert, select, text
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.types import TypeDecorator

from ..model.error import StoreError
from .engine import Store
from .tables import contact, import_run

SCHEMA = "stage"
stage_tables = MetaData(schema=SCHEMA)
"""Every staging table registers here; all are made when staging begins."""

Change = Insert | Update | Delete


class Stage:
    """A connection with the staging tables at hand. Outside `merging` nothing but them is written."""

    def __init__(self, store: Store, connection: Connection) -> None:
        self._store = store
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._writers: dict[str, Callable[[Sequence[Sequence[Any]]], None]] = {}
        self._seen = self._standing()

    @property
    def last_contact_id(self) -> int:
        """The highest contact id when staging began."""
        return self._seen[1]

    def add(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows, values in the order of the table's columns."""
        if not rows:
            return
        if table.name not in self._writers:
            self._writers[table.name] = self._sqlite_writer(table) if self.is_sqlite else self._copy_writer(table)
        processors = self._processors(table)
        if processors:
            rows = [_processed(row, processors) for row in rows]
        self._writers[table.name](rows)

    def do(self, statement: Change, parameters: Sequence[dict[str, Any]] | None = None) -> int:
        """Run a statement that changes staging tables only (or, while merging, the store); how many rows."""
        done = self.connection.execute(statement, parameters or {})
        return int(done.rowcount)

    def settle(self) -> None:
        """End the step: on PostgreSQL, what was staged is kept, and no snapshot is held on to."""
        self.connection.commit()

    @contextmanager
    def merging(self) -> Iterator[Connection]:
        """The one transaction in which the store changes. Raises StoreError where another import came in between."""
        self.connection.commit()
        with self._store.transaction(self.connection):
            if not self.is_sqlite:
                self.connection.execute(text("LOCK TABLE contact, import_run IN SHARE ROW EXCLUSIVE MODE"))
            if self._standing() != self._seen:
                raise StoreError("another import came in meanwhile; nothing of this one was kept: start it again")
            yield self.connection
            if not self.is_sqlite:
                self.connection.execute(_past_contact_ids())

    def _standing(self) -> tuple[int, int]:
        highest = select(
            select(func.coalesce(func.max(import_run.c.id), 0)).scalar_subquery(),
            select(func.coalesce(func.max(contact.c.id), 0)).scalar_subquery(),
        )
        runs, contacts = self.connection.execute(highest).one()
        return int(runs), int(contacts)

    def _processors(self, table: Table) -> list[tuple[int, Callable[[Any], Any]]]:
        """How moments and days are written: COPY and a bare executemany know nothing of our column types."""
        dialect = self.connection.dialect
        typed = ((place, column.type) for place, column in enumerate(table.c))
        return [
            (place, partial(kind.process_bind_param, dialect=dialect))
            for place, kind in typed
            if isinstance(kind, TypeDecorator)
        ]

    def _sqlite_writer(self, table: Table) -> Callable[[Sequence[Sequence[Any]]], None]:
        statement = str(insert(table).compile(dialect=self.connection.dialect))
        cursor = self.connection.connection.cursor()

        def write(rows: Sequence[Sequence[Any]]) -> None:
            cursor.execute("BEGIN")
            cursor.executemany(statement, rows)
            cursor.execute("COMMIT")

        return write

    def _copy_writer(self, table: Table) -> Callable[[Sequence[Sequence[Any]]], None]:
        names = ", ".join(column.name for column in table.c)
        statement = f"COPY pg_temp.{table.name} ({names}) FROM STDIN"

        def write(rows: Sequence[Sequence[Any]]) -> None:
            driver: Any = self.connection.connection.driver_connection
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)

        return write


def _processed(row: Sequence[Any], processors: list[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values = list(row)
    for place, process in processors:
        values[place] = process(values[place])
    return values


def _past_contact_ids() -> Select[Any]:
    """Contacts are given their ids by us, in order of first appearance; PostgreSQL's own sequence must follow."""
    sequence = func.pg_get_serial_sequence("contact", "id")
    return select(func.setval(sequence, func.greatest(func.max(contact.c.id), func.nextval(sequence))))


@contextmanager
def staging(store: Store) -> Iterator[Stage]:
    """Staging tables, empty, for one import; they are gone afterwards, whatever happened."""
    with store.owning() as connection:
        if store.is_sqlite:
            _attach(connection)
        else:
            connection = connection.execution_options(schema_translate_map={SCHEMA: "pg_temp"})
        try:
            stage_tables.create_all(connection, checkfirst=False)
            connection.commit()
            yield Stage(store, connection)
        finally:
            connection.rollback()
            connection.connection.rollback()  # batches are begun past SQLAlchemy, which does not know of them
            if store.is_sqlite:
                _detach(connection)
            else:
                connection.exec_driver_sql("DISCARD TEMP")
                connection.commit()


def _attach(connection: Connection) -> None:
    # an attached database without a name is a file already unlinked, and spills to disk only while temp_store is FILE
    connection.exec_driver_sql("PRAGMA temp_store = FILE")
    connection.exec_driver_sql(f"ATTACH DATABASE '' AS {SCHEMA}")
    connection.exec_driver_sql(f"PRAGMA {SCHEMA}.journal_mode = OFF")
    connection.exec_driver_sql(f"PRAGMA {SCHEMA}.synchronous = OFF")
    connection.exec_driver_sql(f"PRAGMA {SCHEMA}.cache_size = -32768")
    connection.commit()


def _detach(connection: Connection) -> None:
    connection.exec_driver_sql(f"DETACH DATABASE {SCHEMA}")
    connection.exec_driver_sql("PRAGMA temp_store = MEMORY")
    connection.commit()
