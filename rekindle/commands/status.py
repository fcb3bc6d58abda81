"""`rekindle status`: the ladders where each contact stands: recompute, numbers and dwell, pins by hand, flow, plan."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ..model.error import InputError, UsageError
from ..model.problem import did_you_mean
from .door import Door, parse_moment
from .named_ladders import ladders_of, named_ladder, say_if_stale
from .row_format import row_format
from .status_explained import explain
from .status_flow import flow
from .status_plan import plan

if TYPE_CHECKING:
    from ..model.segment import Ladder

DAY = timedelta(days=1)


@click.group("status")
def command() -> None:
    """The ladder where each contact stands."""


for _verb in (explain, flow, plan):
    command.add_command(_verb)


@command.command()
@click.option("--from", "from_text", metavar="DATE", help="Fill the history from this day on.")
@click.option("--every", metavar="DURATION", help="How far apart, with --from (default: 1d).")
@click.pass_obj
def refresh(door: Door, from_text: str | None, every: str | None) -> None:
    """Compute every ladder and write what changed to the history."""
    from ..line.refresh import refresh as refresh_all

    if every and not from_text:
        raise UsageError("--every needs --from DATE")
    changed: Counter[str] = Counter()
    for moment in _moments(door, from_text, every or "1d"):
        changed.update(refresh_all(door.store, door.workspace, moment, recorded_at=door.now))
    ladders = [_ladder.name for _ladder in ladders_of(door)]
    if door.as_json:
        door.give_json([{"ladder": name, "changed": changed[name]} for name in ladders])
        return
    for name in ladders:
        door.give(f"{name}: {changed[name]:,} changed")


def _moments(door: Door, from_text: str | None, every: str) -> list[datetime]:
    """The moments to refresh for: from the day given in steps, and now."""
    from ..model.duration import Duration

    if from_text is None:
        return [door.now]
    zone = door.workspace.configuration.timezone
    moment = parse_moment(from_text, zone)
    try:
        step = Duration.parse(every)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if step.count == 0:
        raise UsageError("--every must be longer than nothing")
    moments = []
    while moment < door.now:
        moments.append(moment)
        moment = step.after(moment, zone)
    return [*moments, door.now]


@command.command("list", short_help="How many contacts stand on each status.")
@row_format
@click.pass_obj
def list_(door: Door) -> None:
    """How many contacts stand on each status, and how long they have stood there."""
    from ..store.statuses import status_numbers

    rows: list[dict[str, Any]] = []
    with door.store.reading() as connection:
        for ladder in ladders_of(door):
            say_if_stale(door, connection, ladder.name, door.now)
            rows += _numbers(ladder, status_numbers(connection, ladder.name, door.now), door.now)
    if door.as_json:
        door.give_json(rows)
        return
    for row in rows:
        dwell = "" if row["median_days"] is None else f"{row['median_days']} days, longest {row['longest_days']}"
        door.give(f"{row['ladder']:<14}{row['status']:<14}{row['count']:>9,}  {dwell:<26}  {row['label']}".rstrip())


def _numbers(ladder: Ladder, found: dict[str, Counter[datetime]], as_of: datetime) -> list[dict[str, Any]]:
    """One row a rung in file order, then statuses that the file no longer has."""
    labels = {rung.name: rung.label for rung in ladder.rungs}
    labels |= {name: "" for name in sorted(found) if name not in labels}
    return [
        {"ladder": ladder.name, "status": name, "label": label, "count": sum(found.get(name, Counter()).values()),
         "median_days": _median_days(found.get(name, Counter()), as_of),
         "longest_days": _longest_days(found.get(name, Counter()), as_of)}
        for name, label in labels.items()
    ]  # fmt: skip


def _median_days(since: Counter[datetime], as_of: datetime) -> int | None:
    """The whole days that the middle contact (the shorter of two) has stood there."""
    middle = (sum(since.values()) + 1) // 2
    for moment in sorted(since, reverse=True):
        middle -= since[moment]
        if middle <= 0:
            return (as_of - moment) // DAY
    return None


def _longest_days(since: Counter[datetime], as_of: datetime) -> int | None:
    return (as_of - min(since)) // DAY if since else None


@command.command("set", short_help="Pin a contact to a status by hand.")
@click.argument("person", metavar="EMAIL")
@click.argument("status")
@click.option("--until", "until_text", metavar="DATE", help="When the pin ends (default: never).")
@click.option("--ladder", metavar="NAME", default="status", help="Which ladder (default: the first).")
@click.pass_obj
def set_(door: Door, person: str, status: str, until_text: str | None, ladder: str) -> None:
    """Pin the contact EMAIL (an address, an external id or #ID) to STATUS by hand."""
    from ..store.contacts import find_contact
    from ..store.pins import pin_status

    chosen = named_ladder(door, ladder)
    if status not in chosen.names:
        raise UsageError(f"there is no status '{status}'; {did_you_mean(status, chosen.names)}")
    until = parse_moment(until_text, door.workspace.configuration.timezone) if until_text else None
    if until is not None and until <= door.now:
        raise UsageError(f"--until {until_text} has passed already")
    with door.store.writing() as connection:
        contact = find_contact(connection, person)
        if contact is None:
            raise InputError(f"there is no contact '{person}'; give an address, an external id or #ID")
        pin_status(connection, [contact.contact_id], chosen.name, status, since=door.now, until=until)
    if door.as_json:
        shown = None if until is None else until.isoformat()
        door.give_json({"contact": person, "ladder": chosen.name, "status": status, "until": shown})
    else:
        door.give(f"{person} is {status}" + (f" until {until_text}" if until_text else ""))
