"""`rekindle approve`: let a held mailing go."""

from __future__ import annotations

import click

from ..model.error import ExitCode, UsageError
from ..model.mailing import MailingState
from .door import Door


@click.command("approve")
@click.argument("mailing", type=int)
@click.pass_obj
def command(door: Door, mailing: int) -> int:
    """Let the held MAILING go: the next `run` sends it, or `send` at once."""
    from ..store.mailings import get_mailing, step_mailing

    now = door.now  # reading it may bring the store in step with the workspace: not inside our transaction
    with door.store.writing() as connection:
        found = get_mailing(connection, mailing)
        if found.state is not MailingState.HELD:
            raise UsageError(f"mailing {mailing} is not held, it is {found.state}")
        step_mailing(connection, mailing, MailingState.SENDING, now, reason="")
    words = f"mailing {mailing} {found.campaign} {found.period} may go: the next `rekindle run` sends it"
    door.say(f"{words}, or `rekindle send {found.campaign} --period {found.period}` now")
    if door.as_json:
        door.give_json({"id": mailing, "campaign": found.campaign, "period": found.period, "state": "sending"})
    return ExitCode.DONE
