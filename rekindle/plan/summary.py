"""A plan: what a mailing would do, counted before anything is sent, and the hash that it is known by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..model.audience import LeftOutReason, Verdict
from ..model.campaign import Campaign, Offer
from .occasion import OnSchedule
from .power import power_words
from .schedule import Occasion

SHOWN_PROBLEMS = 1_000
"""So many failing contacts are named; of the others there is the count, and every one stands in the CSV."""


@dataclass(frozen=True, slots=True)
class LetterProblem:
    """A contact whose letter of `step` cannot be made: what is missing or wrong, and the place that wants it."""

    contact_id: int
    external_id: str
    email: str
    what: str
    at: str = ""
    step: int = 1

    def __str__(self) -> str:
        who = self.email or self.external_id or f"contact {self.contact_id}"
        of_step = f"step {self.step}: " if self.step > 1 else ""
        return f"{self.at + ': ' if self.at else ''}{who}: {of_step}{self.what}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Who gets what and why, at `as_of` (aware). `new` and `gone` are against the mailing of `last_period`.

    `offers` counts by the offer's own words; `made_already` is the state of the period's mailing where there is one;
    `schedule`: where the period stands on the campaign's schedule, if it has one;
    `departures`: when the last letter of each step leaves, where rates, windows, a warm-up or steps say anything;
    `unrenderable` have no first letter and are left out; `failing` tells how many lack the letter of each later step.
    """

    campaign: str
    period: str
    as_of: datetime
    definition_hash: str
    audience_hash: str
    left_out: Mapping[str, int]
    arms: Mapping[str, int]
    chosen: int
    held_out: int
    offers: Mapping[str, int] = field(default_factory=dict)
    problems: Sequence[LetterProblem] = ()
    unrenderable: Sequence[int] = ()
    failing: Mapping[int, int] = field(default_factory=dict)
    cost: Decimal = Decimal(0)
    currency: str = ""
    last_period: str = ""
    new: int = 0
    gone: int = 0
    departures: Sequence[datetime] = ()
    made_already: str = ""
    schedule: OnSchedule | None = None

    @property
    def hash(self) -> str:
        """Short, the same for the same campaign, period, moment, files and audience."""
        parts = [self.campaign, self.period, self.as_of.isoformat(), self.definition_hash, self.audience_hash]
        return hashlib.sha256(json.dumps([*parts, list(self.unrenderable)]).encode()).hexdigest()[:10]

    @property
    def last_letter_at(self) -> datetime | None:
        """When the last letter of the last step leaves, at the latest; None where nothing says."""
        return self.departures[-1] if self.departures else None

    @property
    def size(self) -> int:
        """Everyone in the segments: chosen, held out and left out."""
        return self.chosen + self.held_out + sum(self.left_out.values())

    @property
    def power(self) -> str:
        """What the holdout can show, in words."""
        return power_words(self.chosen, self.held_out)

    def as_json(self) -> dict[str, Any]:
        """The document of COMMANDS 3, and beside it what the words say more."""
        return {
            "campaign": self.campaign,
            "period": self.period,
            "as_of": self.as_of.isoformat(),
            "hash": self.hash,
            "chosen": self.chosen,
            "held_out": self.held_out,
            "left_out": dict(self.left_out),
            "arms": dict(self.arms),
            "problems": [
                {"contact": each.contact_id, "external_id": each.external_id, "email": each.email,
                 "what": each.what, "at": each.at, "step": each.step}
                for each in self.problems
            ],
            "failing": {str(step): count for step, count in self.failing.items()},
            "offers": dict(self.offers),
            "cost": float(self.cost),
            "entered": self.new,
            "left": self.gone,
            "last_period": self.last_period,
            "last_letter_at": self.last_letter_at.isoformat() if self.last_letter_at else None,
            "last_letters": {str(step): moment.isoformat() for step, moment in enumerate(self.departures, 1)},
            "power": self.power,
            "due_at": _iso(self.schedule.due if self.schedule else None),
            "next_period": self.schedule.next.period if self.schedule and self.schedule.next else None,
            "next_due_at": _iso(self.schedule.next if self.schedule else None),
        }  # fmt: skip


def _iso(occasion: Occasion | None) -> str | None:
    return None if occasion is None else occasion.moment.isoformat()


def offer_words(offer: Offer) -> str:
    """An offer as a person tells it from the others: its values in file order."""
    return ", ".join(str(value) for value in offer.values.values()) or "(no values)"


Counts = Mapping[tuple[str, str, str, int | None], int]
"""How many there are of each (verdict, arm, reason, offer)."""


def left_out_counts(counts: Counts) -> dict[str, int]:
    """How many are left out for each reason, in the contract's order; reasons that nobody has are not there."""
    found = {reason.value: _sum(counts, reason=reason.value) for reason in LeftOutReason}
    return {reason: count for reason, count in found.items() if count}


def arm_counts(counts: Counts, names: Sequence[str]) -> dict[str, int]:
    """How many are in each arm of `names`, empty ones too."""
    return {name: _sum(counts, arm=name) for name in names}


def offer_counts(counts: Counts, campaign: Campaign) -> dict[str, int]:
    """How many of the chosen are offered what; under `none` those for whom no offer is."""
    if not campaign.offers:
        return {}
    found: dict[str, int] = {offer_words(offer): 0 for offer in campaign.offers} | {"none": 0}
    for (verdict, _, _, index), count in counts.items():
        if verdict == Verdict.CHOSEN:
            found["none" if index is None else offer_words(campaign.offers[index])] += count
    return {words: count for words, count in found.items() if count or words != "none"}


def verdict_count(counts: Counts, verdict: Verdict) -> int:
    """How many have this verdict."""
    return sum(count for (own, _, _, _), count in counts.items() if own == verdict)


def _sum(counts: Counts, *, arm: str | None = None, reason: str | None = None) -> int:
    return sum(
        count
        for (_, own_arm, own_reason, _), count in counts.items()
        if (arm is None or own_arm == arm) and (reason is None or own_reason == reason)
    )
