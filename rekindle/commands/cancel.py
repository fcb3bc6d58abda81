"""`rekindle cancel`: a mailing ends here; what still waits is skipped."""

from __future__ import annotations

import click

from ..model.mailing import MailingState
from .by_hand import step_by_hand
from .door import Door
from .ledger import ledger_line, ledger_row


@click.command("cancel")
@click.argument("mailing", type=int)
@click.pass_obj
def command(door: Door, mailing: int) -> None:
    """End MAILING here: letters in hand finish, what still waits is skipped. This cannot be taken back.

    Of one whose letters are all out, the later steps of its ladder are not sent.
    """
    from ..line.ladders import stop_ladder
    from ..store.deliveries import cancel_waiting
    from ..store.mailings import get_mailing, tally

    now = door.now  # reading it may bring the store in step with the workspace: not inside our transaction
    with door.store.writing() as connection:
        found, ending = get_mailing(connection, mailing), "cancelled"
        if found.state is MailingState.DONE and stop_ladder(connection, found, now):
            ending = "done, and its ladder ends here"
        else:
            found = step_by_hand(connection, mailing, MailingState.CANCELLED, now)
            cancel_waiting(connection, mailing, now)
        ledger = tally(connection, mailing)
    if door.as_json:
        door.give_json(ledger_row(found, ledger))
    else:
        door.give(f"mailing {mailing} {found.campaign} {found.period} is {ending}: {ledger_line(ledger)}")
