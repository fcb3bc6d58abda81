"""The one rule by which contacts are drawn: samples, holdout, variants (LANGUAGE 2.3)."""

from __future__ import annotations

import hashlib

SAMPLE_RANGE = 10_000
"""Sample numbers run from 0 to 9999."""


def sample_key(address_key: str, contact_id: int) -> str:
    """What stands for a contact in a draw: its address key, or `id:` and its id where there is none."""
    return address_key or f"id:{contact_id}"


def sample_number(salt: str, key: str) -> int:
    """The first 8 hex digits of md5(salt + ":" + key) as an integer, mod 10000. A draw, not a secret."""
    digest = hashlib.md5(f"{salt}:{key}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % SAMPLE_RANGE
