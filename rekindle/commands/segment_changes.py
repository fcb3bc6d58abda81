"""`rekindle segment diff`: who entered and who left a segment, and by which condition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..model.error import UsageError
from .asked import Asked, asked_of, definition_in, warn_of_stale_statuses, where_option
from .door import Door
from .member_shapes import give_rows

if TYPE_CHECKING:
    from ..line.segment_changes import Change
    from ..segment.asking import Asking
    from ..segment.moved import Mover
    from ..store.engine import Connection

CAME = "came into the store"
COLUMNS = ("change", "id", "external_id", "email", "by")


@click.command("diff", short_help="Who entered and left, and by which condition.")
@click.argument("name", required=False)
@where_option
@click.option("--since", metavar="WHEN", help="Against what it was then: 2026-11-01, 90 days ago, yesterday.")
@click.option("--against", type=click.Path(path_type=Path), metavar="FILE", help="Against a changed definition.")
@click.option("--format", "shape", type=click.Choice(["table", "csv", "json", "ndjson"]), default=None)
@click.pass_obj
def diff(  # noqa: PLR0917 - click hands over one argument an option
    door: Door, name: str | None, where: str | None, since: str | None, against: Path | None, shape: str | None
) -> None:
    """Who entered and who left segment NAME, and the condition that moved each.

    With --since between then and now. With --against who would enter and leave if FILE took the place of the standing
    definition: by what keeps them out of the one that they are not in.
    """
    from ..line.asking import asking as ask
    from ..store.segments import member_count

    if (since is None) == (against is None):
        raise UsageError("name what to compare with: --since WHEN, or --against FILE")
    asked, asking = asked_of(door.workspace, name, where), ask(door.workspace, door.now)
    then = asking if since is None else replace(asking, as_of=_moment(since, asking))
    other = asked.condition if against is None else definition_in(door.workspace, against, asked.name)
    with door.store.reading() as connection:
        warn_of_stale_statuses(door, connection, asking, asked.condition, other)
        before, after = member_count(connection, asked.condition, then), member_count(connection, other, asking)
        changes = list(_changes(connection, asked, other, then, asking))
    shape = shape or ("json" if door.as_json else "table")
    compared = {"since": _shown(then)} if against is None else {"against": str(against)}
    head = {"segment": asked.name or None, **compared, "as_of": _shown(asking), "before": before, "after": after}
    if shape == "json":
        sides = {"entered": True, "left": False}
        by_side = {word: [_document(one) for one in changes if one.entered is side] for word, side in sides.items()}
        door.give_json({**head, **by_side})
        return
    if shape == "table":
        _give_summary(door, head, changes)
    if changes or shape != "table":
        give_rows(door, shape, COLUMNS, map(_row, changes))


def _changes(connection: Connection, asked: Asked, other: Any, then: Asking, now: Asking) -> Iterator[Change]:
    from ..line.segment_changes import Side, changes_in_time, changes_of_definition

    before, after = Side.of(connection, asked.condition, then), Side.of(connection, other, now)
    return (changes_in_time if then is not now else changes_of_definition)(connection, before, after)


def _moment(since: str, asking: Asking) -> datetime:
    from ..model.when import When

    try:
        moment = When.parse(since).moment_at(asking.as_of, asking.zone)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if moment >= asking.as_of:
        raise UsageError(f"--since {since} is not in the past")
    return moment


def _shown(asking: Asking) -> str:
    return asking.as_of.astimezone(asking.zone).isoformat()


def _give_summary(door: Door, head: dict[str, Any], changes: list[Change]) -> None:
    """How many entered and left, then the conditions that moved them, those first that moved most."""
    entered = sum(one.entered for one in changes)
    was = f"{head['before']:,} at {head['since'][:16]}" if "since" in head else f"{head['before']:,} now"
    will = f"{head['after']:,} now" if "since" in head else f"{head['after']:,} by {head['against']}"
    door.give(
        f"{head['segment'] or 'what --where asks'}: {was}, {will}: {entered:,} in, {len(changes) - entered:,} out"
    )
    counted = Counter((one.entered, words) for one in changes for words in _conditions(one))
    for (came, words), count in sorted(counted.items(), key=lambda item: (not item[0][0], -item[1], item[0][1])):
        door.give(f"  {'in ' if came else 'out'} {count:>9,}  {words}")


def _conditions(change: Change) -> list[str]:
    from ..segment.written import written

    return [f"{_mark(mover)} {written(mover.condition)}" for mover in change.by] or [CAME]


def _row(change: Change) -> tuple[Any, ...]:
    by = "; ".join(map(_words, change.by)) or CAME
    contact = change.contact
    return "entered" if change.entered else "left", contact.contact_id, contact.external_id, contact.email, by


def _words(mover: Mover) -> str:
    from ..segment.written import written

    values = " → ".join(filter(None, (mover.before, mover.after)))
    return f"{_mark(mover)} {written(mover.condition)}" + (f" ({values})" if values else "")


def _mark(mover: Mover) -> str:
    return "✓" if mover.holds else "✗"


def _document(change: Change) -> dict[str, Any]:
    from ..segment.written import written

    contact = change.contact
    by = [
        {"condition": written(one.condition), "holds": one.holds, "before": one.before, "after": one.after}
        for one in change.by
    ]
    came = [{"condition": CAME, "holds": True, "before": "", "after": ""}]
    return {"id": contact.contact_id, "external_id": contact.external_id, "email": contact.email, "by": by or came}
