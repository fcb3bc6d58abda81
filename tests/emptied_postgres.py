"""PostgreSQL databases for tests: each has one to itself with empty tables, and what it leaves is emptied for the next.

A copy of the template takes the server a tenth of a second, emptying one a few thousandths. What a test has changed
beyond rows (tables, settings, statistics, much data) is not emptied but dropped.
"""

from __future__ import annotations

import os
from itertools import count
from typing import LiteralString

import psycopg
from sqlalchemy import make_url

ROOM = 1 << 20
"""Octets by which a database may have grown: more dead rows than that would be read by the tests after it."""

_OURS = "relnamespace = 'public'::regnamespace"
_STATE: LiteralString = f"""
SELECT (SELECT string_agg(version_num, ',') FROM alembic_version),
       (SELECT md5(string_agg(concat(oid, relname, relkind, reltuples), ',' ORDER BY oid)) FROM pg_class WHERE {_OURS}),
       (SELECT count(*) FROM pg_attribute), (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_trigger),
       (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_type), (SELECT count(*) FROM pg_namespace),
       (SELECT count(*) FROM pg_db_role_setting), (SELECT count(*) FROM pg_roles),
       (SELECT count(*) FROM pg_stats WHERE schemaname = 'public'),
       (SELECT min(concat(datcollate, datctype, datconnlimit)) FROM pg_database WHERE datname = current_database())
"""  # what is the same in every untouched copy of one template
_SIZE: LiteralString = f"SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class WHERE {_OURS}"
_TABLES: LiteralString = (
    f"SELECT relname FROM pg_class WHERE {_OURS} AND relkind = 'r' AND relname <> 'alembic_version'"
)
_FROM_ONE: LiteralString = f"SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE {_OURS} AND relkind = 'S'"


class Databases:
    """Databases of one server, copied from `template`."""

    def __init__(self, server: str, template: str) -> None:
        self._server, self._template = server, template
        self._free: list[str] = []
        self._numbers = count(1)
        self._admin = psycopg.connect(_conninfo(server), autocommit=True)
        name = self.take()
        with psycopg.connect(self._url(name)) as connection:
            self._fresh = connection.execute(_STATE).fetchone()
            self._most = connection.execute(_SIZE).fetchall()[0][0] + ROOM
            self._tables = [row[0] for row in connection.execute(_TABLES)]
        self._free.append(name)

    def take(self) -> str:
        """The name of a database with empty tables."""
        if self._free:
            return self._free.pop()
        name = f"t{os.getpid()}_{next(self._numbers)}"  # several test processes may share the given server
        self._do(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return name

    def give_back(self, name: str) -> None:
        """The test is through with it; whoever is still connected is thrown out."""
        self._throw_out(name)
        if self._emptied(name):
            self._free.append(name)
        else:
            self._drop(name)

    def close(self) -> None:
        """Drop all of them."""
        for name in self._free:
            self._drop(name)
        self._admin.close()

    def _emptied(self, name: str) -> bool:
        try:
            with psycopg.connect(self._url(name), autocommit=True) as connection:
                if connection.execute(_STATE).fetchone() != self._fresh:
                    return False
                if connection.execute(_SIZE).fetchall()[0][0] > self._most:
                    return False
                connection.execute("SET session_replication_role = replica")  # no foreign key stands in the way
                deletions = "; ".join(f'DELETE FROM "{table}"' for table in self._tables)
                connection.execute(deletions.encode())
                connection.execute(_FROM_ONE)
        except psycopg.Error:
            return False
        return True

    def _drop(self, name: str) -> None:
        self._throw_out(name)
        self._do(f"DROP DATABASE IF EXISTS {name}")

    def _throw_out(self, name: str) -> None:
        # WITH (FORCE) is not known to PostgreSQL 12
        self._do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def _do(self, statement: str) -> None:
        self._admin.execute(statement.encode())

    def _url(self, name: str) -> str:
        return _conninfo(make_url(self._server).set(database=name).render_as_string(hide_password=False))


def _conninfo(url: str) -> str:
    """As libpq takes it: the driver's name is SQLAlchemy's."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
