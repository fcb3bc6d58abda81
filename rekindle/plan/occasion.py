"""Which occasion of a campaign is meant when nobody says."""

from __future__ import annotations

from datetime import datetime, tzinfo

from ..model.campaign import Campaign
from ..model.error import UsageError
from .period import is_period, unscheduled_period
from .schedule import latest_occasions, next_occasion


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
