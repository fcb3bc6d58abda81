"""`rekindle status plan`: the targets of rekindle.yml against what is."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ..model.error import ExitCode, InputError, UsageError
from .door import Door
from .named_ladders import say_if_stale

if TYPE_CHECKING:
    from ..line.status_plan import PlanHeld
    from ..model.configuration import Targets
    from ..report.target_periods import TargetPeriod


@click.command("plan", short_help="The plan against actual numbers; exit 7 below it.")
@click.option("--period", "name", metavar="P", help="Which period: 2026-11, 2026-Q4 (default: the current one).")
@click.pass_obj
def plan(door: Door, name: str | None) -> int:
    """How many contacts stand on each planned status, and whether the base grows by its square root.

    Of a period that lasts the numbers are those of now. The exit code is 7 where one is below plan.
    """
    from ..line.status_plan import hold_plan, planned_ladder

    targets = door.workspace.configuration.targets
    if targets is None:
        raise InputError("there are no targets in rekindle.yml; write targets: {2026-11: {status: {active: 120}}}")
    period = _period(door, targets, name)
    planned = targets.numbers.get(period.name, {})
    if not planned and not targets.growth:
        known = ", ".join(sorted(targets.numbers)) or "no period"
        raise InputError(f"nothing is planned for {period.name}; planned in rekindle.yml: {known}")
    with door.store.reading() as connection:
        for ladder in dict.fromkeys(planned_ladder(door.workspace, one).name for one in planned):
            say_if_stale(door, connection, ladder, min(door.now, period.end))
        held = hold_plan(connection, door.workspace, targets, period, door.now)
    if door.as_json:
        door.give_json(_document(door, held))
    else:
        _give(door, held)
    return ExitCode.DONE if held.ok else ExitCode.BELOW_PLAN


def _period(door: Door, targets: Targets, name: str | None) -> TargetPeriod:
    from ..report.target_periods import current_period, named_period

    zone = door.workspace.configuration.timezone
    try:
        if name is None:
            return current_period(targets.period, targets.numbers, door.now, zone)
        period = named_period(name, targets.period, zone)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if period.begin >= door.now:
        raise UsageError(f"{name} has not begun")
    return period


def _local(door: Door, moment: Any) -> str:
    return str(moment.astimezone(door.workspace.configuration.timezone).isoformat())


def _document(door: Door, held: PlanHeld) -> dict[str, Any]:
    period, growth = held.period, held.growth
    return {
        "period": period.name,
        "from": _local(door, period.begin),
        "to": _local(door, period.end),
        "as_of": _local(door, held.as_of),
        "over": held.as_of >= period.end,
        "statuses": [{**asdict(one), "ok": one.ok} for one in held.statuses],
        "growth": {**asdict(growth), "needed": growth.needed, "ok": growth.ok, "planned": held.growth_counts},
        "ok": held.ok,
    }


def _give(door: Door, held: PlanHeld) -> None:
    period, growth = held.period, held.growth
    gone = (
        "over" if held.as_of >= period.end else f"{(held.as_of - period.begin) / (period.end - period.begin):.0%} gone"
    )
    door.give(f"{period.name}: {_local(door, period.begin)[:10]} to {_local(door, period.end)[:10]}, {gone}")
    for one in held.statuses:
        verdict = "✓" if one.ok else f"✗ {one.planned - one.actual:,} below plan"
        numbers = f"{one.actual:>9,} of {one.planned:,}, {one.at_start:,} at the start, {one.entered:,} came"
        door.give(f"{one.ladder:<14}{one.status:<14}{numbers}  {verdict}  {one.label}".rstrip())
    rule = f"a base of {growth.base:,} should gain {growth.needed:,} (its square root)"
    door.give(f"{'base':<28}{growth.gained:>9,} came; {rule}  {'✓' if growth.ok else '✗'}")
