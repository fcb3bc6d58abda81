"""Departures: when the last letter of each step leaves, by rates, windows, the warm-up, waits and caps (LANGUAGE 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from math import floor

from ..model.campaign import Cap, Step, Window
from ..model.configuration import Warmup
from .window import last_moment, next_open

Wave = tuple[tzinfo, int]
"""By which clock how many letters leave."""
LONGEST_WARMUP = 3_650
"""Days; an allowance that does not grow may never let all letters out."""


def last_of_waves(window: Window | None, waves: Sequence[Wave], moment: datetime, each: timedelta) -> datetime:
    """When the last letter leaves, begun at `moment` (aware), one every `each`, wave after wave as the window opens."""
    if window is None:
        return moment + each * sum(letters for _, letters in waves)
    opening = [(next_open(window, zone, moment), place) for place, (zone, _) in enumerate(waves)]
    for opens, place in sorted(opening):
        zone, letters = waves[place]
        moment = last_moment(window, zone, max(moment, opens), each * letters)
    return moment


def last_warm_day(
    warmup: Warmup, day: int | None, out: int, letters: int, opens: Callable[[int], bool]
) -> tuple[int, int] | None:
    """(days from today, letters on that day) of the last letters; None where that is years away.

    Today is day `day` of the warm-up (None: it begins with the first letter), and `out` letters have left already.
    `opens` tells whether letters may leave at all so many days from today.
    """
    for ahead in filter(opens, range(LONGEST_WARMUP)):
        day = -ahead if day is None else day
        left = floor(warmup.start * warmup.factor ** (day + ahead)) - (out if ahead == 0 else 0)
        if letters <= left:
            return ahead, letters
        letters -= max(left, 0)
    return None


def last_of_steps(  # noqa: PLR0917
    first: datetime, steps: Sequence[Step], cap: Cap | None, window: Window | None, waves: Sequence[Wave], zone: tzinfo
) -> tuple[datetime, ...]:
    """When the last letter of each step leaves at the latest, where the first step's leaves at `first`.

    A step waits for its `after`, for the cap to free, and for the window by the last of the clocks. `zone`: the
    workspace's, by which days and months are counted.
    """
    moments = [first]
    for step in steps[1:]:
        moment = moments[-1] if step.after is None else step.after.after(moments[-1], zone)
        if cap is not None and len(moments) >= cap.letters:
            moment = max(moment, cap.within.after(moments[-cap.letters], zone))
        if window is not None:
            moment = max(next_open(window, own, moment) for own, _ in waves)
        moments.append(moment)
    return tuple(moments)
