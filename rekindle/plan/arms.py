"""Arms: who is held out and who gets which letter, by the one sample rule (LANGUAGE 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from ..model.audience import HOLDOUT, SINGLE_ARM
from ..model.campaign import Campaign, Variant
from ..model.sampling import SAMPLE_RANGE, sample_key, sample_number


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm and its part of the sample range: numbers from `first` (in) to `end` (out)."""

    name: str
    first: int
    end: int


def arm_salt(campaign: Campaign, period: str) -> str:
    """What the draw is salted with: `campaign/period`, or `campaign` where the holdout keeps the same people."""
    return campaign.name if campaign.holdout.keep_campaign else f"{campaign.name}/{period}"


def arms_of(campaign: Campaign) -> tuple[Arm, ...]:
    """The arms in order: the holdout first, then the variants in file order over the rest of the range.

    Together they cover 0 to 9999 without a gap. A number belongs to the part whose upper edge it is below.
    """
    held = min(max(campaign.holdout.share, Decimal(0)), Decimal(1)) * SAMPLE_RANGE
    names = [variant.name for variant in campaign.variants] or [SINGLE_ARM]
    edges = [held]
    for share in _shares(campaign.variants):
        edges.append(edges[-1] + (SAMPLE_RANGE - held) * share)
    bounds = [0, *(_ceiling(edge) for edge in edges[:-1]), SAMPLE_RANGE]
    arms = (Arm(name, first, end) for name, first, end in zip([HOLDOUT, *names], bounds[:-1], bounds[1:], strict=True))
    return tuple(arm for arm in arms if arm.end > arm.first)


def arm_at(number: int, arms: Sequence[Arm]) -> str:
    """The name of the arm that a sample number (0 to 9999) falls into."""
    return next(arm.name for arm in arms if arm.first <= number < arm.end)


def draw_arm(campaign: Campaign, period: str, address_key: str, contact_id: int) -> str:
    """The arm of one contact; the same for every rerun and every step."""
    number = sample_number(arm_salt(campaign, period), sample_key(address_key, contact_id))
    return arm_at(number, arms_of(campaign))


def _shares(variants: Sequence[Variant]) -> list[Decimal]:
    """The part of the mailed that each letter gets: as given, the rest divided equally among those that say nothing."""
    if not variants:
        return [Decimal(1)]
    given = sum((variant.share for variant in variants if variant.share is not None), Decimal(0))
    silent = sum(variant.share is None for variant in variants)
    each = max(Decimal(1) - given, Decimal(0)) / silent if silent else Decimal(0)
    return [each if variant.share is None else variant.share for variant in variants]


def _ceiling(edge: Decimal) -> int:
    """The first whole number that is not below `edge` (thirds of a range come out a hair above or below the whole)."""
    exact = edge.quantize(Decimal("1e-9"))
    return min(int(exact.to_integral_value(ROUND_CEILING)), SAMPLE_RANGE)
