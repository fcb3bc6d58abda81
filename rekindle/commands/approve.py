"""`rekindle approve`: let a held mailing go."""

from __future__ import annotations

import click

from ..model.mailing import MailingState
from .by_hand import let_go
from .door import Door


@click.command("approve")
@click.argument("mailing", type=int)
@click.pass_obj
def command(door: Door, mailing: int) -> None:
    """Let the held MAILING go: the next `run` sends it, or `send` at once."""
    let_go(door, mailing, MailingState.HELD)
