"""`rekindle resume`: a paused mailing goes on."""

from __future__ import annotations

import click

from ..model.error import UsageError
from ..model.mailing import MailingState
from .door import Door


@click.command("resume")
@click.argument("mailing", type=int)
@click.pass_obj
def command(door: Door, mailing: int) -> None:
    """Let the paused MAILING go on: the next `run` sends it, or `send` at once."""
    from ..store.breaker import trust
    from ..store.mailings import get_mailing, step_mailing

    now = door.now  # reading it may bring the store in step with the workspace: not inside our transaction
    with door.store.writing() as connection:
        found = get_mailing(connection, mailing)
        if found.state is not MailingState.PAUSED:
            raise UsageError(f"mailing {mailing} is not paused, it is {found.state}")
        found = step_mailing(connection, mailing, MailingState.SENDING, now, reason="")
        trust(connection, mailing, now)
    again = f"`rekindle send {found.campaign} --period {found.period}`"
    door.say(
        f"mailing {mailing} {found.campaign} {found.period} may go on: the next `rekindle run` sends it, or {again}"
    )
    if door.as_json:
        door.give_json({"id": mailing, "state": found.state.value})
