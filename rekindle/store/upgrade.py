"""The revision of a store: which one it has, and bringing it to ours."""

from __future__ import annotations

import warnings
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select

from .engine import Store
from .migrations import HEAD

revision_table = Table("alembic_version", MetaData(), Column("version_num", Text, primary_key=True))


def revision(connection: Connection) -> str | None:
    """The store's revision; None for a database with no tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(select(revision_table.c.version_num)).scalar_one_or_none()


def stamp(connection: Connection, version: str = HEAD) -> None:
    """Write down that the store has `version`."""
    revision_table.create(connection, checkfirst=True)
    connection.execute(revision_table.delete())
    connection.execute(revision_table.insert().values(version_num=version))


def upgrade(store: Store, target: str = "head") -> tuple[str | None, str]:
    """Run the migrations up to `target` in one transaction; the revisions before and after."""
    from alembic import command

    with store.writing() as connection:
        before = revision(connection)
        command.upgrade(_config(connection), target)
        after = revision(connection)
    assert after is not None
    return before, after


def _config(connection: Connection) -> Any:
    from alembic.config import Config

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = Config()
    config.set_main_option("script_location", "rekindle.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
