"""The targets of rekindle.yml held against the store: statuses and the growth of the base over a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..model.configuration import Targets
from ..model.error import InputError
from ..model.problem import did_you_mean
from ..model.segment import Ladder
from ..report.against_plan import Growth, PlannedStatus
from ..report.target_periods import TargetPeriod
from ..store.engine import Connection
from ..store.segments import base_count
from ..store.status_flow import flows
from ..workspace.load import Workspace
from .asking import asking


@dataclass(frozen=True, slots=True)
class PlanHeld:
    """A period's plan at a moment: the statuses planned, and the growth (`counts` where the plan asks for it)."""

    period: TargetPeriod
    as_of: datetime
    statuses: tuple[PlannedStatus, ...]
    growth: Growth
    growth_counts: bool

    @property
    def ok(self) -> bool:
        """Whether nothing is below plan."""
        return all(one.ok for one in self.statuses) and (self.growth.ok or not self.growth_counts)


def hold_plan(
    connection: Connection, workspace: Workspace, targets: Targets, period: TargetPeriod, now: datetime
) -> PlanHeld:
    """The numbers at the period's end or, while it lasts, `now`. Raises InputError for a ladder that is not there."""
    at = min(now, period.end)
    planned = targets.numbers.get(period.name, {})
    statuses = [
        one
        for name, numbers in planned.items()
        for one in _ladder(connection, planned_ladder(workspace, name), numbers, period.begin, at)
    ]
    base = base_count(connection, asking(workspace, period.begin))
    growth = Growth(base, base_count(connection, asking(workspace, at)) - base)
    return PlanHeld(period, at, tuple(statuses), growth, bool(targets.growth))


def planned_ladder(workspace: Workspace, name: str) -> Ladder:
    """The ladder that the targets call `name`. Raises InputError."""
    ladder = workspace.catalogue.ladder(name)
    if ladder is None:
        hint = did_you_mean(name, workspace.catalogue.ladder_names) if workspace.ladders else "there are no statuses"
        raise InputError(f"targets in rekindle.yml name the ladder '{name}'; {hint}")
    return ladder


def _ladder(
    connection: Connection, ladder: Ladder, numbers: Mapping[str, int], begin: datetime, end: datetime
) -> list[PlannedStatus]:
    labels = {rung.name: rung.label for rung in ladder.rungs}
    found = flows(connection, ladder.name, begin, end)
    planned = []
    for status, number in numbers.items():
        if status not in labels:
            hint = did_you_mean(status, labels)
            raise InputError(f"targets in rekindle.yml name the status '{status}' of {ladder.name}; {hint}")
        here = [one for one in found if one.after == status]
        at_start = sum(one.count for one in found if one.before == status)
        entered = sum(one.count for one in here if one.before != status)
        actual = sum(one.count for one in here)
        planned.append(PlannedStatus(ladder.name, status, labels[status], number, actual, at_start, entered))
    return planned
