"""Statements of the innermost loop: compiled once, then handed to the driver without SQLAlchemy's work each time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, Select
from sqlalchemy.sql.compiler import SQLCompiler


class Prepared:
    """`statement` compiled for the database of `connection`.

    Values are handed over as the driver takes them (text, integers): no column type looks at them. What comes back is
    as the driver gives it. Every error is the driver's own; inside Store.transaction it becomes a StoreError.
    """

    def __init__(self, connection: Connection, statement: Executable) -> None:
        compiled = statement.compile(dialect=connection.dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        self._text = str(compiled)
        self._names = compiled.positiontup
        self._fixed = dict(compiled.params)
        self._readers = _readers(statement, connection.dialect) if isinstance(statement, Select) else ()

    def run(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Execute with these values for the statement's free names; the rows, if it has any."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._text, self._bound(values))
            return [] if cursor.description is None else list(cursor.fetchall())
        finally:
            cursor.close()

    def read(self, connection: Connection, **values: Any) -> list[list[Any]]:
        """The rows of a SELECT, each value as its column's type reads it."""
        rows = [list(row) for row in self.run(connection, **values)]
        for row in rows:
            for place, reader in self._readers:
                if row[place] is not None:
                    row[place] = reader(row[place])
        return rows

    def count(self, connection: Connection, **values: Any) -> int:
        """Execute with these values; how many rows were changed."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._text, self._bound(values))
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def each(self, connection: Connection, names: Sequence[str], rows: Iterable[Sequence[Any]], **same: Any) -> int:
        """Execute once for each row, whose values bear `names`; how many rows were changed in all. SQLite alone."""
        assert self._names is not None, "this driver wants its values by name"
        known = {**self._fixed, **same}
        places, always = [*names, *known], tuple(known.values())
        in_order = itemgetter(*map(places.index, self._names))
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(self._text, [in_order((*row, *always)) for row in rows])
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def _bound(self, values: dict[str, Any]) -> Any:
        named = {**self._fixed, **values}
        return named if self._names is None else [named[name] for name in self._names]


def _readers(statement: Select[Any], dialect: Dialect) -> Sequence[tuple[int, Callable[[Any], Any]]]:
    """What reads a column of the answer, by its place, for those whose type does not take it as the driver gives it."""
    found = []
    for place, column in enumerate(statement.selected_columns):
        reader = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if reader is not None:
            found.append((place, reader))
    return found


_KEPT: dict[tuple[Any, ...], Prepared] = {}


def prepared(connection: Connection, maker: Callable[..., Executable], *about: Any) -> Prepared:
    """What `maker(dialect, *about)` says, compiled at the first call and kept; `about` tells its kinds apart."""
    key = (connection.dialect.name, maker, *about)
    if key not in _KEPT:
        _KEPT[key] = Prepared(connection, maker(connection.dialect.name, *about))
    return _KEPT[key]
