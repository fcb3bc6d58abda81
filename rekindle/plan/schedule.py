"""Schedules: which periods of a campaign are due at a moment, and which were missed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from cronsim import CronSim

from ..model.campaign import Schedule
from .period import covers, period_format

LOOK_BACK = 1000
"""At most so many moments of one expression are looked at: a minute's expression after a long pause has more."""
LOOK_BACK_YEARS = 50

# in autumn an hour repeats: whoever walks back by the wall clock must start after the repetition to see all of it
_FOLD = timedelta(hours=3)


@dataclass(frozen=True, slots=True, order=True)
class Occasion:
    """One cron moment (UTC) and the period that it names."""

    moment: datetime
    period: str


@dataclass(frozen=True, slots=True)
class Due:
    """What a schedule asks for at a moment: the period to make, and periods that passed unmade, oldest first."""

    due: Occasion | None = None
    missed: tuple[Occasion, ...] = ()


def latest_occasions(cron: str, zone: tzinfo, now: datetime) -> Iterator[Occasion]:
    """The expression's moments up to and including `now`, newest first; each period once. Raises CronSimError.

    The clock is `zone`'s: a moment in spring's gap comes right after it, one in autumn's repeated hour comes once.
    """
    form = period_format(cron)
    seen: set[str] = set()
    for count, local in enumerate(CronSim(cron, (now + _FOLD).astimezone(zone), reverse=True)):
        occasion = Occasion(local.astimezone(UTC), local.strftime(form))
        if occasion.moment > now or occasion.period in seen:
            continue
        seen.add(occasion.period)
        yield occasion
        if count > LOOK_BACK or local.year < now.year - LOOK_BACK_YEARS:
            return


def next_occasion(cron: str, zone: tzinfo, now: datetime) -> Occasion | None:
    """The expression's first moment after `now`; None where it never comes. Raises CronSimError."""
    local = next(CronSim(cron, now.astimezone(zone)), None)
    return None if local is None else Occasion(local.astimezone(UTC), local.strftime(period_format(cron)))


def due_occasions(schedule: Schedule, zone: tzinfo, now: datetime, seen: datetime | None, made: Collection[str]) -> Due:
    """What is due at `now`, where `seen` is the moment up to which the schedule was looked at before (None: never).

    The latest moment is due while it is at most `max_lateness` old; without one, until the next comes. An earlier one
    never is: its audience would be that of now, and the same people would get several letters in one run. A moment that
    passed so, is not covered by a period in `made` and lies after `seen` was missed; where nobody looked before, only
    the latest can have been.
    """
    due: Occasion | None = None
    missed: list[Occasion] = []
    for rank, occasion in enumerate(latest_occasions(schedule.cron, zone, now)):
        if rank > 0 and (seen is None or occasion.moment <= seen):
            break
        if any(covers(period, occasion.period) for period in made):
            continue
        if rank == 0 and is_in_time(schedule, zone, occasion, now):
            due = occasion
        elif seen is None or occasion.moment > seen:
            missed.append(occasion)
    return Due(due, tuple(reversed(missed)))


def is_in_time(schedule: Schedule, zone: tzinfo, latest: Occasion, now: datetime) -> bool:
    """Whether a run at `now` still makes the `latest` occasion, by the schedule's `max_lateness`."""
    return schedule.max_lateness is None or now <= schedule.max_lateness.after(latest.moment, zone)
