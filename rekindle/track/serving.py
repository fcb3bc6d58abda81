"""Serving: the tracker on a real socket, until SIGTERM or inside another program (the demo, tests)."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType, TracebackType

import uvicorn
from starlette.applications import Starlette

from ..model.configuration import Configuration
from ..model.error import RelayError
from ..seal import Sealer
from ..store.engine import Store
from .app import make_app
from .protocol import ImpatientProtocol

GRACE = 10
"""Seconds that requests in hand get to end."""

MOST_AT_ONCE = 1000
"""Connections held at one moment; beyond it 503 (a reader's browser asks again)."""


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port` (0: any free one). Raises RelayError where that is not to be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise RelayError(f"cannot listen on {host}: {error.strerror or error}") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(socket.SOMAXCONN)
    except OSError as error:
        bound.close()
        hint = "stop what listens there or choose another with --port"
        raise RelayError(f"cannot listen on {host}:{port}: {error.strerror}; {hint}") from error
    return bound


def url_of(bound: socket.socket) -> str:
    """Where a bound socket is reached."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: Starlette, bound: socket.socket, listening: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or SIGINT; requests in hand end and the journal is folded before this returns.

    `listening` is called once a reader may come and a signal ends us gracefully. Raises JournalError where no journal
    can be had.
    """
    app.state.listener.start()
    server = _server(app)

    def leave(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # ours until uvicorn sets its own, and after it: it raises the signal again when done, which must not end us
    former = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        listening()
        server.run(sockets=[bound])
    finally:
        app.state.listener.stop()
        for number, handler in former.items():
            signal.signal(number, handler)


class Tracker:
    """The tracker on loopback in a thread, as a context manager: `with Tracker(...) as tracker: tracker.url`."""

    def __init__(
        self,
        store: Store,
        sealer: Sealer,
        configuration: Configuration,
        *,
        journal: Path,
        now: Callable[[], datetime],
        say: Callable[[str], None] = lambda _words: None,
        port: int = 0,
        letter_page: Callable[[int], str | None] | None = None,
    ) -> None:
        self._bound = listening_socket("127.0.0.1", port)
        self.url = url_of(self._bound)
        self._app = make_app(store, sealer, configuration, journal=journal, now=now, say=say, letter_page=letter_page)
        self._server = _server(self._app)
        self._thread = threading.Thread(target=self._server.run, args=([self._bound],), name="tracker", daemon=True)

    def __enter__(self) -> Tracker:
        """Listening when this returns. Raises RelayError where it cannot start."""
        self._app.state.listener.start()
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                self._bound.close()
                raise RelayError("the tracker could not start")
            time.sleep(0.005)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """Stopped, and everything folded, when this returns."""
        self._server.should_exit = True
        self._thread.join()

    def fold(self, timeout: float = 10.0) -> bool:
        """Wait until everything heard so far is in the store; False where that took longer than `timeout` seconds."""
        return bool(self._app.state.listener.fold(timeout))


def _server(app: Starlette) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=ImpatientProtocol,
            h11_max_incomplete_event_size=16 * 1024,
            ws="none",
            lifespan="on",
            log_config=None,  # an access log would hold seals and addresses of readers
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=MOST_AT_ONCE,
            timeout_keep_alive=10,
            timeout_graceful_shutdown=GRACE,
        )
    )
