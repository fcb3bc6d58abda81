"""The stream under a bulk session: writes without waiting, replies read in order, every wait with a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections import deque
from functools import lru_cache
from typing import Any

from .verdict import Reply

WIDE = 400 * 1024
"""Octets of the kernel's buffer for one connection; a system may give less."""

MAX_REPLY = 32 * 1024
"""Octets of one reply, all its lines; a server that says more has lost its mind (RFC 5321 allows 512 a line)."""

_LINE = re.compile(rb"([2-5]\d\d)([ -]|\Z)(.*)", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|\Z)(.*)", re.DOTALL)


class WireError(Exception):
    """The connection is of no more use: lost, silent past the deadline, or speaking what is not SMTP."""


class Wire(asyncio.Protocol):
    """One connection after the handshake. After any WireError it must be closed, never used again."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport = transport
        self._loop = loop
        self._buffer = bytearray()
        self._lines: list[tuple[bytes, str]] = []
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._deadline = self._patience = float("inf")
        self._timer: asyncio.TimerHandle | None = None
        self._failure: WireError | None = None
        self._unsent = False
        self.room = 0
        """Octets that the kernel surely takes at once where nothing is on its way."""

    def take_over(self) -> None:
        """Become the protocol of a transport whose handshake another one has done."""
        # with no room for buffering, pause_writing and resume_writing say exactly whether all has left the process;
        # TLS transports pause at `size >= high`, plain ones at `size > high`
        sealed = self.transport.get_extra_info("sslcontext") is not None
        self.transport.set_write_buffer_limits(high=1 if sealed else 0, low=0)
        self.transport.set_protocol(self)
        self.room = _widen(self.transport.get_extra_info("socket"))
        self.transport.resume_reading()

    @property
    def quiet(self) -> bool:
        """Whether nothing has been said that was not asked for, and the connection stands."""
        return self.stands and not (self._replies or self._buffer or self._lines)

    @property
    def stands(self) -> bool:
        """Whether the connection is there, as far as we know."""
        return self._failure is None and not self.transport.is_closing()

    @property
    def all_left(self) -> bool:
        """Whether everything written has left this process (it may have arrived)."""
        return not self._unsent

    def write(self, *octets: bytes) -> None:
        """Hand octets to the connection, piece after piece. Raises WireError when it is gone."""
        if self._failure:
            raise self._failure
        if self.transport.is_closing():
            raise WireError("the connection is closed")
        # not writelines, which does not pause the protocol in some Pythons (CVE-2024-12254): `all_left` would lie
        self.transport.write(b"".join(octets))

    def heard(self) -> Reply | None:
        """The next reply where it is there already."""
        return self._replies.popleft() if self._replies else None

    async def reply(self, seconds: float) -> Reply:
        """The next reply. Raises WireError when none comes within `seconds`, or none can come any more."""
        if not self._replies:
            if self._failure:
                raise self._failure
            self._waiter = self._loop.create_future()
            self._watch(seconds)
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._replies.popleft()

    def _watch(self, seconds: float) -> None:
        """Let the wait that begins now end after `seconds`.

        One timer serves many waits: it is left running when an answer comes, and finds out when it fires.
        """
        self._patience, self._deadline = seconds, self._loop.time() + seconds
        if self._timer is not None and self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._time_is_up)
        else:
            self._fail(f"no answer within {self._patience:g} s")

    def close(self) -> None:
        """Drop the connection at once, whatever is still in the buffers."""
        self._failure = self._failure or WireError("the connection is closed")
        self._unwatch()
        self.transport.abort()

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def pause_writing(self) -> None:
        """The kernel takes no more for now."""
        self._unsent = True

    def resume_writing(self) -> None:
        """The kernel has taken everything."""
        self._unsent = False

    def data_received(self, data: bytes) -> None:
        """Cut what came into replies."""
        self._buffer += data
        start = 0
        while (end := self._buffer.find(b"\n", start)) >= 0:
            self._take_line(bytes(self._buffer[start:end]).rstrip(b"\r"))
            start = end + 1
        del self._buffer[:start]
        if len(self._buffer) + sum(len(text) for _, text in self._lines) > MAX_REPLY:
            self._fail("a reply without end")

    def eof_received(self) -> bool:
        """The server has said its last word."""
        self._fail("the server closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._fail(f"the connection was lost ({exc})" if exc else "the connection was closed")

    def _take_line(self, line: bytes) -> None:
        reply = None if self._lines else _whole_reply(line)
        if reply is not None:
            self._answer(reply)
            return
        match = _LINE.match(line)
        if match is None or (self._lines and self._lines[0][0] != match[1]):
            self._fail(f"not an SMTP reply: {line[:80]!r}")
            return
        self._lines.append((match[1], _words(match[3])))
        if match[2] != b"-":
            reply, self._lines = _reply(self._lines), []
            self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        self._replies.append(reply)
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, words: str) -> None:
        self._unwatch()
        if self._failure is None:
            self._failure = WireError(words)
        if self._waiter and not self._waiter.done():
            self._waiter.set_exception(self._failure)
        if not self.transport.is_closing():
            self.transport.abort()


def _widen(end: Any) -> int:
    """Let the kernel take a whole letter of the usual size in one go; a quarter of its buffer is surely octets."""
    if end is None:
        return 0
    with contextlib.suppress(OSError):
        if end.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) < WIDE:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WIDE)
        return int(end.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)) // 4
    return 0


@lru_cache(maxsize=256)
def _whole_reply(line: bytes) -> Reply | None:
    """A reply of one line; None where there are more to come, or it is none. Most letters get the same few words."""
    match = _LINE.match(line)
    return None if match is None or match[2] == b"-" else _reply([(match[1], _words(match[3]))])


def _words(octets: bytes) -> str:
    """What a server says, as text that any store takes."""
    return octets.decode("utf-8", "replace").replace("\0", "").strip()


def _reply(lines: list[tuple[bytes, str]]) -> Reply:
    code, text = int(lines[0][0]), " ".join(text for _, text in lines)
    return parse_reply(code, text)


def parse_reply(code: int, text: str) -> Reply:
    """`text` with its enhanced code (RFC 2034) taken off, where it has one of the reply's own class."""
    match = _ENHANCED.match(text)
    if match and match[1][0] == str(code)[0]:
        rest = match[2].replace(match[1] + " ", "")  # every line of a long reply repeats the code
        return Reply(code, rest, match[1])
    return Reply(code, text)
