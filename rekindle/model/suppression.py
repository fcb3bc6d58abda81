"""Suppression: an address or domain that is not to be mailed, why, and since when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .address import address_key, ascii_domain


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


_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LOCAL = re.compile(r"[^\s@<>,;\x00-\x1f\x7f]{1,64}")


def suppression_target(text: str) -> tuple[SuppressionKind, str] | None:
    """What `anna@example.com`, `example.com` or `@example.com` names, and its key; None where it is neither."""
    local, at, domain = address_key(text).rpartition("@")
    domain = ascii_domain(domain)
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        return None
    if not local:
        return SuppressionKind.DOMAIN, domain
    return (SuppressionKind.ADDRESS, f"{local}{at}{domain}") if _LOCAL.fullmatch(local) else None
