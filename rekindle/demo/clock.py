"""The demo's clock: it starts in December 2011 and is moved on by the story, so that a fortnight fits into seconds."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

OPENING = datetime(2011, 12, 10, 10, 0, tzinfo=UTC)
"""The morning after the last bundled order."""


class StoryClock:
    """Callable like every clock of the line; runs `speed` times as fast as the real one between two jumps."""

    def __init__(self, start: datetime = OPENING, speed: float = 1.0) -> None:
        self._base = start
        self._mark = time.monotonic()
        self._speed = speed

    def __call__(self) -> datetime:
        """The story's moment, aware UTC."""
        return self._base + timedelta(seconds=(time.monotonic() - self._mark) * self._speed)

    def jump(self, to: datetime, speed: float = 1.0) -> None:
        """Go on from `to`, which must not lie before the present moment."""
        self._base = max(to, self())
        self._mark = time.monotonic()
        self._speed = speed
