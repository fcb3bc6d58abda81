"""A mailing: one occasion of a campaign, with a frozen audience."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MailingState(StrEnum):
    """Where a mailing stands."""

    PLANNED = "planned"
    SENDING = "sending"
    PAUSED = "paused"
    HELD = "held"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Mailing:
    """One (campaign, period, step); `step` counts from 1."""

    mailing_id: int
    campaign: str
    period: str
    step: int
    state: MailingState
    as_of: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The ledger of one mailing: planned = sent + failed + skipped + expired + unknown + waiting, at every moment."""

    planned: int = 0
    held_out: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    expired: int = 0
    unknown: int = 0
    waiting: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether nothing is missing and nothing counted twice."""
        ends = self.sent + self.failed + self.skipped + self.expired + self.unknown
        return self.planned == ends + self.waiting
