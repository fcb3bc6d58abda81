"""`rekindle status flow`: who moved from which status to which between two moments."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ..model.error import UsageError
from .door import Door
from .member_shapes import give_rows
from .named_ladders import ladder_option, named_ladder, say_if_stale

if TYPE_CHECKING:
    from ..model.segment import Ladder
    from ..store.engine import Connection
    from ..store.status_flow import Flow, Moved

NEW, NONE = "(new)", "(none)"
"""Not in the store at the first moment; on no status."""
COLUMNS = ("id", "external_id", "email", "from", "to", "since")


@click.command("flow", short_help="Who moved from where to where.")
@click.option("--since", default="30 days ago", show_default=True, metavar="WHEN", help="The first moment.")
@click.option("--until", default=None, metavar="WHEN", help="The second moment (default: now).")
@ladder_option
@click.option("--who", is_flag=True, help="Every contact that moved, not only how many.")
@click.option("--format", "shape", type=click.Choice(["table", "csv", "json", "ndjson"]), default=None)
@click.pass_obj
def flow(  # noqa: PLR0917 - click hands over one argument an option
    door: Door, since: str, until: str | None, ladder: str, who: bool, shape: str | None
) -> None:
    """How many contacts moved from each status to each other between two moments, and how many stayed."""
    from ..store.status_flow import flows, moved_contacts

    chosen = named_ladder(door, ladder)
    begin, end = _moment(door, since), door.now if until is None else _moment(door, until)
    if not begin < end <= door.now:
        raise UsageError("--since must lie before --until, and neither in the future")
    shape = shape or ("json" if door.as_json else "table")
    with door.store.reading() as connection:
        _warn(door, connection, chosen, begin, end)
        found = _in_order(chosen, flows(connection, chosen.name, begin, end))
        if shape == "json":
            moved = (
                [_contact(door, one) for one in moved_contacts(connection, chosen.name, begin, end)] if who else None
            )
            door.give_json(_document(door, chosen, begin, end, found) | ({} if moved is None else {"contacts": moved}))
        elif who:
            contacts = (_row(door, one) for one in moved_contacts(connection, chosen.name, begin, end))
            give_rows(door, shape, COLUMNS, contacts)
        else:
            counts = ((_named(one.before), _named(one.after), one.count) for one in found)
            give_rows(door, shape, ("from", "to", "contacts"), counts)


def _moment(door: Door, text: str) -> datetime:
    from ..model.when import When

    try:
        return When.parse(text).moment_at(door.now, door.workspace.configuration.timezone)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _warn(door: Door, connection: Connection, ladder: Ladder, begin: datetime, end: datetime) -> None:
    """Say so where the history is stale, or knows nothing of the first moment."""
    from ..store.status_flow import history_begins

    say_if_stale(door, connection, ladder.name, end)
    first = history_begins(connection, ladder.name)
    if first is not None and first > begin:
        day = first.astimezone(door.workspace.configuration.timezone).date()
        hint = f"`rekindle status refresh --from {_shown(door, begin)[:10]}` fills it backwards"
        door.say(f"warning: the history of '{ladder.name}' begins on {day}; {hint}")


def _in_order(ladder: Ladder, found: list[Flow]) -> list[Flow]:
    """Moves by where from and where to, in the ladder's own order; those who came and those without a status last."""
    order = {name: place for place, name in enumerate(ladder.names)}
    last = len(order)

    def place(status: str | None) -> tuple[int, str]:
        return order.get(status or "", last + (status is None)), status or ""

    return sorted(found, key=lambda one: (place(one.before), place(one.after)))


def _named(status: str | None) -> str:
    return NEW if status is None else status or NONE


def _shown(door: Door, moment: datetime) -> str:
    return moment.astimezone(door.workspace.configuration.timezone).isoformat()


def _document(door: Door, ladder: Ladder, begin: datetime, end: datetime, found: list[Flow]) -> dict[str, Any]:
    moves = [{"from": one.before, "to": one.after, "count": one.count} for one in found]
    return {"ladder": ladder.name, "since": _shown(door, begin), "until": _shown(door, end), "moves": moves}


def _row(door: Door, one: Moved) -> tuple[Any, ...]:
    since = None if one.since is None else one.since.astimezone(door.workspace.configuration.timezone)
    return one.contact_id, one.external_id, one.email, _named(one.before), _named(one.after), since


def _contact(door: Door, one: Moved) -> dict[str, Any]:
    since = None if one.since is None else _shown(door, one.since)
    return {"id": one.contact_id, "external_id": one.external_id, "email": one.email, "from": one.before,
            "to": one.after, "since": since}  # fmt: skip
