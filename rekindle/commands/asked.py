"""What a `segment` command asks for: a segment of the workspace by name, or a condition tried out with --where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ..model.error import ProblemsError, UsageError
from ..model.problem import Position, Problem, did_you_mean

if TYPE_CHECKING:
    from ..model.segment import Condition
    from ..segment.asking import Asking
    from ..store.engine import Connection
    from ..workspace.load import Workspace
    from .door import Door

WHERE = "--where"


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
    from ..segment.references import segment_references
    from ..workspace.document import read_document

    node, problems = read_document(where, WHERE)
    condition = None
    if node is not None:
        condition, found = read_condition(node, workspace.catalogue)
        problems = [*problems, *found]
    for reference in segment_references(condition) if condition is not None else ():
        problems += [
            Problem(reference.at, f"unknown segment '{name}'", did_you_mean(name, workspace.segments))
            for name in reference.names
            if name not in workspace.segments
        ]
    if condition is None or problems:
        raise ProblemsError(problems or [Problem(Position(WHERE), "there is no condition")])
    return condition


def warn_of_stale_statuses(door: Door, connection: Connection, asking: Asking, *conditions: Condition) -> None:
    """Say so where a condition asks for statuses last refreshed more than a day before as_of (LANGUAGE 2.3)."""
    from ..model.segment import StatusTest
    from ..segment.references import everything_below
    from ..store.statuses import last_refresh

    nodes = (node for one in conditions for node in everything_below(one, asking.segments))
    for ladder in dict.fromkeys(node.ladder for node in nodes if isinstance(node, StatusTest)):
        at = last_refresh(connection, ladder)
        if at is None or at < asking.as_of - timedelta(days=1):
            when = "never" if at is None else f"last at {at.astimezone(asking.zone):%Y-%m-%d %H:%M}"
            door.say(f"warning: the ladder '{ladder}' was refreshed {when}; `rekindle status refresh` makes it fresh")
