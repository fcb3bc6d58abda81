"""How long a relay may take before the first letter: each wait of the handshake has an end (RFC 5321 4.5.3.2)."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from smtp_server import SmtpServer, server_context

from rekindle.deliver.relay_url import parse_relay_url
from rekindle.deliver.session import USUAL, Deadlines
from rekindle.deliver.smtp import SmtpTransport
from rekindle.deliver.transport import ConnectFailedError

Serve = Callable[..., SmtpServer]
SHORT = 0.4


def opened(url: str, deadlines: Deadlines) -> float:
    """Seconds until the relay was given up; it must be, and another try be worth while."""

    async def go() -> None:
        session = await SmtpTransport(parse_relay_url(url, Path("/")), deadlines).open()
        await session.close()

    began = time.monotonic()
    with pytest.raises(ConnectFailedError):
        asyncio.run(go())
    return time.monotonic() - began


def test_the_usual_deadlines_are_those_of_the_standard() -> None:
    """RFC 5321 4.5.3.2: greeting, MAIL and RCPT 5 minutes, DATA 2, the final dot 10; TCP may be given up sooner."""
    minutes = [part / 60 for part in (USUAL.greeting, USUAL.hello, USUAL.mail, USUAL.rcpt, USUAL.data, USUAL.dot)]
    assert (minutes, USUAL.connect) == ([5, 5, 5, 5, 2, 10], 30)


def test_a_greeting_may_take_longer_than_the_connection(serve: Serve) -> None:
    """Each has its own deadline: a relay that looks us up in the DNS greets late."""
    server = serve(greets_after=0.5)

    async def go() -> None:
        deadlines = Deadlines(connect=0.1, greeting=5, goodbye=0.3)
        session = await SmtpTransport(parse_relay_url(server.url, Path("/")), deadlines).open()
        await session.close()

    asyncio.run(go())


@contextmanager
def full_queue() -> Iterator[int]:
    """A port whose connections are never made: the kernel holds as many as nobody accepts, and drops the next."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


def test_a_connection_that_is_never_made_is_given_up() -> None:
    with full_queue() as port:
        assert opened(f"smtp://127.0.0.1:{port}", Deadlines(connect=SHORT)) < SHORT + 2


@pytest.mark.parametrize("scheme", ["smtp", "smtps"], ids=["no greeting", "no TLS"])
def test_a_relay_that_says_nothing_at_all_is_given_up(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}"
        assert SHORT <= opened(url, Deadlines(greeting=SHORT)) < SHORT + 2


@pytest.mark.parametrize("verb", ["EHLO", "STARTTLS", "AUTH"])
def test_a_relay_that_falls_silent_in_the_handshake_is_given_up(serve: Serve, tmp_path: Path, verb: str) -> None:
    server = serve(tls=server_context(tmp_path), credentials=("me", "pw"))
    server.replies[verb].append("silent")
    url = f"smtp://me:pw@127.0.0.1:{server.port}?verify={tmp_path / 'ca.pem'}"
    assert SHORT <= opened(url, Deadlines(hello=SHORT)) < SHORT + 2


def test_a_relay_that_says_go_ahead_and_then_no_tls_is_given_up(serve: Serve) -> None:
    server = serve()
    server.replies["EHLO"].append("250-x|250 STARTTLS")
    server.replies["STARTTLS"].append("220 go ahead")
    assert SHORT <= opened(server.url, Deadlines(hello=SHORT)) < SHORT + 2
