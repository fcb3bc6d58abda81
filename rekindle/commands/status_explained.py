"""`rekindle status explain`: why a contact stands where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..model.error import InputError
from .door import Door
from .named_ladders import ladder_option, named_ladder, say_if_stale
from .truth_tree import tree_lines, tree_of

if TYPE_CHECKING:
    from ..line.explained_status import ExplainedStatus


@click.command("explain", short_help="Why a contact stands where it stands.")
@click.argument("person", metavar="EMAIL")
@ladder_option
@click.pass_obj
def explain(door: Door, person: str, ladder: str) -> None:
    """What the history says of the contact EMAIL (an address, an external id or #ID), and each rule down to the first
    that holds now, every part with its value.
    """
    from ..line.asking import asking
    from ..line.explained_status import explain_status
    from ..store.contacts import find_contact

    chosen = named_ladder(door, ladder)
    with door.store.reading() as connection:
        contact = find_contact(connection, person)
        if contact is None:
            raise InputError(f"there is no contact '{person}'; give an address, an external id or #ID")
        say_if_stale(door, connection, chosen.name, door.now)
        found = explain_status(connection, chosen, contact.contact_id, asking(door.workspace, door.now))
    if door.as_json:
        door.give_json(_document(door, person, chosen.name, found))
        return
    door.give(f"{person}: {_history(door, found)}")
    for rung in found.rungs:
        door.give(f"{'✓' if rung.holds else '✗'} {rung.name}" + (f" ({rung.label})" if rung.label else ""))
        door.give("\n".join(tree_lines(rung.judgement, "  ")) if rung.judgement else "  otherwise")


def _history(door: Door, found: ExplainedStatus) -> str:
    standing, rule = found.standing, found.by_rule or "on no status"
    if standing is None:
        return f"the history knows no status; by rule {rule} now"
    zone = door.workspace.configuration.timezone
    since = f"{standing.since.astimezone(zone):%Y-%m-%d %H:%M}"
    words = f"{standing.status or 'on no status'} since {since}"
    if standing.pinned:
        until = standing.pinned_until
        words += ", pinned" + (f" until {until.astimezone(zone):%Y-%m-%d %H:%M}" if until else "")
    return words + ("" if found.by_rule == standing.status else f"; by rule {rule} now")


def _document(door: Door, person: str, ladder: str, found: ExplainedStatus) -> dict[str, Any]:
    standing, zone = found.standing, door.workspace.configuration.timezone
    until = standing.pinned_until if standing else None
    return {
        "contact": person,
        "ladder": ladder,
        "status": standing.status if standing else None,
        "since": standing.since.astimezone(zone).isoformat() if standing else None,
        "pinned": standing is not None and standing.pinned,
        "until": until.astimezone(zone).isoformat() if until else None,
        "by_rule": found.by_rule,
        "rungs": [
            {"status": rung.name, "label": rung.label, "holds": rung.holds,
             "tree": tree_of(rung.judgement) if rung.judgement else None}
            for rung in found.rungs
        ],
    }  # fmt: skip
