"""`rekindle plan`: who gets what and why, before anything is sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..model.error import ExitCode
from .csv_lines import csv_file
from .door import Door, parse_moment
from .progress import span_words

if TYPE_CHECKING:
    from ..model.campaign import Campaign
    from ..plan.occasion import OnSchedule
    from ..plan.schedule import Occasion
    from ..plan.summary import Plan
    from ..store.audiences import Member

Take = Callable[["Member"], None]

WIDTH = 36
"""Of what stands before a number; an offer in more words has its numbers further right."""
REASONS = {
    "suppressed": "suppressed",
    "no_consent": "no consent",
    "no_address": "no address",
    "duplicate": "duplicate address",
    "capped": "had enough letters",
    "outranked": "in a campaign of higher priority",
    "excluded": "excluded segment",
    "had_it": "had it before",
    "handed_over": "handed over",
    "unrenderable": "letter cannot be made",
}
"""The reasons in words."""


@click.command("plan")
@click.argument("campaign")
@click.option("--period", metavar="P", help="The occasion's name (default: the schedule's, or today).")
@click.option("--as-of", "as_of_text", metavar="T", help="Plan as of this moment (default: now).")
@click.option(
    "--csv", "rows_file", type=click.Path(dir_okay=False, path_type=Path), help="Every contact with its reason."
)
@click.option(
    "--hand-over",
    "call_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The call list: whom the campaign hands over, why, and what to offer, as CSV.",
)
@click.option("--excel", is_flag=True, help="Both files as an Excel with decimal commas opens them by a double click.")
@click.pass_obj
def command(
    door: Door,
    campaign: str,
    *,
    period: str | None,
    as_of_text: str | None,
    rows_file: Path | None,
    call_file: Path | None,
    excel: bool,
) -> int:
    """Say who is chosen, held out and left out by CAMPAIGN, and why; make every letter once; send none."""
    from ..line.campaign_named import campaign_named
    from ..line.make_plan import make_plan

    workspace = door.workspace
    named = campaign_named(workspace, campaign)
    door.warn_of_unheeded()
    as_of = parse_moment(as_of_text, workspace.configuration.timezone) if as_of_text else door.now
    called: list[int] = []
    taker = _rows_to(rows_file, named, called if call_file else None, excel=excel)
    with taker as take, progress_of_plan(door) as progress:
        plan = make_plan(
            door.store, workspace, campaign, period, as_of, now=door.now, take=take, progress=progress
        )  # fmt: skip
    if door.as_json:
        door.give_json(plan.as_json())
    else:
        door.give("\n".join(plan_lines(plan, door.local)))
    if rows_file is not None:
        door.say(f"every contact with its reason: {rows_file}")
    if call_file is not None:
        _write_calls(door, call_file, named, called, as_of, excel=excel)
    return ExitCode.DONE


def plan_lines(plan: Plan, local: Callable[[datetime], str]) -> Iterator[str]:
    """The plan in words, a line at a time; `local` shows a moment by the workspace's clock."""
    yield f"{plan.campaign} {plan.period}: {plan.size:,} in the segment, as of {local(plan.as_of)}"
    if plan.made_already:
        yield f"  the mailing of this period is there already ({plan.made_already}): `send` takes up that one"
    elif plan.schedule is not None and plan.schedule.due is not None:
        yield f"  {_due_words(plan.schedule, plan.schedule.due, local)}"
    yield _line("chosen", plan.chosen)
    yield from (_line(f"  {name}", count) for name, count in plan.arms.items() if name != "holdout")
    yield _line("held out", plan.held_out, plan.power)
    yield _line("left out", sum(plan.left_out.values()))
    yield from (_line(f"  {REASONS[reason]}", count) for reason, count in plan.left_out.items())
    if plan.offers:
        yield "  offers"
        width = max(WIDTH, *(len(words) + 2 for words in plan.offers))
        yield from (_line(f"  {words}", count, width=width) for words, count in plan.offers.items())
    if plan.last_period:
        yield f"  since {plan.last_period}: {plan.new:,} entered, {plan.gone:,} left"
    if plan.cost:
        yield f"  cost {plan.cost:,.2f} {plan.currency}"
    if len(plan.departures) == 1:
        yield f"  the last letter will leave about {local(plan.departures[0])}"
    for step, moment in enumerate(plan.departures if len(plan.departures) > 1 else (), 1):
        yield f"  the last letter of step {step} will leave about {local(moment)}"
    yield from (f"  ! {problem}" for problem in plan.problems)
    more = len(plan.unrenderable) + sum(plan.failing.values()) - len(plan.problems)
    if more > 0:
        yield f"  ! and {more:,} more; --csv FILE lists everyone who is left out"
    for step, count in plan.failing.items():
        yield f"  ! of the letters of step {step} {count:,} cannot be made as it is; these contacts get the others"
    yield f"  plan {plan.hash}: rekindle send {plan.campaign} --period {plan.period} --plan {plan.hash}"
    coming = plan.schedule and plan.schedule.next
    if coming and coming.period != plan.period:
        due = local(coming.moment)
        ahead = f"rekindle plan {plan.campaign} --as-of {due[:16].replace(' ', 'T')}"
        yield f"  the next is {coming.period}, due {due}: {ahead}"


def _due_words(schedule: OnSchedule, due: Occasion, local: Callable[[datetime], str]) -> str:
    when = f"by the schedule due {local(due.moment)}"
    if due == schedule.next:
        return f"{when}: `run` sends it then, unless `send` has before"
    if schedule.makes:
        return f"{when}: the next `run` sends it"
    return f"{when}, longer ago than max_lateness: `run` leaves it, `send` is for you to decide"


def _line(what: str, count: int, more: str = "", width: int = WIDTH) -> str:
    return f"  {what:<{width}}{count:>12,}" + (f"  {more}" if more else "")


def _write_calls(
    door: Door, file: Path, campaign: Campaign, contact_ids: list[int], as_of: datetime, *, excel: bool
) -> None:
    """The call list into `file`."""
    from ..line.hand_over import Call, call_list

    with csv_file(file, Call.__slots__, excel=excel) as write_row:
        for call in call_list(door.store, door.workspace, campaign, contact_ids, as_of):
            write_row([getattr(call, name) for name in Call.__slots__])
    said = "" if campaign.hand_over else f" ({campaign.name} has no hand_over)"
    door.say(f"to be called, {len(contact_ids):,}: {file}{said}")


@contextmanager
def _rows_to(file: Path | None, campaign: Campaign, called: list[int] | None, *, excel: bool) -> Iterator[Take | None]:
    """A taker that writes each member into `file` as CSV, and keeps in `called` who is handed over."""
    from ..plan.summary import offer_words

    def note(member: Member) -> None:
        if called is not None and member.reason == "handed_over":
            called.append(member.contact_id)

    if file is None:
        yield None if called is None else note
        return
    heads = ("external_id", "email", "verdict", "arm", "reason", "offer")
    with csv_file(file, heads, excel=excel) as write_row:

        def take(member: Member) -> None:
            note(member)
            offer = "" if member.offer is None else offer_words(campaign.offers[member.offer])
            write_row((member.external_id, member.email, member.verdict, member.arm, member.reason, offer))

        yield take


@contextmanager
def progress_of_plan(door: Door) -> Iterator[Callable[[int, int], None] | None]:
    """A line on the terminal that counts; nothing where nobody watches."""
    if not door.on_terminal or door.as_json:
        yield None
        return
    from rich.console import Console

    began = time.monotonic()
    with Console(stderr=True).status("deciding the audience") as status:
        yield lambda done, of: status.update(tried_words(done, of, time.monotonic() - began))


def tried_words(done: int, of: int, seconds: float) -> str:
    """`letters tried: 120,000 of 1,000,000 · 4,000 a second · 4 min left`."""
    rate = done / seconds if seconds > 0 else 0.0
    left = f" · {span_words(timedelta(seconds=(of - done) / rate))} left" if rate else ""
    return f"letters tried: {done:,} of {of:,} · {rate:,.0f} a second{left}"
