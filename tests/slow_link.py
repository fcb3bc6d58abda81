"""A link of some length: a TCP proxy in a process of its own that hands on every octet a while after it came, in order.

with slow_link(port, milliseconds=2.5) as near: ...   # each way, so a round trip takes twice as long
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import cast


@contextlib.contextmanager
def slow_link(port: int, milliseconds: float) -> Iterator[int]:
    """The port of a link to `port` on this host that takes so long each way."""
    command = [sys.executable, __file__, str(port), str(milliseconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate()


class _Way(asyncio.Protocol):
    """One direction: what comes in goes out at `other` after `delay` seconds."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.other: _Way | None = None
        self.transport: asyncio.Transport | None = None
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        for data in self._early:
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        # timers of one loop that are due at different moments fire in their order: so do the octets
        asyncio.get_running_loop().call_later(self.delay, self._hand_on, data)

    def _hand_on(self, data: bytes) -> None:
        assert self.other is not None
        if self.other.transport is None:
            self.other._early.append(data)
        elif not self.other.transport.is_closing():
            self.other.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        asyncio.get_running_loop().call_later(self.delay, self._end)

    def _end(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()


async def _serve(port: int, delay: float) -> None:
    loop = asyncio.get_running_loop()
    reaching: set[asyncio.Task[object]] = set()

    def pair() -> _Way:
        near, far = _Way(delay), _Way(delay)
        near.other, far.other = far, near
        task: asyncio.Task[object] = loop.create_task(loop.create_connection(lambda: far, "127.0.0.1", port))
        reaching.add(task)
        task.add_done_callback(reaching.discard)
        return near

    server = await loop.create_server(pair, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(ImportError):
        import uvloop

        uvloop.install()
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
