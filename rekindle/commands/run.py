"""`rekindle run`: what is due now; for cron."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ..model.error import ExitCode, RekindleError, UsageError
from ..model.mailing import MailingState
from .door import Door, parse_moment
from .ledger import ledger_row, nobody_words

if TYPE_CHECKING:
    from ..line.run_due import Held, Missed, RunReport, Worked

Local = Callable[[datetime], str]
"""Shows a moment by the workspace's clock."""

NAMED_ONE_BY_ONE = 5
"""Of more missed periods of one campaign only the first, the last and the number are said."""


@click.command("run")
@click.pass_obj
def command(door: Door) -> int:
    """Do what is due: statuses, retries, schedules. Safe to start twice; silent when nothing is due."""
    from ..line.run_due import run_due
    from ..line.send import look_at_settings, send_mailing
    from ..store.home import look_for_home

    store, settings = door.store, door.settings
    try:
        look_for_home(store)
        report = run_due(
            store,
            door.workspace,
            door.now,
            lambda: datetime.now(UTC),
            lambda mailing_id: send_mailing(store, settings, mailing_id, door.steady_clock(), root=door.root),
            look_first=lambda: look_at_settings(settings, door.root),
        )
    except UsageError:
        raise
    except RekindleError as error:
        _notify(door, [f"run has failed: {error}"])
        raise
    if door.as_json:
        door.give_json(report_json(report, door.now))
    else:
        for line in work_lines(report):
            door.give(line)
    for line in warning_lines(report, door.local, repeat=door.on_terminal):
        door.say(line)
    _notify(door, list(trouble_lines(report)))
    return exit_code(report)


def _notify(door: Door, lines: list[str]) -> None:
    """A letter to rekindle.yml's `notify`, where nobody watches; that it cannot be sent is said, and no more."""
    from ..line.notice import firm_of, notify

    if not lines or door.on_terminal:
        return
    try:
        firm = firm_of(door.root)
        now = parse_moment(door.now_text, firm.timezone) if door.now_text else door.now
        notify(door.store, door.settings, firm, "\n".join(lines), now, door.root)
    except RekindleError as error:
        door.say(f"nobody could be notified: {error}")


def exit_code(report: RunReport) -> ExitCode:
    """6 where something waits for a person, 1 where a letter cannot be compiled, 5 where letters failed, else 0."""
    if report.held:
        return ExitCode.HELD
    if report.faults:
        return ExitCode.PROBLEMS
    return ExitCode.FAILURES if report.has_failures else ExitCode.DONE


def work_lines(report: RunReport) -> Iterator[str]:
    """A line for each thing that was done; none for a mailing that nobody could have been in."""
    for silent in report.silent:
        yield f"{silent.campaign}: {silent.count:,} fell silent: {silent.status}"
    for work in (each for each in report.worked if not each.is_void):
        mailing = work.mailing
        verb = "" if work.made else ", taken up"
        step = f" step {mailing.step}" if mailing.step > 1 else ""
        yield f"mailing {mailing.mailing_id} {mailing.campaign} {mailing.period}{step}{verb}: {_ends(work)}"


def _ends(work: Worked) -> str:
    """What became of a mailing's letters; where there are none, why."""
    counts = work.tally
    if not counts.planned:
        return nobody_words(counts.held_out, work.left_out)
    others = ("failed", "skipped", "expired", "unknown", "waiting")
    parts = [f"{counts.sent:,} of {counts.planned:,} sent"]
    parts.extend(f"{getattr(counts, name):,} {name}" for name in others if getattr(counts, name))
    return ", ".join(parts)


def warning_lines(report: RunReport, local: Local, *, repeat: bool = False) -> Iterator[str]:
    """What a person should know, for stderr; what waits for one is said once a day, or each time with `repeat`."""
    if report.elsewhere is not None:
        yield f"already running ({report.elsewhere}); nothing to do here"
    for each in report.sent_elsewhere:
        one = each.mailing
        yield f"mailing {one.mailing_id} {one.campaign} {one.period} is being sent by {each.holder}; left to it"
    yield from _missed_lines(report.missed, local)
    yield from _held_lines([held for held in report.held if repeat or not held.was_told])
    yield from (str(fault) for fault in report.faults)


def trouble_lines(report: RunReport) -> Iterator[str]:
    """What waits for a person, or has failed: the letter to `notify`."""
    yield from _held_lines(report.held)
    yield from (str(fault) for fault in report.faults)
    if report.has_failures:
        yield from work_lines(report)


def _held_lines(held_ones: list[Held]) -> Iterator[str]:
    for held in held_ones:
        mailing = held.mailing
        # the same words each time: `notify` sends them once a day
        yield f"mailing {mailing.mailing_id} {mailing.campaign} {mailing.period} is held: {held.reason}"
        if mailing.state is MailingState.HELD:
            yield f"  rekindle approve {mailing.mailing_id}"


def _missed_lines(missed: list[Missed], local: Local) -> Iterator[str]:
    by_campaign: dict[str, list[Missed]] = {}
    for each in missed:
        by_campaign.setdefault(each.campaign, []).append(each)
    for campaign, own in by_campaign.items():
        if len(own) > NAMED_ONE_BY_ONE:
            first, last = own[0].occasion.period, own[-1].occasion.period
            yield f"{campaign}: {len(own):,} periods were missed, {first} to {last}; none of them is sent late"
        else:
            yield from (_missed_line(each, local) for each in own)
        coming = own[-1].next
        if coming is not None:
            yield f"{campaign}: the next is {coming.period}, due {local(coming.moment)}"


def _missed_line(missed: Missed, local: Local) -> str:
    why = ", before the first run of this schedule" if missed.before_first_run else ""
    due = f"due {local(missed.occasion.moment)}{why}"
    return f"{missed.campaign}: period {missed.occasion.period} was missed ({due}); it is not sent late"


def report_json(report: RunReport, as_of: datetime) -> dict[str, Any]:
    """The document of `run --json`."""
    return {
        "as_of": as_of.isoformat(),
        "already_running": report.elsewhere is not None,
        "sent_elsewhere": [
            {"id": each.mailing.mailing_id, "campaign": each.mailing.campaign, "period": each.mailing.period}
            for each in report.sent_elsewhere
        ],
        "mailings": [_worked_json(work) for work in report.worked],
        "silent": [
            {"campaign": each.campaign, "status": each.status, "contacts": each.count} for each in report.silent
        ],
        "missed": [
            {"campaign": each.campaign, "period": each.occasion.period, "due_at": each.occasion.moment.isoformat()}
            for each in report.missed
        ],
        "held": [_held_json(held) for held in report.held],
        "problems": [str(problem) for fault in report.faults for problem in fault.problems],
    }


def _worked_json(work: Worked) -> dict[str, Any]:
    return {**ledger_row(work.mailing, work.tally), "made": work.made}


def _held_json(held: Held) -> dict[str, Any]:
    mailing = held.mailing
    return {"id": mailing.mailing_id, "campaign": mailing.campaign, "period": mailing.period, "reason": held.reason}
