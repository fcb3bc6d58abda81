"""An audience: the frozen set of a mailing, each member chosen, held out or left out with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HOLDOUT = "holdout"
"""The arm of those kept unmailed, to measure."""

SINGLE_ARM = "letter"
"""The arm's name where a campaign has no variants."""


class Verdict(StrEnum):
    """What the plan decided for one contact."""

    CHOSEN = "chosen"
    HELD_OUT = "held_out"
    LEFT_OUT = "left_out"


class LeftOutReason(StrEnum):
    """Why a member of the segment gets nothing (COMMANDS 3)."""

    SUPPRESSED = "suppressed"
    NO_CONSENT = "no_consent"
    NO_ADDRESS = "no_address"
    DUPLICATE = "duplicate"
    CAPPED = "capped"
    OUTRANKED = "outranked"
    EXCLUDED = "excluded"
    HAD_IT = "had_it"
    HANDED_OVER = "handed_over"
    UNRENDERABLE = "unrenderable"


@dataclass(frozen=True, slots=True)
class AudienceMember:
    """One row of the frozen audience. `arm` is set for chosen and held-out; `offer` indexes the campaign's list."""

    contact_id: int
    verdict: Verdict
    arm: str = ""
    reason: str = ""
    offer: int | None = None
