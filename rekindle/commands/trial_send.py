"""`rekindle test-send`: one real letter to an address of one's own."""

from __future__ import annotations

import click

from ..model.error import ExitCode
from .door import Door


@click.command("test-send")
@click.argument("campaign")
@click.option("--to", metavar="ADDRESS", required=True, help="Where the letter goes.")
@click.option("--contact", metavar="EMAIL", default="", help="Whose letter (default: ADDRESS's own, else a member's).")
@click.option("--variant", metavar="NAME", default="", help="Which letter of an A/B test (default: the first).")
@click.option("--step", type=click.IntRange(1), default=1, show_default=True, help="Which letter of a ladder.")
@click.pass_obj
def command(door: Door, campaign: str, *, to: str, contact: str, variant: str, step: int) -> int:
    """Send one real letter of CAMPAIGN, marked as a test: it is in no ledger, with plain links and no pixel."""
    from ..line.trial_letter import TrialTerms, send_trial

    terms = TrialTerms(to, variant, step, contact)
    workspace = door.workspace
    sent = send_trial(door.store, workspace, door.settings, campaign, terms, door.now)
    if door.as_json:
        names = ("contact_id", "email", "subject", "message_id", "reply")
        door.give_json({"campaign": campaign, "to": to, **{name: getattr(sent, name) for name in names}})
    else:
        door.give(f"sent to {to}, as contact #{sent.contact_id} ({sent.email}) would get it: {sent.subject}")
    return ExitCode.DONE
