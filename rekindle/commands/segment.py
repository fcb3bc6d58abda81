"""`rekindle segment`: who is in a segment, how many, why, and by which SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..model.error import InputError, UsageError
from .asked import Asked, asked_of, warn_of_stale_statuses, where_option
from .door import Door
from .row_format import row_format
from .segment_changes import diff
from .segment_sets import crosstab, overlap
from .segment_tests import test
from .truth_tree import tree_lines, tree_of

if TYPE_CHECKING:
    from ..segment.asking import Asking
    from ..segment.judgement import Judgement


@click.group("segment")
def command() -> None:
    """Members, counts, explanations and SQL of segments."""


for _verb in (diff, overlap, crosstab, test):
    command.add_command(_verb)


def _asking(door: Door) -> Asking:
    from ..line.asking import asking

    return asking(door.workspace, door.now)


@command.command("list")
@row_format
@click.pass_obj
def list_(door: Door) -> None:
    """Every segment of the workspace with its description."""
    segments = sorted(door.workspace.segments.values(), key=lambda segment: segment.name)
    if door.as_json:
        door.give_json(
            [{"segment": one.name, "description": one.description, "tests": len(one.tests)} for one in segments]
        )
        return
    width = max((len(segment.name) for segment in segments), default=0)
    for segment in segments:
        door.give(f"{segment.name:<{width}}  {segment.description}".rstrip())


@command.command()
@click.argument("name", required=False)
@where_option
@click.option("--format", "shape", type=click.Choice(["table", "csv", "json", "ndjson", "emails"]), default=None)
@click.option("--columns", metavar="A,B", help="Fields to show (default: id,external_id,email).")
@click.option("--sort", metavar="FIELD", default="id", help="Order by a field; -FIELD for the largest first.")
@click.pass_obj
def members(  # noqa: PLR0917 - click hands over one argument an option
    door: Door, name: str | None, where: str | None, shape: str | None, columns: str | None, sort: str
) -> None:
    """Who is in segment NAME."""
    from ..store.member_rows import DEFAULT_COLUMNS, member_rows
    from .member_shapes import give_rows

    asked, asking = asked_of(door.workspace, name, where), _asking(door)
    shape = shape or ("json" if door.as_json else "table")
    names = tuple(part.strip() for part in columns.split(",")) if columns else DEFAULT_COLUMNS
    if shape == "emails":
        if columns:
            raise UsageError("--format emails shows addresses only: leave out --columns")
        names = ("email",)
    with door.store.reading() as connection:
        warn_of_stale_statuses(door, connection, asking, asked.condition)
        give_rows(door, shape, names, member_rows(connection, asked.condition, asking, names, sort))


@command.command()
@click.argument("name", required=False)
@where_option
@row_format
@click.pass_obj
def count(door: Door, name: str | None, where: str | None) -> None:
    """How many are in segment NAME; without a name, in every segment."""
    from ..store.segments import base_count, counts

    workspace, asking = door.workspace, _asking(door)
    if name or where is not None:
        asked = [asked_of(workspace, name, where)]
    else:
        asked = [Asked(one, workspace.segments[one].where) for one in sorted(workspace.segments)]
    with door.store.reading() as connection:
        warn_of_stale_statuses(door, connection, asking, *(one.condition for one in asked))
        found = counts(connection, {one.name: one.condition for one in asked}, asking)
        of = base_count(connection, asking)
    moment = asking.as_of.astimezone(asking.zone).isoformat()
    rows = [{"segment": one.name or None, "as_of": moment, "count": found[one.name], "of": of} for one in asked]
    if door.as_json:
        door.give_json(rows if not (name or where is not None) else rows[0])
        return
    width = max((len(one.name) for one in asked), default=0)
    for one in asked:
        share = f"  {100 * found[one.name] / of:5.1f} %" if of else ""
        door.give(f"{one.name:<{width}}  {found[one.name]:>9,} of {of:,}{share}".strip())


@command.command(short_help="Why a contact is in a segment, or is not.")
@click.argument("name_and_contact", nargs=-1, metavar="[NAME] EMAIL")
@where_option
@click.pass_obj
def explain(door: Door, name_and_contact: tuple[str, ...], where: str | None) -> None:
    """Why a contact (an address, an external id or #ID) is in segment NAME, or is not: every part with its value."""
    name, person = _name_and_contact(name_and_contact, where)
    asked, asking = asked_of(door.workspace, name, where), _asking(door)
    judgement, exists = _judged(door, asked, asking, person)
    member = exists and judgement.holds
    if door.as_json:
        document = {"segment": asked.name or None, "contact": person, "exists": exists, "member": member}
        door.give_json({**document, "tree": tree_of(judgement)})
        return
    moment = f"{asking.as_of.astimezone(asking.zone):%Y-%m-%d %H:%M}"
    if not exists:
        door.give(f"{person} does not exist yet at {moment}")
    door.give(f"{person} is {'in' if member else 'not in'} {asked.name or 'what --where asks'}, as of {moment}")
    door.give("\n".join(tree_lines(judgement)))


def _name_and_contact(given: tuple[str, ...], where: str | None) -> tuple[str | None, str]:
    wanted = 1 if where is not None else 2
    if len(given) != wanted:
        raise UsageError("write: rekindle segment explain NAME EMAIL, or explain EMAIL --where 'YAML'")
    return (None, given[0]) if wanted == 1 else (given[0], given[1])


def _judged(door: Door, asked: Asked, asking: Asking, person: str) -> tuple[Judgement, bool]:
    from ..segment.evaluate import judge
    from ..store.contacts import find_contact
    from ..store.facts import load_facts, load_population, with_figures

    with door.store.reading() as connection:
        contact = find_contact(connection, person)
        if contact is None:
            raise InputError(f"there is no contact '{person}'; give an address, an external id or #ID")
        warn_of_stale_statuses(door, connection, asking, asked.condition)
        asking = with_figures(connection, asking, [asked.condition])
        facts = load_facts(connection, [contact.contact_id], asking)[contact.contact_id]
        population = load_population(connection, asked.condition, asking)
    return judge(asked.condition, facts, asking, population), contact.created_at <= asking.as_of


@command.command()
@click.argument("name", required=False)
@where_option
@click.pass_obj
def sql(door: Door, name: str | None, where: str | None) -> None:
    """The one statement that names the members, with its values."""
    from ..store.segments import shown_statement
    from ..store.where_alive import with_lifetimes

    asked, asking = asked_of(door.workspace, name, where), _asking(door)
    with door.store.reading() as connection:
        asking = with_lifetimes(connection, asking, [asked.condition])
    statement, values = shown_statement(asked.condition, asking, door.store.engine.dialect)
    if door.as_json:
        door.give_json({"segment": asked.name or None, "sql": statement, "values": values})
        return
    door.give(statement + ";")
    for key, value in values.items():
        door.give(f"-- {key} = {value!r}")


@command.command()
@click.argument("name", required=False)
@where_option
@click.option("--language", type=click.Choice(["en", "ru"]), help="Default: by the workspace's locale.")
@click.pass_obj
def phrase(door: Door, name: str | None, where: str | None, language: str | None) -> None:
    """The segment in one sentence."""
    from ..segment.phrase import phrase as say

    asked = asked_of(door.workspace, name, where)
    language = language or ("ru" if door.workspace.configuration.locale.startswith("ru") else "en")
    sentence = say(asked.condition, language, door.workspace.ladders)
    if door.as_json:
        door.give_json({"segment": asked.name or None, "phrase": sentence})
    else:
        door.give(sentence)
