"""SMTP: aiosmtplib shakes hands (TLS, EHLO, AUTH), then our own stream carries the bulk (RFC 5321, RFC 2920)."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import aiosmtplib

from ..model.error import RelayError
from .relay_url import RelayUrl, Tls, parse_relay_url
from .session import USUAL, Deadlines, SmtpSession
from .transport import ConnectFailedError, Session
from .wire import Wire


def smtp_transport(url: str, root: Path) -> SmtpTransport:
    """The transport of an smtp:// or smtps:// URL. Raises TransportUrlError."""
    return SmtpTransport(parse_relay_url(url, root))


class SmtpTransport:
    """A relay that speaks SMTP."""

    def __init__(self, relay: RelayUrl, deadlines: Deadlines = USUAL) -> None:
        self.relay = relay
        self.deadlines = deadlines

    async def open(self) -> Session:
        """Connect, seal, greet, log in.

        Raises ConnectFailedError where another try may help, RelayError where it will not (TLS, password).
        """
        client = self._client()
        try:
            await client.connect(sock=await self._reach(), timeout=self.deadlines.greeting)
            await self._greet(client)
            await self._seal(client)
            await self._log_in(client)
            return self._session(client)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            await _drop(client)
            raise self._in_words(error) from error
        except BaseException:
            await _drop(client)
            raise

    async def _reach(self) -> socket.socket:
        """A TCP connection to the first of the relay's addresses that takes one. Raises OSError.

        Made here and not by aiosmtplib, which gives it and the greeting one deadline together.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.deadlines.connect):
                found = await loop.getaddrinfo(self.relay.host, self.relay.port, type=socket.SOCK_STREAM)
                for number, (family, kind, protocol, _, address) in enumerate(found):
                    try:
                        return await _connected(loop, socket.socket(family, kind, protocol), address)
                    except OSError:
                        if number == len(found) - 1:
                            raise
        except TimeoutError as error:
            raise TimeoutError(f"no connection within {self.deadlines.connect:g} s") from error
        raise OSError("the name has no address")

    def _client(self) -> aiosmtplib.SMTP:
        relay = self.relay
        return aiosmtplib.SMTP(
            hostname=relay.host,
            timeout=self.deadlines.hello,
            local_hostname=relay.helo or _own_name(),
            use_tls=relay.tls is Tls.WRAPPED,
            start_tls=False,  # by us, once we know what is offered; never the default, which would log in without it
            tls_context=self._tls if relay.tls is Tls.WRAPPED else None,
        )

    async def _greet(self, client: aiosmtplib.SMTP) -> None:
        """EHLO, or HELO where that is all the relay understands (RFC 5321 3.2)."""
        try:
            await client.ehlo()
        except aiosmtplib.SMTPHeloError:
            if not client.is_connected:
                raise
            await client.helo()

    async def _seal(self, client: aiosmtplib.SMTP) -> None:
        """STARTTLS as the URL wants it, and a new EHLO: what was offered in clear counts no more (RFC 3207 4.2)."""
        if self.relay.tls not in (Tls.REQUIRE, Tls.OPPORTUNISTIC):
            return
        if client.supports_extension("starttls"):
            await client.starttls(tls_context=self._tls)
            await client.ehlo()
        elif self.relay.tls is Tls.REQUIRE:
            why = "is required with a password" if self.relay.user else "the URL requires"
            raise RelayError(f"{self._name} offers no STARTTLS, which {why}")

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """One for all connections, where one is needed: to read the system's certificates takes 20 ms of a core."""
        return _tls_context(self.relay)

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        relay = self.relay
        if not relay.user:
            return
        sealed = client.get_transport_info("sslcontext") is not None
        if not sealed and relay.tls is not Tls.NO:
            raise RelayError(
                f"{self._name}: no TLS is offered, so the password was not sent; starttls=no would allow it"
            )
        if not client.supported_auth_methods:
            what = "no way to log in" if sealed else "no way to log in without TLS"
            raise RelayError(
                f"{self._name} offers {what}, so the password was not sent; "
                "name its port for submission (587, or 465 with smtps), or leave user and password out"
            )
        await client.login(relay.user, relay.password)

    def _session(self, client: aiosmtplib.SMTP) -> SmtpSession:
        wire = Wire(cast(asyncio.Transport, client.transport), asyncio.get_running_loop())
        wire.take_over()
        return SmtpSession(wire, dict(client.esmtp_extensions), self.deadlines)

    @property
    def _name(self) -> str:
        return f"{self.relay.host}:{self.relay.port}"

    def _in_words(self, error: Exception) -> RelayError:
        # aiosmtplib puts a host and a port of its own in front of what went wrong
        cause = error.__cause__ if isinstance(error, aiosmtplib.SMTPConnectError) and error.__cause__ else error
        words = " ".join(str(cause).split())
        if isinstance(error, aiosmtplib.SMTPAuthenticationError) and error.code >= 500:
            return RelayError(f"{self._name} refuses the user or password: {error.code} {error.message}")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return RelayError(f"{self._name}: its certificate is not trusted: {words}")
        if isinstance(error, aiosmtplib.SMTPResponseException):
            return ConnectFailedError(f"{self._name} turned us away: {error.code} {' '.join(error.message.split())}")
        if isinstance(error, aiosmtplib.SMTPConnectTimeoutError):
            hint = "" if self.relay.tls is Tls.WRAPPED else "; a port that is sealed from the start wants smtps://"
            return ConnectFailedError(f"{self._name} did not greet within {self.deadlines.greeting:g} s{hint}")
        return ConnectFailedError(f"{self._name} cannot be reached: {words}")


async def _connected(loop: asyncio.AbstractEventLoop, sock: socket.socket, address: Any) -> socket.socket:
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


async def _drop(client: aiosmtplib.SMTP) -> None:
    """Close a connection that came to nothing, without TLS's long farewell, which would outlive the loop."""
    transport = cast(asyncio.Transport | None, client.transport)
    client.close()
    if transport is not None:
        transport.abort()
    for _ in range(3):  # a transport is gone only after the loop has turned: once, and for TLS for each layer
        await asyncio.sleep(0)


def _own_name() -> str:
    """The name for EHLO, found without asking the DNS."""
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name) else "localhost"


def _tls_context(relay: RelayUrl) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(relay.authority) if relay.authority else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not relay.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
