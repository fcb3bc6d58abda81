"""Offers: the first whose condition holds is the contact's (LANGUAGE 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..model.campaign import Offer
from ..model.segment import Condition


def offers_in_reach(offers: Sequence[Offer]) -> tuple[tuple[int, Condition | None], ...]:
    """The offers that anyone can get, as (index, condition): nothing after the first one without a condition."""
    reach: list[tuple[int, Condition | None]] = []
    for index, offer in enumerate(offers):
        reach.append((index, offer.when))
        if offer.when is None:
            break
    return tuple(reach)


def first_offer(offers: Sequence[Offer], holds: Callable[[Condition], bool]) -> int | None:
    """The index of the first offer whose condition holds or that has none; None where no offer is for this contact."""
    return next((index for index, when in offers_in_reach(offers) if when is None or holds(when)), None)
