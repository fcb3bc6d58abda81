"""Suppression: an address or domain that is not to be mailed, why, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SuppressionKind(StrEnum):
    """What the key is."""

    ADDRESS = "address"
    DOMAIN = "domain"


class SuppressionReason(StrEnum):
    """Why; an import may bring any other word, which is kept as `imported` with the word as a note."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    MANUAL = "manual"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Suppression:
    """`key` is an address key or a domain; `topic` empty: every letter."""

    kind: SuppressionKind
    key: str
    reason: SuppressionReason
    since: datetime
    topic: str = ""
    note: str = ""
