"""The guard of unattended runs: a mailing that is larger than was thought of waits for a person (LANGUAGE 4)."""

from __future__ import annotations

from ..model.campaign import Guard


def why_held(guard: Guard | None, chosen: int, last_chosen: int | None) -> str:
    """Why a mailing of `chosen` letters has to wait, in words; empty where it may go.

    `last_chosen`: how many the mailing before had; without one (None) no growth can be told.
    """
    if guard is None:
        return ""
    if guard.max_audience is not None and chosen > guard.max_audience:
        return f"{chosen:,} letters are more than guard.max_audience {guard.max_audience:,}"
    if guard.max_growth is not None and last_chosen is not None and chosen > last_chosen * (1 + guard.max_growth):
        growth = f"{guard.max_growth:.0%}"
        return f"{chosen:,} letters after {last_chosen:,} last time are more than guard.max_growth {growth} allows"
    return ""
