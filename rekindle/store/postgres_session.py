"""What sessions of PostgreSQL are told: each when it begins, and those of the innermost loop."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from typing import Any

from sqlalchemy import Connection

from ..model.error import StoreError

OLDEST = 12
"""The oldest PostgreSQL that the tests of store, segments and reports pass on."""

SET_MEMORY = "64MB"
"""What PostgreSQL may take for a sort, twice that for a set of members: of one that it thinks too large for its memory
it would ask the whole question anew for every contact. Four million members fit."""

_OWNER = "the role needs the rights to create tables and to write: make it the owner of the database"
REMEDIES = {
    "42501": _OWNER,
    "25006": "this database or server takes no writing: REKINDLE_DATABASE_URL must name the primary",
    "3F000": "the role's search_path names no schema that is there: CREATE SCHEMA, or ALTER ROLE .. SET search_path",
    "57014": "nothing of this step was kept; ALTER ROLE .. SET statement_timeout = 0 gives the role its time",
    "55P03": "another one holds the rows for longer than this server's lock_timeout; nothing of this step was kept",
    "25P03": "nothing of this step was kept; ALTER ROLE .. SET idle_in_transaction_session_timeout = 0 lets it think",
    "53300": "fewer workers need fewer connections",
    "57P05": "ALTER ROLE .. SET idle_session_timeout = 0 lets the connection wait",
}
"""What to do about PostgreSQL's refusals, by SQLSTATE."""

_OURS = (
    "SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false), "
    "set_config('standard_conforming_strings', 'on', false), "
    "set_config('default_transaction_isolation', 'read committed', false)"
)
"""Whatever the administrator has chosen for others: our statements mean the same everywhere."""

_ENOUGH_FOR_SETS = (
    "SELECT set_config('work_mem', %(enough)s, false) "
    "WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes(%(enough)s)"
)

_LOOKING_UP: Mapping[str, str] = {
    "plan_cache_mode": "auto",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""A claim asks about a hundred letters, each by its keys. PostgreSQL does not see how few they are: once it knows that
most letters wait, it would read all deliveries, and all contacts into a table of its own.
"""

_PATIENCE: Mapping[str, int] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
"""Seconds (the last: milliseconds) after which a server that says nothing at all is taken for gone.

TCP by itself waits for a quarter of an hour, and two hours where nothing is on its way: a mark would wait as long, and
the letters in hand with it.
"""

_CONNECT_TIMEOUT = "PGCONNECT_TIMEOUT"
_OLDEST_TO_KNOW = 120_000
"""libpq before that refuses tcp_user_timeout as unknown."""


def patience(said: Container[str]) -> dict[str, int]:
    """What libpq is told of how long to wait; what the database's URL has `said` itself stands."""
    import psycopg

    known = {name: value for name, value in _PATIENCE.items() if name not in said}
    if _CONNECT_TIMEOUT in os.environ:
        known.pop("connect_timeout", None)
    if psycopg.pq.version() < _OLDEST_TO_KNOW:
        known.pop("tcp_user_timeout", None)
    return known


def prepare_session(connection: Any, _record: Any) -> None:
    """What our statements take for granted, and memory for sets, unless the server gives more by itself.

    Raises StoreError for a server or a database that we cannot work with.
    """
    reason = unfit(connection.info.server_version // 10_000, connection.info.parameter_status("server_encoding"))
    if reason:
        connection.close()
        raise StoreError(reason)
    with connection.cursor() as cursor:
        cursor.execute(_OURS)
        cursor.execute(_ENOUGH_FOR_SETS, {"enough": SET_MEMORY})
    connection.commit()


def unfit(version: int, encoding: str | None) -> str:
    """Why a store cannot be kept there, in words; '' where it can."""
    if version < OLDEST:
        return f"the server is PostgreSQL {version}; rekindle needs {OLDEST} or newer"
    if encoding != "UTF8":
        make = "CREATE DATABASE rekindle ENCODING 'UTF8' TEMPLATE template0"
        return f"the database keeps texts as {encoding}, which does not hold every name; make one with {make}"
    return ""


def plan_once(connection: Connection) -> None:
    """Let statements be planned once, not for the few rows of each time; nobody is given this connection after us."""
    if not connection.info.get("plans_once"):
        connection.detach()
        driver = driver_of(connection)
        driver.autocommit = True
        driver.execute("SET plan_cache_mode TO force_generic_plan")
        driver.autocommit = False
        connection.info["plans_once"] = True


def begin_kept(connection: Connection, *, durable: bool) -> None:
    """Begin a transaction that looks a few rows up by their keys; whether its commit survives a loss of power."""
    said = {"synchronous_commit": "on" if durable else "off", **_LOOKING_UP}
    settings = (f"set_config('{name}', '{value}', true)" for name, value in said.items())
    connection.exec_driver_sql(f"SELECT {', '.join(settings)}")


def drop_if_lost(connection: Connection) -> None:
    """Nothing is to be rolled back there: trying to would hide why it was lost, and the pool prints a traceback."""
    if connection.dialect.name == "sqlite" or connection.closed or connection.invalidated:
        return
    if driver_of(connection).broken:
        connection.invalidate()


def driver_of(connection: Connection) -> Any:
    """The driver's own connection, for what is no statement of SQLAlchemy's."""
    return connection.connection.dbapi_connection
