"""The statement of PostgreSQL's innermost loop, handed to its library without the driver's work each time."""

from __future__ import annotations

from itertools import count
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.sql.compiler import SQLCompiler

from .postgres_session import driver_of

_NUMBERS = count(1)
_PREPARED = "prepared directly"


class Direct:
    """`statement`, prepared once for each connection; outside a transaction it is one of its own, and one round trip.

    Values are bound as text and given back as octets. libpq waits for the answer by itself, for as long as
    `postgres_session.patience` has told it. Every error is one of the driver's; inside Store.by_itself it becomes a
    StoreError.
    """

    def __init__(self, statement: Executable) -> None:
        from psycopg.pq import ExecStatus
        from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

        dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # as libpq has it
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        assert compiled.positiontup is not None
        self._name, self._text = f"direct_{next(_NUMBERS)}".encode(), str(compiled).encode()
        self._place_of = {name: place for place, name in enumerate(compiled.positiontup)}
        self._fixed = [_octets(compiled.params[name]) for name in compiled.positiontup]
        self._good = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)

    def run(self, connection: Connection, **values: Any) -> list[bytes | None]:
        """Execute with these values for the statement's free names; the first row of the answer."""
        library = driver_of(connection).pgconn
        known: set[bytes] = connection.info.setdefault(_PREPARED, set())
        if self._name not in known:
            self._seen(library, library.prepare(self._name, self._text))
            known.add(self._name)
        bound = self._fixed.copy()
        for name, value in values.items():
            bound[self._place_of[name]] = _octets(value)
        answer = self._seen(library, library.exec_prepared(self._name, bound))
        return [answer.get_value(0, place) for place in range(answer.nfields)]

    def _seen(self, library: Any, answer: Any) -> Any:
        if answer.status not in self._good:
            raise _refusal(library, answer)
        return answer


def _octets(value: Any) -> bytes | None:
    return None if value is None else str(value).encode()


def _refusal(library: Any, answer: Any) -> Exception:
    """The error that the driver would have raised."""
    import psycopg
    from psycopg.pq import DiagnosticField

    said = {field: (answer.error_field(field) or b"").decode() for field in DiagnosticField}
    if said[DiagnosticField.SEVERITY_NONLOCALIZED] in ("FATAL", "PANIC"):
        library.finish()  # these words are the server's last; libpq knows that only once it reads on
    words = (answer.error_message or b"the connection to the server is lost").decode(errors="replace")
    try:
        return psycopg.errors.lookup(said[DiagnosticField.SQLSTATE])(words)
    except KeyError:  # a connection that is lost has no code
        return psycopg.OperationalError(words)
