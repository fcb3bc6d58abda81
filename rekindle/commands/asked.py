"""What a `segment` command asks for: a segment of the workspace by name, or a condition tried out with --where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ..model.error import InputError, ProblemsError, UsageError
from ..model.problem import Position, Problem, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from ..model.segment import Condition
    from ..segment.asking import Asking
    from ..store.engine import Connection
    from ..workspace.load import Workspace
    from .door import Door

WHERE = "--where"
where_option = click.option("--where", metavar="YAML", help="A condition in place of NAME, for trying out.")


@dataclass(frozen=True)
class Asked:
    """A condition and, unless it was tried out, the name of its segment."""

    name: str
    condition: Condition


def asked_of(workspace: Workspace, name: str | None, where: str | None) -> Asked:
    """The segment NAME, or the condition that `where` writes. Raises UsageError or ProblemsError."""
    if where is not None:
        if name:
            raise UsageError(f"--where stands in place of NAME: leave out '{name}' or --where")
        return Asked("", tried_out(workspace, where))
    if not name:
        raise UsageError("name a segment, or try a condition out: --where 'channel: vk'")
    segment = workspace.segments.get(name)
    if segment is None:
        hint = did_you_mean(name, workspace.segments)
        raise UsageError(f"there is no segment '{name}' in segments/" + (f"; {hint}" if hint else ""))
    return Asked(name, segment.where)


def tried_out(workspace: Workspace, where: str) -> Condition:
    """The condition that a YAML text writes. Raises ProblemsError."""
    from ..segment.grammar import read_condition
    from ..workspace.document import read_document

    node, problems = read_document(where, WHERE)
    condition = None
    if node is not None:
        condition, found = read_condition(node, workspace.catalogue)
        problems = [*problems, *found]
    if condition is None or problems:
        raise ProblemsError(problems or [Problem(Position(WHERE), "there is no condition")])
    return _checked(workspace, condition)


def definition_in(workspace: Workspace, path: Path, name: str) -> Condition:
    """The condition of a segment written in the file `path`, which would stand for the segment `name` (empty: none).

    Raises InputError for a file that cannot be read, ProblemsError for what is wrong inside.
    """
    from ..segment.grammar import read_segment
    from ..workspace.document import read_document

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    node, problems = read_document(text, str(path))
    segment = None
    if node is not None:
        segment, found = read_segment(name, node, workspace.catalogue)
        problems = [*problems, *found]
    if segment is None or problems:
        raise ProblemsError(problems or [Problem(Position(str(path)), "there is no segment in it")])
    return _checked(workspace, segment.where, name)


def _checked(workspace: Workspace, condition: Condition, name: str = "") -> Condition:
    """The condition, all of whose segments are there and none of which leads back to `name`. Raises ProblemsError."""
    from ..segment.references import segment_references
    from ..workspace.segments import reach

    problems = [
        Problem(at, f"unknown segment '{one}'", did_you_mean(one, workspace.segments))
        if one not in workspace.segments
        else Problem(at, f"the segment asks for itself through '{one}'")
        for reference in segment_references(condition)
        for one, at in reference.named
        if one not in workspace.segments or name in reach([one], workspace.segments)
    ]
    if problems:
        raise ProblemsError(problems)
    return condition


def warn_of_stale_statuses(door: Door, connection: Connection, asking: Asking, *conditions: Condition) -> None:
    """Say so where a condition asks for statuses last refreshed more than a day before as_of (LANGUAGE 2.3)."""
    from ..model.segment import StatusTest
    from ..segment.references import everything_below
    from .named_ladders import say_if_stale

    nodes = (node for one in conditions for node in everything_below(one, asking.segments))
    for ladder in dict.fromkeys(node.ladder for node in nodes if isinstance(node, StatusTest)):
        say_if_stale(door, connection, ladder, asking.as_of)
