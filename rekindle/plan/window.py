"""The window: the hours and days in which letters leave, and the first moment of it (LANGUAGE 4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from ..model.campaign import Window
from ..model.duration import local_moment

_A_WEEK = 8
"""Days looked at: today's hours may be over, and the same day of next week is the last that can be open."""


def next_open(window: Window, zone: tzinfo, moment: datetime) -> datetime:
    """The first moment from `moment` (aware) on that lies in the window by the clock of `zone`, as UTC.

    Both ends are moments, so a day on which the clocks are put on or back has shorter or longer hours and no other
    trouble: an end that falls into spring's gap takes the offset before it, one in autumn's repeated hour its first.
    """
    moment = moment.astimezone(UTC)
    today = moment.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(_A_WEEK)):
        opens, closes = _hours(window, zone, day)
        if day.weekday() in window.days and max(moment, opens) < closes:
            return max(moment, opens)
    raise AssertionError("a window has a day and hours")


def last_moment(window: Window, zone: tzinfo, moment: datetime, work: timedelta) -> datetime:
    """When `work` begun at `moment` is over, if it goes on in the window only."""
    while True:
        moment = next_open(window, zone, moment)
        closes = _hours(window, zone, moment.astimezone(zone).date())[1]
        if moment + work <= closes:
            return moment + work
        work -= closes - moment
        moment = closes


def _hours(window: Window, zone: tzinfo, day: date) -> tuple[datetime, datetime]:
    """When the window opens and closes on `day`, as UTC; 24:00 is the next midnight."""
    whole = window.closes == time.max
    end = datetime.combine(day + timedelta(days=1), time()) if whole else datetime.combine(day, window.closes)
    return local_moment(datetime.combine(day, window.opens), zone), local_moment(end, zone)
