"""SMTP: aiosmtplib shakes hands (TLS, EHLO, AUTH), then our own stream carries the bulk (RFC 5321, RFC 2920)."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from functools import cached_property
from pathlib import Path
from typing import cast

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
            await client.connect()
            await self._log_in(client)
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
            return self._session(client)
        except RelayError:
            await _drop(client)
            raise
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            await _drop(client)
            raise self._in_words(error) from error

    def _client(self) -> aiosmtplib.SMTP:
        relay = self.relay
        return aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            timeout=self.deadlines.connect,
            local_hostname=relay.helo or _own_name(),
            use_tls=relay.tls is Tls.WRAPPED,
            # None takes STARTTLS where it is offered; never the default, which would log in without it
            start_tls={Tls.REQUIRE: True, Tls.OPPORTUNISTIC: None}.get(relay.tls, False),
            tls_context=None if relay.tls is Tls.NO else self._tls,
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """One for all connections: to read the system's certificates takes 20 ms of a core."""
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
        await client.login(relay.user, relay.password)

    def _session(self, client: aiosmtplib.SMTP) -> SmtpSession:
        wire = Wire(cast(asyncio.Transport, client.transport), asyncio.get_running_loop())
        wire.take_over()
        return SmtpSession(wire, dict(client.esmtp_extensions), self.deadlines)

    @property
    def _name(self) -> str:
        return f"{self.relay.host}:{self.relay.port}"

    def _in_words(self, error: Exception) -> RelayError:
        words = " ".join(str(error).split())
        if isinstance(error, aiosmtplib.SMTPAuthenticationError) and error.code >= 500:
            return RelayError(f"{self._name} refuses the user or password: {error.code} {error.message}")
        if "STARTTLS" in words:
            return RelayError(f"{self._name} offers no STARTTLS, which is required with a password: {words}")
        if isinstance(error, ssl.SSLCertVerificationError) or isinstance(error.__cause__, ssl.SSLCertVerificationError):
            return RelayError(f"{self._name}: its certificate is not trusted: {words}")
        if isinstance(error, aiosmtplib.SMTPResponseException):
            return ConnectFailedError(f"{self._name} turned us away: {error.code} {' '.join(error.message.split())}")
        return ConnectFailedError(f"{self._name} cannot be reached: {words}")


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
