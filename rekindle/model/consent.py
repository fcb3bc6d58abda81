"""Consent: the permission to write, what it is about, and how it was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

EVERY_TOPIC = "*"


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of the append-only record: `given` or withdrawn, for `topic` (`*`: all), with its proof (GDPR 7)."""

    contact_id: int
    topic: str
    given: bool
    occurred_at: datetime
    source: str = ""
    proof: str = ""
