"""What sessions of PostgreSQL are told: each when it begins, and those of the innermost loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")

SET_MEMORY = "64MB"
"""What PostgreSQL may take for a sort, twice that for a set of members: of one that it thinks too large for its memory
it would ask the whole question anew for every contact. Four million members fit."""

_ENOUGH_FOR_SETS = (
    "SELECT set_config('work_mem', %(enough)s, false) "
    "WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes(%(enough)s)"
)


def prepare_session(connection: Any, _record: Any) -> None:
    """Times in UTC, and memory for sets, unless the server gives more by itself."""
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute(_ENOUGH_FOR_SETS, {"enough": SET_MEMORY})
    connection.commit()


def plan_once(connection: Connection) -> None:
    """Let statements be planned once, not for the few rows of each time; nobody is given this connection after us."""
    if not connection.info.get("plans_once"):
        connection.detach()
        by_itself(connection, lambda: _driver(connection).execute("SET plan_cache_mode TO force_generic_plan"))
        connection.info["plans_once"] = True


def begin_kept(connection: Connection, *, durable: bool) -> None:
    """Begin a transaction: whether its commit survives a loss of power; its statements are planned for their values."""
    level = "on" if durable else "off"
    connection.exec_driver_sql(
        f"SELECT set_config('synchronous_commit', '{level}', true), set_config('plan_cache_mode', 'auto', true)"
    )


def by_itself(connection: Connection, statement: Callable[[], T]) -> T:
    """What `statement` gives, which runs one of the driver: a transaction without BEGIN and COMMIT, one round trip."""
    driver = _driver(connection)
    driver.autocommit = True
    try:
        return statement()
    finally:
        if not driver.closed:
            driver.autocommit = False


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
