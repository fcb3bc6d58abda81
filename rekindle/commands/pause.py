"""`rekindle pause`: a mailing in flight rests; letters in hand finish."""

from __future__ import annotations

import click

from ..model.mailing import MailingState
from .by_hand import state_document, step_by_hand
from .door import Door, parse_moment


@click.command("pause")
@click.argument("mailing", type=int)
@click.option("--until", metavar="DATE", help="`run` takes it up again at this moment (default: only `resume` does).")
@click.pass_obj
def command(door: Door, mailing: int, until: str | None) -> None:
    """Let MAILING rest: letters in hand finish, no other begins."""
    moment = parse_moment(until, door.workspace.configuration.timezone) if until else None
    now = door.now  # reading it may bring the store in step with the workspace: not inside our transaction
    with door.store.writing() as connection:
        found = step_by_hand(connection, mailing, MailingState.PAUSED, now, paused_until=moment)
    until_then = f" until {door.local(moment)}" if moment else ""
    words = f"mailing {mailing} {found.campaign} {found.period} is paused{until_then}"
    door.say(f"{words}; `rekindle resume {mailing}` lets it go on")
    if door.as_json:
        door.give_json(state_document(found))
