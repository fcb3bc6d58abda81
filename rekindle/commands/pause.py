"""`rekindle pause`: a mailing in flight rests; letters in hand finish."""

from __future__ import annotations

import click

from ..model.mailing import MailingState
from .door import Door, parse_moment


@click.command("pause")
@click.argument("mailing", type=int)
@click.option("--until", metavar="DATE", help="`run` takes it up again at this moment (default: only `resume` does).")
@click.pass_obj
def command(door: Door, mailing: int, until: str | None) -> None:
    """Let MAILING rest: letters in hand finish, no other begins."""
    from ..store.mailings import step_mailing

    moment = parse_moment(until, door.workspace.configuration.timezone) if until else None
    now = door.now  # reading it may bring the store in step with the workspace: not inside our transaction
    with door.store.writing() as connection:
        found = step_mailing(connection, mailing, MailingState.PAUSED, now, paused_until=moment)
    door.say(f"mailing {mailing} {found.campaign} {found.period} is paused; `rekindle resume {mailing}` lets it go on")
    if door.as_json:
        door.give_json({"id": mailing, "state": found.state.value})
