"""`rekindle send`: makes the mailing of a period, or takes it up where it stands."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import click

from ..model.error import ExitCode, RekindleError, RelayError, UsageError
from .door import Door
from .ledger import ledger_line, ledger_row, nobody_words, they_wait
from .progress import ProgressLine

if TYPE_CHECKING:
    from ..model.mailing import Mailing, Tally

GOES_ON = "`rekindle run`, or this command again, goes on"


@click.command("send")
@click.argument("campaign")
@click.option("--period", metavar="P", help="The occasion's name (default: the schedule's, or today).")
@click.option("--plan", "plan_hash", metavar="HASH", help="Send exactly what this plan said, or refuse.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that send.")
@click.option("--limit", type=click.IntRange(1), help="At most so many letters now; the rest keeps waiting.")
@click.option(
    "--on-unknown",
    type=click.Choice(["park", "resend"]),
    default="park",
    show_default=True,
    help="Letters whose answer nobody saw: leave them, or send them again under the same Message-ID.",
)
@click.pass_obj
def command(
    door: Door,
    campaign: str,
    *,
    period: str | None,
    plan_hash: str | None,
    yes: bool,
    workers: int,
    limit: int | None,
    on_unknown: str,
) -> int:
    """Send CAMPAIGN: every chosen contact gets its letter once, whatever interrupts it, however often it is called."""
    from ..line.campaign_named import campaign_named
    from ..line.make_mailing import make_mailing
    from ..line.send import look_at_settings
    from ..store.home import look_for_home

    if not (yes or plan_hash or door.on_terminal):
        raise UsageError("nobody is here to be asked: say --yes, or --plan HASH of a plan that you have read")
    door.warn_of_unheeded()
    campaign_named(door.workspace, campaign)  # what is no workspace or no campaign is said before what is no setting
    look_at_settings(door.settings, door.root)
    look_for_home(door.store)
    if not (yes or plan_hash):
        _ask(door, campaign, period)
    mailing = make_mailing(door.store, door.workspace, campaign, period, door.now, door.now, plan_hash=plan_hash)
    return send_and_tell(door, mailing, workers, limit, resend_unknown=on_unknown == "resend")


def _ask(door: Door, campaign: str, period: str | None) -> None:
    """Show the plan and wait for a yes. Raises click.Abort on anything else."""
    from ..line.make_plan import make_plan
    from .plan import plan_lines, progress_of_plan

    with progress_of_plan(door) as progress:
        plan = make_plan(door.store, door.workspace, campaign, period, door.now, progress=progress)
    for line in plan_lines(plan, door.local):
        door.say(line)
    click.confirm("Send?", abort=True, err=True)


def send_and_tell(door: Door, mailing: Mailing, workers: int, limit: int | None, *, resend_unknown: bool) -> int:
    """Send what is due of a mailing, give its ledger, and the exit code."""
    with door.store.sparing():
        return _sent_and_told(door, mailing, workers, limit, resend_unknown=resend_unknown)


def _sent_and_told(door: Door, mailing: Mailing, workers: int, limit: int | None, *, resend_unknown: bool) -> int:
    from ..line.send import send_mailing

    stop, progress = threading.Event(), ProgressLine(door)
    try:
        tally = send_mailing(
            door.store,
            door.settings,
            mailing.mailing_id,
            door.steady_clock(),
            root=door.root,
            workers=workers,
            limit=limit,
            stop=stop,
            resend_unknown=resend_unknown,
            tell=progress.teller,
        )
    except RekindleError as error:
        progress.end()
        ledger = _tell(door, mailing)
        if isinstance(error, RelayError) and ledger.waiting:
            door.say(f"nothing is lost: {they_wait(ledger.waiting)}; {GOES_ON}")
        raise
    progress.end()
    _tell(door, mailing)
    if tally.waiting:
        _tell_of_waiting(door, mailing, tally.waiting, stopped=stop.is_set())
    return ExitCode.FAILURES if tally.failed or tally.unknown else ExitCode.DONE


def _tell(door: Door, mailing: Mailing) -> Tally:
    """The ledger, which adds up at every moment, also after an error."""
    from ..plan.summary import left_out_counts
    from ..store.audiences import audience_of, count_audience
    from ..store.mailings import get_mailing, tally

    with door.store.reading() as connection:
        mailing, ledger = get_mailing(connection, mailing.mailing_id), tally(connection, mailing.mailing_id)
        counts = {} if ledger.planned else count_audience(connection, audience_of(mailing.mailing_id))
    if door.as_json:
        door.give_json(ledger_row(mailing, ledger))
        return ledger
    door.give(f"mailing {mailing.mailing_id} {mailing.campaign} {mailing.period}: {ledger_line(ledger)}")
    if ledger.failed or ledger.unknown:
        door.say(f"why: rekindle mailing show {mailing.mailing_id}")
    if not ledger.planned:
        door.say(nobody_words(ledger.held_out, left_out_counts(counts)))
    return ledger


def _tell_of_waiting(door: Door, mailing: Mailing, waiting: int, *, stopped: bool) -> None:
    from ..store.deliveries import next_due
    from ..store.mailings import get_mailing

    number = mailing.mailing_id
    with door.store.reading() as connection:
        due, state = next_due(connection, number), get_mailing(connection, number).state
    if state == "paused":
        door.say(f"paused; {they_wait(waiting)}; `rekindle resume {number}` lets it go on")
        return
    why = "stopped; " if stopped else ""
    when = f", the next is due at {door.local(due)}" if due and due > door.running_now() else ""
    door.say(f"{why}{they_wait(waiting)}{when}; {GOES_ON}")
