"""`rekindle db`: migrations, facts about the store, a backup."""

from __future__ import annotations

from pathlib import Path

import click

from .door import Door


@click.group("db")
def command() -> None:
    """Migrations, facts and backup of the store."""


@command.command("upgrade")
@click.pass_obj
def upgrade_store(door: Door) -> None:
    """Bring an older store to this rekindle's tables."""
    from ..store.engine import open_engine
    from ..store.upgrade import upgrade

    store = open_engine(door.database_url)
    try:
        before, after = upgrade(store)
    finally:
        store.close()
    if before == after:
        door.say(f"the store is at revision {after} already")
    else:
        door.say(f"revision {before or 'none'} -> {after}")


@command.command("info", short_help="Where the store is, its revision, its rows.")
@click.pass_obj
def info(door: Door) -> None:
    """Where the store is, its revision, and how many rows each table has."""
    from ..store.facts_of_store import store_facts

    facts = store_facts(door.store)
    if door.as_json:
        door.give_json(facts)
        return
    door.give(f"{facts['url']}  revision {facts['revision']}")
    for name, rows in facts["rows"].items():
        door.give(f"{rows:>12,}  {name}")


@command.command("backup", short_help="A consistent copy of an SQLite store.")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(door: Door, file: Path) -> None:
    """Write a consistent copy of an SQLite store to FILE while others work."""
    from ..store.backup import back_up

    size = back_up(door.store, file)
    door.say(f"{file}: {size:,} bytes")
