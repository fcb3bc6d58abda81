"""`rekindle resend`: an explicit follow-up to those who did not open or click."""

from __future__ import annotations

import click

from ..model.error import UsageError
from .door import Door


@click.command("resend")
@click.argument("campaign")
@click.option("--to", type=click.Choice(["not-opened", "not-clicked"]), required=True, help="Who gets it once more.")
@click.option("--period", metavar="P", help="The occasion that is followed up (default: the latest).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def command(door: Door, campaign: str, *, to: str, period: str | None, yes: bool) -> int:
    """Send CAMPAIGN's letter once more to who was sent it and did not open or click it: one follow-up an occasion."""
    from ..line.resend import make_follow_up
    from ..line.send import look_at_settings
    from ..store.home import look_for_home
    from .send import send_and_tell

    if not (yes or door.on_terminal):
        raise UsageError("nobody is here to be asked: say --yes")
    workspace = door.workspace
    look_at_settings(door.settings, door.root)
    look_for_home(door.store)
    if not yes:
        click.confirm(f"Send {campaign} once more to those who have {to.replace('-', ' ')} it?", abort=True, err=True)
    mailing = make_follow_up(door.store, workspace, campaign, to, period=period, now=door.now)
    return send_and_tell(door, mailing, workers=1, limit=None, resend_unknown=False)
