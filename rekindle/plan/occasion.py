"""Which occasion of a campaign is meant when nobody says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from ..model.campaign import Campaign
from ..model.error import UsageError
from .period import is_period, unscheduled_period
from .schedule import Occasion, is_in_time, latest_occasions, next_occasion


@dataclass(frozen=True, slots=True)
class OnSchedule:
    """A period on its campaign's schedule: `due` its cron moment (None: it is not the latest, nor the next), whether a
    run `makes` it then or still does, and the moment that comes `next`.
    """

    due: Occasion | None
    makes: bool
    next: Occasion | None


def on_schedule(campaign: Campaign, period: str, as_of: datetime, zone: tzinfo) -> OnSchedule | None:
    """Where `period` stands at `as_of` (aware) by the clock of `zone`; None for a campaign without a schedule."""
    if campaign.schedule is None:
        return None
    latest = next(latest_occasions(campaign.schedule.cron, zone, as_of), None)
    coming = next_occasion(campaign.schedule.cron, zone, as_of)
    if coming is not None and coming.period == period:
        return OnSchedule(coming, makes=True, next=coming)
    if latest is None or latest.period != period:
        return OnSchedule(None, makes=False, next=coming)
    return OnSchedule(latest, is_in_time(campaign.schedule, zone, latest, as_of), coming)


def period_meant(campaign: Campaign, asked: str | None, as_of: datetime, zone: tzinfo) -> str:
    """The period `asked` for; without one the latest cron moment's up to `as_of`, unscheduled that day's date.

    Raises UsageError where `asked` cannot name a period.
    """
    if asked is not None:
        if not is_period(asked):
            raise UsageError(f"'{asked}' cannot name a period; letters, digits and . _ : - may stand in it")
        return asked
    if campaign.schedule is None:
        return unscheduled_period(as_of, zone)
    latest = next(latest_occasions(campaign.schedule.cron, zone, as_of), None)
    occasion = latest or next_occasion(campaign.schedule.cron, zone, as_of)
    return unscheduled_period(as_of, zone) if occasion is None else occasion.period
