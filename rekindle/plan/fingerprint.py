"""The fingerprint of an audience: two audiences have the same where every contact has the same verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


class AudienceFingerprint:
    """Taken row by row in the order of contact ids, so that no audience need be held in memory."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, rows: Iterable[tuple[int, str, str, str, int | None]]) -> None:
        """Take in rows of (contact id, verdict, arm, reason, offer)."""
        self._digest.update("".join(f"{row!r}\n" for row in rows).encode())

    def text(self) -> str:
        """What was taken in so far, in 64 hex digits."""
        return self._digest.hexdigest()
