"""The shipped migrations give exactly the tables, and a store of another age is refused with what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect

from rekindle.model.error import StoreError
from rekindle.store import migrations
from rekindle.store.engine import Store, open_engine
from rekindle.store.mailings import list_mailings
from rekindle.store.opening import open_store
from rekindle.store.tables import metadata
from rekindle.store.upgrade import stamp, upgrade


def shape(connection: Connection) -> dict[str, Any]:
    """Every table's columns, keys and indexes, as the database itself describes them."""
    look = inspect(connection)
    return {
        table: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"], str(column["default"]))
                for column in look.get_columns(table)
            ],
            "primary": look.get_pk_constraint(table)["constrained_columns"],
            "foreign": sorted(
                (tuple(key["constrained_columns"]), key["referred_table"]) for key in look.get_foreign_keys(table)
            ),
            "unique": sorted(tuple(key["column_names"]) for key in look.get_unique_constraints(table)),
            "indexes": sorted(
                (str(index["name"]), tuple(index["column_names"]), index["unique"]) for index in look.get_indexes(table)
            ),
        }
        for table in sorted(metadata.tables)
    }


def test_migrations_from_nothing_give_the_tables_of_the_code(store: Store) -> None:
    """What `db upgrade` builds is what a fresh store is made of, on both databases."""
    with store.reading() as connection:
        fresh = shape(connection)
    with store.writing() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")

    before, after = upgrade(store)
    with store.reading() as connection:
        upgraded = shape(connection)

    assert (before, after) == (None, migrations.HEAD)
    assert upgraded == fresh


def test_a_store_of_the_first_release_is_carried_over_with_its_rows(store: Store) -> None:
    """Every step forward on a store that is in use: nothing is lost, and the tables are those of the code."""
    with store.reading() as connection:
        fresh = shape(connection)
    with store.writing() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    upgrade(store, "0001")
    values = (
        "'winback', '2026-10', 1, 'done', 0, 0" if store.is_sqlite else "'winback', '2026-10', 1, 'done', now(), now()"
    )
    with store.writing() as connection:
        columns = "campaign, period, step, state, as_of, created_at"
        connection.exec_driver_sql(f"INSERT INTO mailing ({columns}) VALUES ({values})")

    assert upgrade(store) == ("0001", migrations.HEAD)
    with store.reading() as connection:
        assert shape(connection) == fresh
        assert [(each.campaign, each.state) for each, _ in list_mailings(connection)] == [("winback", "done")]


def test_head_is_the_newest_file_of_the_versions() -> None:
    """The constant that is compared at every start follows the files."""
    files = Path(migrations.__file__).with_name("versions").glob("[0-9]*.py")

    assert max(file.name[:4] for file in files) == migrations.HEAD


@pytest.mark.parametrize(("version", "words"), [("0000", "rekindle db upgrade"), ("9999", "newer rekindle")])
def test_a_store_of_another_age_is_refused_and_says_what_to_do(tmp_path: Path, version: str, words: str) -> None:
    """Nobody works on tables that are not ours."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    store = open_store(url)
    with store.writing() as connection:
        stamp(connection, version)
    store.close()

    with pytest.raises(StoreError, match=words):
        open_store(url)


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """Tables of the same names that are not ours stop us before a single write."""
    url = f"sqlite:///{tmp_path / 'theirs.db'}"
    theirs = open_engine(url)
    with theirs.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE contact (whatever TEXT)")
    theirs.close()

    with pytest.raises(StoreError, match="one of its own"):
        open_store(url)


def test_a_database_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """It holds people's data: mode 0600 whatever the umask."""
    path = tmp_path / "store.db"
    open_store(f"sqlite:///{path}").close()

    assert path.stat().st_mode & 0o777 == 0o600
