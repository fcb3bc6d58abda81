"""`rekindle simulate`: what cron will do, day by day; nobody is mailed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ..model.error import ExitCode, UsageError
from .door import Door

if TYPE_CHECKING:
    from ..line.simulate import Foreseen


@click.command("simulate")
@click.argument("campaign", required=False)
@click.option("--all", "everything", is_flag=True, help="Every campaign.")
@click.option("--months", type=click.IntRange(1, 24), default=3, show_default=True, help="How far to look ahead.")
@click.pass_obj
def command(door: Door, campaign: str | None, *, everything: bool, months: int) -> int:
    """Say what `run` will do in the coming months, day by day, if nobody buys or leaves meanwhile; nobody is mailed."""
    from ..line.campaign_named import campaign_named
    from ..line.simulate import simulate

    if (campaign is None) != everything:
        raise UsageError("name a campaign, or say --all")
    workspace = door.workspace
    if campaign is not None and campaign_named(workspace, campaign).schedule is None:
        door.say(f"{campaign} has no schedule: `run` begins none of its mailings")
    # the others are tried too: caps and priorities make them meet
    found = simulate(door.store, workspace, door.now, months)
    days = [one for one in found.foreseen if campaign in (None, one.campaign)]
    if door.as_json:
        door.give_json({
            "from": found.start.isoformat(), "to": found.end.isoformat(), "days": [_row(one) for one in days],
            "problems": [str(problem) for fault in found.faults for problem in fault.problems],
        })  # fmt: skip
    else:
        for line in lines(days):
            door.give(line)
        letters = sum(one.letters for one in days)
        door.say(f"until {door.local(found.end)}: {letters:,} letters, if nobody reacts to any")
    for fault in found.faults:
        door.say(str(fault))
    return ExitCode.PROBLEMS if found.faults else ExitCode.DONE


def lines(days: list[Foreseen]) -> Iterator[str]:
    """A line for each day and mailing."""
    for one in days:
        step = f" step {one.step}" if one.step > 1 else ""
        parts = [f"{one.letters:,} letters"]
        parts += [f"{count:,} {name.replace('_', ' ')}" for name, count in one.audience.items() if name != "chosen"]
        held = f" (held: {one.held})" if one.held else ""
        yield f"{one.day} {one.campaign} {one.period}{step}: {', '.join(parts)}{held}"


def _row(one: Foreseen) -> dict[str, Any]:
    return {
        "day": one.day.isoformat(),
        "campaign": one.campaign,
        "period": one.period,
        "step": one.step,
        "letters": one.letters,
        "made": one.made,
        "held": one.held,
        "audience": one.audience,
    }
