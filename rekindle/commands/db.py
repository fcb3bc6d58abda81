"""`rekindle db`: migrations, facts about the store, a backup, and which copy is the real one."""

from __future__ import annotations

from pathlib import Path

import click

from .door import Door


@click.group("db")
def command() -> None:
    """Migrations, facts and backup of the store, and which copy of it is the real one."""


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
    """Where the store is, its revision, whether it may send, and how many rows each table has."""
    from ..store.facts_of_store import store_facts

    facts = store_facts(door.store)
    if door.as_json:
        door.give_json(facts)
        return
    door.give(f"{facts['url']}  revision {facts['revision']}")
    if facts["why_not"]:
        door.give(f"does not send: {facts['why_not']}; `rekindle db adopt` makes it the real one")
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


@command.command("adopt", short_help="Make this copy of the store the real one.")
@click.pass_obj
def adopt_store(door: Door) -> None:
    """Let a store that was copied, moved or brought back from a backup send from now on. The other must not any more.

    What the other may have sent is not sent again: mailings in flight pause, and periods due before now are left.
    """
    from ..store.adoption import adopt
    from ..store.home import why_no_home

    was, now = why_no_home(door.store), door.now
    paused = adopt(door.store, now) if was else []
    if door.as_json:
        rows = [{"id": one.mailing_id, "campaign": one.campaign, "period": one.period} for one in paused]
        door.give_json({"adopted": bool(was), "was": was, "paused": rows})
    elif not was:
        door.say("this store is the real one already")
        return
    else:
        door.give(f"{was}; it is the real one now")
    if was:
        _warn(door, [(one.mailing_id, f"{one.campaign} {one.period}") for one in paused])


def _warn(door: Door, paused: list[tuple[int, str]]) -> None:
    door.say("the other must not send any more: stop its cron and its workers")
    door.say("no `run` makes a period any more that was due before now: the other may have sent it")
    for number, name in paused:
        door.say(
            f"mailing {number} {name} is paused: letters may have left since; `rekindle resume {number}` lets it go on"
        )
