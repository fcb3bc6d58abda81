"""One SMTP connection after the handshake: letter after letter, pipelined where the server takes it (RFC 2920)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from dataclasses import dataclass

from ..model.delivery import Outcome, OutcomeKind
from .envelope import Envelope
from .opening import Offers, Words
from .transport import Following, nobody
from .verdict import Fault, Phase, Reply, judge, lost
from .wire import Wire, WireError

_DOT_AT_START = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds that each answer may take (RFC 5321 4.5.3.2); three are ours.

    `connect`: until TCP stands; `hello`: for each answer to EHLO, STARTTLS and AUTH; `goodbye`: to QUIT.
    """

    connect: float = 30.0
    greeting: float = 300.0
    hello: float = 300.0
    mail: float = 300.0
    rcpt: float = 300.0
    data: float = 120.0
    dot: float = 600.0
    goodbye: float = 2.0


USUAL = Deadlines()


class SmtpSession:
    """One open connection.

    Where the server takes PIPELINING, the words for the next letter go right behind the content of the one before
    (RFC 2920 3.1: the content may be the first of a group, DATA the last): one round trip a letter.
    """

    def __init__(self, wire: Wire, extensions: dict[str, str], deadlines: Deadlines) -> None:
        self._wire = wire
        self._deadlines = deadlines
        self._patience: dict[Phase | None, float] = {Phase.RCPT: deadlines.rcpt, Phase.DATA: deadlines.data}
        self._offers = Offers.read(extensions)
        self._needs_reset = False
        self._broken = False
        self._answered = False
        self._opened: Envelope | None = None
        self._said: Words = []
        self.in_doubt = False

    @property
    def stale(self) -> bool:
        """Whether the connection had ended before the relay said a word about the last letter."""
        return self._broken and not self._answered

    @property
    def usable(self) -> bool:
        """Whether the connection stands and has said nothing unasked (a 421 while idle, say)."""
        return not self._broken and (self._wire.stands if self._opened else self._wire.quiet)

    async def hand_over(self, envelope: Envelope, marked: Awaitable[None], following: Following = nobody) -> Outcome:
        """One letter: envelope and mark side by side, the content when both are through. See transport.Session."""
        self._answered = self.in_doubt = False
        opened, self._opened = self._opened, None
        assert opened is None or opened is envelope, "another letter was promised"
        commands = self._said if opened else self._commands(envelope)
        mark = asyncio.ensure_future(marked)
        if isinstance(commands, Outcome):
            await mark
            return commands
        try:
            refusal = await self._open_letter(commands, is_said=opened is not None)
            await mark
        except WireError as error:
            self._drop()
            await mark
            return lost(str(error), body_left=False)
        except BaseException:
            self._drop()
            mark.cancel()
            raise
        if refusal:
            return refusal
        # every answer that we asked for is read by now: what else lies there would be taken for the one to the dot, and
        # what is written to a connection that has ended is accepted by nobody
        return await self._content(envelope, following) if self._wire.quiet else self._spoken_out_of_turn()

    async def close(self) -> None:
        """QUIT, and wait a moment for the answer: the letters are all settled by now."""
        if self.usable and not self._opened:  # with a letter opened, all that we say would be its content
            try:
                self._wire.write(b"QUIT\r\n")
                await self._wire.reply(self._deadlines.goodbye)
            except WireError:
                pass
        self._drop()

    def _commands(self, envelope: Envelope) -> Words | Outcome:
        """The words before the content, or why this relay cannot take the letter."""
        words = self._offers.words(envelope)
        return [(None, b"RSET\r\n"), *words] if self._needs_reset and not isinstance(words, Outcome) else words

    async def _open_letter(self, commands: Words, *, is_said: bool) -> Outcome | None:
        """Say the words, unless they are said, and read all replies; None when the server waits for the content."""
        if self._offers.pipelining and not is_said:
            self._wire.write(b"".join(word for _, word in commands))
        refusal: Outcome | None = None
        for phase, word in commands:
            if not self._offers.pipelining:
                if refusal:
                    break
                self._wire.write(word)
            reply = self._wire.heard() or await self._wire.reply(self._patience.get(phase, self._deadlines.mail))
            self._answered = self._answered or (phase is not None and reply.code != 421)
            refusal = refusal or self._refusal(phase, reply)
            if refusal and (reply.code == 421 or (phase is Phase.DATA and reply.code == 354)):
                # 354 for a letter that has no recipient: the only way out that sends nothing is to hang up
                self._drop()
                break
        self._needs_reset = refusal is not None
        return refusal

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
        elif 200 <= reply.code < 300:
            return None
        outcome = judge(phase, reply)
        if reply.code < 400:
            raise WireError(f"{phase} was answered with {reply}")
        return outcome

    def _spoken_out_of_turn(self) -> Outcome:
        """Not one octet of the letter has left: it can wait for a connection that keeps to the order."""
        said = self._wire.heard()
        self._drop()
        what = f"the relay said {said}, unasked," if said else "the connection ended"
        return lost(f"{what} before the content was sent", body_left=False)

    async def _content(self, envelope: Envelope, following: Following) -> Outcome:
        """The content and the final dot; from here on silence means unknown."""
        content = (envelope.content, b".\r\n") if envelope.clean else (stuffed(envelope.content),)
        ahead = self._open_ahead(envelope, following)
        try:
            self.in_doubt = True
            # in one go: a relay that hears the words later answers in two pieces, each of which wakes us, and the
            # second of which TCP may hold back until the first is acknowledged (RFC 896, RFC 1122 4.2.3.2)
            self._wire.write(*content, ahead)
            reply = await self._wire.reply(self._deadlines.dot)
        except WireError as error:
            self._drop()
            # with words behind it, what has not left may be these alone
            return lost(str(error), body_left=bool(ahead) or self._wire.all_left)
        except BaseException:
            self._drop()
            raise
        self.in_doubt = False
        outcome = judge(Phase.DOT, reply)
        if not self._wire.all_left:
            # an answer before the final dot has left: whatever it says, the rest of the letter must not follow
            self._drop()
            return lost(str(reply), body_left=bool(ahead)) if outcome.kind is OutcomeKind.ACCEPTED else outcome
        if reply.code == 421 or reply.code < 200 or 300 <= reply.code < 400:
            self._drop()
        if outcome.reason == Fault.CONNECTION:
            return lost(str(reply), body_left=True)
        return outcome

    def _open_ahead(self, envelope: Envelope, following: Following) -> bytes:
        """The words for the next letter, to go behind this one's content where the kernel takes all of it at once."""
        if not self._offers.pipelining or len(envelope.content) > self._wire.room:
            return b""
        promised = following()
        words = self._commands(promised) if promised else []
        if isinstance(words, Outcome):
            return b""
        self._opened, self._said = (promised, words) if words else (None, [])
        return b"".join(word for _, word in words)

    def _drop(self) -> None:
        self._broken = True
        self._wire.close()


def stuffed(content: bytes) -> bytes:
    """`content` (CRLF only) with dots doubled at the start of lines where there are any, and the final dot."""
    if content.startswith(b".") or b"\n." in content:
        content = _DOT_AT_START.sub(b"..", content)
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")
