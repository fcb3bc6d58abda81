"""`rekindle suppress`: addresses and domains that are never mailed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from .csv_lines import csv_line
from .door import Door
from .import_ import command as imports

if TYPE_CHECKING:
    from ..model.suppression import Suppression

COLUMNS = ("kind", "key", "topic", "reason", "since", "note")


@click.group()
def command() -> None:
    """Addresses and domains that are never mailed."""


@command.command()
@click.argument("targets", metavar="ADDRESS|DOMAIN...", nargs=-1, required=True)
@click.option("--topic", default="", help="Only letters of this topic (default: every letter).")
@click.option("--note", default="", help="Why, in your own words.")
@click.pass_obj
def add(door: Door, targets: tuple[str, ...], topic: str, note: str) -> None:
    """Suppress addresses or whole domains, from now on."""
    from ..model.suppression import Suppression, SuppressionReason
    from ..store.suppressions import suppress_all

    _known_topic(door, topic)
    since = door.now
    wanted = [
        Suppression(kind, key, SuppressionReason.MANUAL, since, topic, note) for kind, key in _read_targets(targets)
    ]
    with door.store.writing() as connection:
        added = suppress_all(connection, wanted)
    _tell(
        door, {"added": added, "standing": len(wanted) - added}, f"{added} added, {len(wanted) - added} stood already"
    )


@command.command()
@click.argument("targets", metavar="ADDRESS|DOMAIN...", nargs=-1, required=True)
@click.option("--topic", help="Only what was suppressed for this topic (default: all of it).")
@click.pass_obj
def lift(door: Door, targets: tuple[str, ...], topic: str | None) -> None:
    """Let addresses or domains be mailed again; consent is still needed."""
    from ..store.suppressions import lift as lift_one

    pairs, at = _read_targets(targets), door.now
    with door.store.writing() as connection:
        lifted = [lift_one(connection, kind, key, at, topic=topic) for kind, key in pairs]
    for (_, key), rows in zip(pairs, lifted, strict=True):
        if not rows:
            door.say(f"{key}: nothing stood")
    _tell(door, {"lifted": sum(lifted)}, f"{sum(lifted)} lifted")


@command.command(name="list")
@click.argument("target", metavar="[ADDRESS|DOMAIN]", required=False)
@click.option("--format", "shape", type=click.Choice(["table", "csv", "json", "ndjson"]), default="table")
@click.pass_obj
def list_(door: Door, target: str | None, shape: str) -> None:
    """What stands now: all of it, or of one address or domain."""
    from ..store.suppressions import standing_suppressions

    key = _read_targets([target])[0][1] if target else None
    as_of = door.now
    with door.store.reading() as connection:
        rows = [_row(one) for one in standing_suppressions(connection, as_of, key)]
    if shape == "ndjson":
        for row in rows:
            door.give(json.dumps(row, ensure_ascii=False))
    elif door.as_json or shape == "json":
        door.give_json(rows)
    elif shape == "csv":
        door.give(_csv(rows))
    else:
        _table(door, rows)


# the same reader, the same counts: a second name for `rekindle import suppressions`
command.add_command(imports.commands["suppressions"], "import")


def _read_targets(texts: Any) -> list[tuple[Any, str]]:
    """Each text as (kind, key), or all that are neither in one UsageError."""
    from ..model.error import UsageError
    from ..model.suppression import suppression_target

    read = [(text, suppression_target(text)) for text in texts]
    wrong = [text for text, target in read if target is None]
    if wrong:
        raise UsageError(f"neither an address nor a domain: {', '.join(wrong)}; write anna@example.com or example.com")
    return list(dict.fromkeys(target for _, target in read if target is not None))


def _known_topic(door: Door, topic: str) -> None:
    from ..model.error import UsageError
    from ..model.problem import did_you_mean

    topics = door.workspace.configuration.topics
    if topic and topic not in topics:
        raise UsageError(f"rekindle.yml has no topic '{topic}'; {did_you_mean(topic, topics)}".rstrip("; "))


def _row(one: Suppression) -> dict[str, str]:
    since = one.since.isoformat().replace("+00:00", "Z")
    return dict(zip(COLUMNS, (one.kind.value, one.key, one.topic, one.reason.value, since, one.note), strict=True))


def _csv(rows: list[dict[str, str]]) -> str:
    return "\n".join(csv_line(cells) for cells in (COLUMNS, *(row.values() for row in rows)))


def _table(door: Door, rows: list[dict[str, str]]) -> None:
    if not rows:
        door.say("nothing is suppressed")
        return
    shown = [dict(zip(COLUMNS, COLUMNS, strict=True)), *rows]
    widths = {name: max(len(row[name]) for row in shown) for name in COLUMNS}
    for row in shown:
        door.give("  ".join(row[name].ljust(widths[name]) for name in COLUMNS).rstrip())


def _tell(door: Door, document: dict[str, int], words: str) -> None:
    if door.as_json:
        door.give_json(document)
    else:
        door.say(words)
