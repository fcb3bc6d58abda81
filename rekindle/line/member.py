"""One sending process of a crew, as the process that owns the store sees it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from typing import Any

from ..model.delivery import Delivery
from ..model.error import ExitCode, HeldError, RekindleError, RelayError, StoreError
from ..store.marks import MarkRow
from .beside import start_beside
from .exchange import Frames, Message, Word, frame

_ERRORS: dict[int, type[RekindleError]] = {one.exit_code: one for one in (RelayError, StoreError, HeldError)}
_MOST = 1 << 16
LINGER = 10.0
"""Seconds that a process which has said its last word may take to end."""


class WorkerLostError(RekindleError):
    """A process of the crew has died; the others went on."""

    exit_code = ExitCode.FAILURES


class Member:
    """`hand`: the deliveries that it has claimed and not settled; `handing`: those of them that it has marked.

    `leaving`: its marks that are not written yet.
    """

    def __init__(self, order: dict[str, Any]) -> None:
        """Start the process; its order (with the secrets in it) goes over the socket, whose end is the word to stop."""
        self.hand: dict[int, Delivery] = {}
        self.handing: set[int] = set()
        self.leaving: list[MarkRow] = []
        self.error: RekindleError | None = None
        self._frames = Frames()
        self._end, theirs = socket.socketpair()
        with theirs:
            self._process = start_beside("rekindle.line.worker", stdin=theirs.fileno(), stdout=subprocess.DEVNULL)
        self.tell(frame(Word.ORDER, order))

    def fileno(self) -> int:
        """What to wait at."""
        return self._end.fileno()

    def tell(self, said: bytes) -> None:
        """Say something; one that has died hears nothing, which shows when we listen."""
        with contextlib.suppress(OSError):
            self._end.sendall(said)

    def hear(self) -> list[Message] | None:
        """What it has said by now, or None once it has said everything."""
        try:
            octets = self._end.recv(_MOST)
        except OSError:
            octets = b""
        return self._frames.take(octets) if octets else None

    def take_error(self, code: int, words: str) -> None:
        """What it says has stopped it."""
        self.error = _ERRORS.get(code, RekindleError)(words)

    def kill(self) -> None:
        """Its time is over."""
        self._process.kill()

    def part(self) -> None:
        """It has said everything; that is all it waits for."""
        self._end.close()

    def end(self) -> None:
        """Wait for its end; one that came unasked is an error."""
        self._end.close()
        try:
            code = self._process.wait(LINGER)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code != 0:
            self.error = WorkerLostError(
                f"a sending process ended by itself ({code}); what it had in hand is settled and the rest"
                " waits: call this command again"
            )
