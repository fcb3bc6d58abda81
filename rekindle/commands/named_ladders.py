"""The ladders that a command names, and whether their history is fresh."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from ..model.error import InputError, UsageError
from ..model.problem import did_you_mean
from .door import Door

if TYPE_CHECKING:
    from ..model.segment import Ladder
    from ..store.engine import Connection

DAY = timedelta(days=1)
ladder_option = click.option("--ladder", metavar="NAME", default="status", help="Which ladder (default: the first).")


def ladders_of(door: Door) -> tuple[Ladder, ...]:
    """Every ladder of the workspace. Raises InputError where there is none."""
    ladders = door.workspace.ladders
    if not ladders:
        raise InputError("there are no statuses yet; write a ladder in segments/statuses.yml")
    return ladders


def named_ladder(door: Door, name: str) -> Ladder:
    """The ladder called `name`, or `status` for the first. Raises UsageError."""
    ladders_of(door)
    found = door.workspace.catalogue.ladder(name)
    if found is None:
        known = door.workspace.catalogue.ladder_names
        raise UsageError(f"there is no ladder '{name}'; {did_you_mean(name, known)}")
    return found


def say_if_stale(door: Door, connection: Connection, ladder: str, as_of: datetime) -> None:
    """Warn where the ladder was last refreshed more than a day before `as_of` (LANGUAGE 2.3)."""
    from ..store.statuses import last_refresh

    at = last_refresh(connection, ladder)
    if at is None or at < as_of - DAY:
        zone = door.workspace.configuration.timezone
        when = "never refreshed" if at is None else f"last refreshed at {at.astimezone(zone):%Y-%m-%d %H:%M}"
        door.say(f"warning: the ladder '{ladder}' was {when}; `rekindle status refresh` makes it fresh")
