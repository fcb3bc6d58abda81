"""Caps beside schedules: a warning about one that is as long as the time from one letter to the next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from ..model.campaign import Cap, Schedule
from ..model.duration import EXACT_UNITS, Duration, DurationUnit
from ..model.problem import Problem
from ..plan.schedule import next_occasion
from .files import CAMPAIGNS, CONFIGURATION
from .places import place_of

if TYPE_CHECKING:
    from .load import Workspace

# a year's start; in spring and autumn a week is an hour longer or shorter by the clock, so several are looked at
_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)
_LOOKS = 6


def cap_problems(workspace: Workspace) -> Iterator[Problem]:
    """Warnings about campaigns whose every letter would be kept back by the one before it.

    A letter leaves a moment after its schedule's, so a week later it is not yet a week old.
    """
    for name, campaign in workspace.campaigns.items():
        cap, usual = campaign.cap, workspace.configuration.cap  # the campaign's is rekindle.yml's where it has none
        if cap is None or campaign.schedule is None:
            continue
        if cap.letters == 1 and _meets(cap, campaign.schedule, workspace.configuration.timezone):
            file = f"{CAMPAIGNS}{name}.yml"
            at = place_of(workspace.files, CONFIGURATION if cap == usual else file, "limits", "per_contact", "within")
            message = f"the letter before keeps each of '{name}' back: it is a moment less than {cap.within} old then"
            yield Problem(at, message, f"write within: {_shorter(cap.within)}", warning=True)


def _meets(cap: Cap, schedule: Schedule, zone: tzinfo) -> bool:
    """Whether an occasion comes just as long after another as the cap is."""
    earlier = next_occasion(schedule.cron, zone, _SOME_DAY)
    for _ in range(_LOOKS):
        later = next_occasion(schedule.cron, zone, earlier.moment) if earlier else None
        if earlier is None or later is None:
            return False
        if cap.within.before(later.moment, zone) == earlier.moment:
            return True
        earlier = later
    return False


def _shorter(within: Duration) -> Duration:
    """A duration of less than that, in whole days or hours."""
    exact = EXACT_UNITS.get(within.unit)
    if exact is None:
        return Duration(within.count * (365 if within.unit is DurationUnit.YEAR else 28) - 1, DurationUnit.DAY)
    hours = int(within.count * exact.total_seconds() // 3600)
    return Duration(hours // 24 - 1, DurationUnit.DAY) if hours > 24 else Duration(max(hours - 1, 0), DurationUnit.HOUR)
