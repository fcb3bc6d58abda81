"""SMTP: aiosmtplib shakes hands (TLS, EHLO, AUTH), then our own stream carries the bulk (RFC 5321, RFC 2920)."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import aiosmtplib

from ..model.delivery import Outcome, OutcomeKind
from ..model.error import RelayError
from .envelope import AddressError, Envelope, wire_address
from .relay_url import RelayUrl, Tls, parse_relay_url
from .transport import ConnectFailedError, Session
from .verdict import Fault, Phase, Reply, judge, lost, refused_here
from .wire import Wire, WireError

_DOT_AT_START = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds that each answer may take (RFC 5321 4.5.3.2); `goodbye` is ours."""

    connect: float = 30.0
    mail: float = 300.0
    rcpt: float = 300.0
    data: float = 120.0
    dot: float = 600.0
    goodbye: float = 2.0


def smtp_transport(url: str, root: Path) -> SmtpTransport:
    """The transport of an smtp:// or smtps:// URL. Raises TransportUrlError."""
    return SmtpTransport(parse_relay_url(url, root))


class SmtpTransport:
    """A relay that speaks SMTP."""

    def __init__(self, relay: RelayUrl, deadlines: Deadlines = Deadlines()) -> None:
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
            tls_context=None if relay.tls is Tls.NO else _tls_context(relay),
        )

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


class SmtpSession:
    """One open connection. The client's clean letters go out in two writes where the server takes PIPELINING."""

    def __init__(self, wire: Wire, extensions: dict[str, str], deadlines: Deadlines) -> None:
        self._wire = wire
        self._deadlines = deadlines
        self._pipelining = "pipelining" in extensions
        self._utf8 = "smtputf8" in extensions
        self._size = _size_limit(extensions)
        self._has_size = "size" in extensions
        self._eight_bit = "8bitmime" in extensions
        self._needs_reset = False
        self._broken = False
        self._answered = False
        self.in_doubt = False

    @property
    def stale(self) -> bool:
        """Whether the connection had ended before the relay said a word about the last letter."""
        return self._broken and not self._answered

    @property
    def usable(self) -> bool:
        """Whether the connection stands and has said nothing unasked (a 421 while idle, say)."""
        return not self._broken and self._wire.quiet

    async def hand_over(self, envelope: Envelope, marked: Awaitable[None]) -> Outcome:
        """One letter: envelope and mark side by side, the content when both are through. See transport.Session."""
        self._answered = self.in_doubt = False
        commands = self._commands(envelope)
        mark = asyncio.ensure_future(marked)
        if isinstance(commands, Outcome):
            await mark
            return commands
        try:
            refusal = await self._open_letter(commands)
            await mark
        except WireError as error:
            self._drop()
            await mark
            return lost(str(error), body_left=False)
        except BaseException:
            self._drop()
            mark.cancel()
            raise
        return refusal or await self._content(envelope)

    async def close(self) -> None:
        """QUIT, and wait a moment for the answer: the letters are all settled by now."""
        if self.usable:
            try:
                self._wire.write(b"QUIT\r\n")
                await self._wire.reply(self._deadlines.goodbye)
            except WireError:
                pass
        self._drop()

    def _commands(self, envelope: Envelope) -> list[tuple[Phase | None, bytes]] | Outcome:
        """The words before the content, or why this relay cannot take the letter."""
        try:
            recipient, sender = wire_address(envelope.recipient), envelope.sender and wire_address(envelope.sender)
        except AddressError as error:
            return refused_here(str(error), Fault.RECIPIENT)
        if not recipient.isascii() and not self._utf8:
            return refused_here("the address needs SMTPUTF8, which the relay does not offer", Fault.POLICY)
        if self._size and len(envelope.content) > self._size:
            return refused_here(f"the letter is larger than the relay's {self._size} octets", Fault.POLICY)
        parameters = f" SIZE={len(envelope.content)}" if self._has_size else ""
        if not envelope.content.isascii():
            if not self._eight_bit:
                return refused_here("the letter has 8-bit octets, which the relay does not take", Fault.POLICY)
            parameters += " BODY=8BITMIME"
        parameters += "" if recipient.isascii() and sender.isascii() else " SMTPUTF8"
        words: list[tuple[Phase | None, bytes]] = [
            (Phase.MAIL, f"MAIL FROM:<{sender}>{parameters}\r\n".encode()),
            (Phase.RCPT, f"RCPT TO:<{recipient}>\r\n".encode()),
            (Phase.DATA, b"DATA\r\n"),
        ]
        return [(None, b"RSET\r\n"), *words] if self._needs_reset else words

    async def _open_letter(self, commands: list[tuple[Phase | None, bytes]]) -> Outcome | None:
        """Say the words and read all replies; None when the server waits for the content."""
        if self._pipelining:
            self._wire.write(b"".join(word for _, word in commands))
        refusal: Outcome | None = None
        for phase, word in commands:
            if not self._pipelining:
                if refusal:
                    break
                self._wire.write(word)
            reply = await self._wire.reply(self._patience(phase))
            self._answered = self._answered or (phase is not None and reply.code != 421)
            refusal = refusal or self._refusal(phase, reply)
            if refusal and (reply.code == 421 or (phase is Phase.DATA and reply.code == 354)):
                # 354 for a letter that has no recipient: the only way out that sends nothing is to hang up
                self._drop()
                break
        self._needs_reset = refusal is not None
        return refusal

    def _patience(self, phase: Phase | None) -> float:
        return {Phase.RCPT: self._deadlines.rcpt, Phase.DATA: self._deadlines.data}.get(
            cast(Any, phase), self._deadlines.mail
        )

    def _refusal(self, phase: Phase | None, reply: Reply) -> Outcome | None:
        if phase is None:
            if reply.code != 250:
                raise WireError(f"RSET was answered with {reply}")
            return None
        if phase is Phase.DATA:
            if reply.code == 354:
                return None
            if reply.code < 400:
                raise WireError(f"DATA was answered with {reply}")
        outcome = judge(phase, reply)
        if outcome.kind is OutcomeKind.ACCEPTED:
            return None
        if reply.code < 400:
            raise WireError(f"{phase} was answered with {reply}")
        return outcome

    async def _content(self, envelope: Envelope) -> Outcome:
        """The content and the final dot; from here on silence means unknown."""
        try:
            self.in_doubt = True
            if envelope.clean:
                self._wire.write(envelope.content, b".\r\n")
            else:
                self._wire.write(stuffed(envelope.content))
            reply = await self._wire.reply(self._deadlines.dot)
        except WireError as error:
            self._drop()
            return lost(str(error), body_left=self._wire.all_left)
        except BaseException:
            self._drop()
            raise
        self.in_doubt = False
        outcome = judge(Phase.DOT, reply)
        if not self._wire.all_left:
            # an answer before the final dot has left: whatever it says, the rest of the letter must not follow
            self._drop()
            return lost(str(reply), body_left=False) if outcome.kind is OutcomeKind.ACCEPTED else outcome
        if reply.code == 421 or reply.code < 200 or 300 <= reply.code < 400:
            self._drop()
        if outcome.reason == Fault.CONNECTION:
            return lost(str(reply), body_left=True)
        return outcome

    def _drop(self) -> None:
        self._broken = True
        self._wire.close()


async def _drop(client: aiosmtplib.SMTP) -> None:
    """Close a connection that came to nothing, without TLS's long farewell, which would outlive the loop."""
    transport = cast(asyncio.Transport | None, client.transport)
    client.close()
    if transport is not None:
        transport.abort()
    for _ in range(3):  # a transport is gone only after the loop has turned: once, and for TLS for each layer
        await asyncio.sleep(0)


def stuffed(content: bytes) -> bytes:
    """`content` (CRLF only) with dots doubled at the start of lines where there are any, and the final dot."""
    if content.startswith(b".") or b"\n." in content:
        content = _DOT_AT_START.sub(b"..", content)
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def _size_limit(extensions: dict[str, str]) -> int:
    text = extensions.get("size", "").strip()
    return int(text) if text.isdigit() else 0


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
