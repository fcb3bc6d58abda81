"""HTTP/1.1 that does not wait for ever: a connection that does not bring its request in time is closed."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_PATIENCE = 10.0
"""Seconds between looks at a connection; an unfinished request head lives for at most two of them."""


class ImpatientProtocol(H11Protocol):
    """uvicorn's h11 protocol (which caps the size of a head) with a limit to how slowly a head may come."""

    _look: asyncio.TimerHandle | None = None
    _was_unfinished = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A reader has connected."""
        super().connection_made(transport)
        self._look = self.loop.call_later(HEAD_PATIENCE, self._look_at_head)

    def connection_lost(self, exc: Exception | None) -> None:
        """A reader has gone."""
        if self._look:
            self._look.cancel()
        super().connection_lost(exc)

    def _look_at_head(self) -> None:
        begun = self.cycle is None or bool(self.conn.trailing_data[0])
        unfinished = self.conn.their_state is h11.IDLE and begun
        if unfinished and (self.cycle is None or self._was_unfinished):
            self.transport.close()
            return
        self._was_unfinished = unfinished
        self._look = self.loop.call_later(HEAD_PATIENCE, self._look_at_head)
