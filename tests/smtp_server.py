"""An SMTP server that misbehaves on request, and keeps a ledger: (recipient, Message-ID), appended before its 250.

What it does is chosen by the words in the recipient's local part, after the first dot (`anna.rcpt-550-5.1.1@x.test`):

    rcpt-CODE[-ENHANCED][xN]  data-..  dot-..   that reply to that verb (only the first N times for this recipient)
    drop-rcpt | drop-data | drop-body | drop-dot | drop-late   close: at the verb, after the first octets of the
                                                content, after the dot (not in the ledger), after the ledger's line
    silent-rcpt | silent-data | silent-dot      never answer
    garbage-rcpt | garbage-dot                  answer what is not SMTP
    endless-rcpt                                a reply without an end
    slow-SECONDS | held                         that long, or until `release`, before the answer to the dot (by then it
                                                is in the ledger)

Or, whoever the recipient is, by `replies`: {verb: what the first ones of these are answered with, in turn}. The verbs:
EHLO STARTTLS AUTH MAIL RCPT DATA DOT RSET QUIT; what stands there is a reply (its lines parted by |), or one of

    drop | silent | garbage | endless | long | late-SECONDS     (long: one line of 2 MB; late: the right reply, late)
"""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import trustme

MISSING = object()


@dataclass
class SmtpServer:
    """Runs in a thread of its own; `ledger` survives whatever happens to the sender."""

    ledger: Path
    pipelining: bool = True
    smtputf8: bool = True
    eight_bit: bool = True
    dsn: bool = False
    size: int = 0
    tls: ssl.SSLContext | None = None
    wrapped: bool = False
    offer_starttls: bool = True
    credentials: tuple[str, str] | None = None
    letters_each: int = 0
    most_connections: int = 0  # any further one is turned away with 421
    latency: float = 0.0
    banner: str = "220 fault.test ESMTP"
    greets_after: float = 0.0
    injected: bytes = b""  # in clear, in one packet with the go-ahead of STARTTLS
    replies: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    keep_letters: bool = True
    port: int = 0
    # what was seen
    letters: list[tuple[str, bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    turned_away: int = 0
    passwords_in_clear: int = 0
    most_open: int = 0
    _seen: Counter[str] = field(default_factory=Counter)
    _open: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self.released = asyncio.Event()
        self._ledger_lines = self.ledger.open("a", encoding="utf-8")

    def start(self) -> SmtpServer:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def refuse_connections(self) -> None:
        """Stop listening and drop everybody: the relay has died."""
        asyncio.run_coroutine_threadsafe(self._die(), self._loop).result(10)

    def release(self) -> None:
        """From now on no answer to a dot waits."""
        self._loop.call_soon_threadsafe(self.released.set)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._die(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._ledger_lines.close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def accepted(self) -> list[tuple[str, str]]:
        """The ledger: (recipient, Message-ID) in the order of acceptance."""
        lines = self.ledger.read_text(encoding="utf-8").splitlines()
        return [tuple(line.split("\t")) for line in lines]  # type: ignore[misc]

    async def _listen(self) -> None:
        wrapping = self.tls if self.wrapped else None
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=wrapping, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _die(self) -> None:
        if self._server:
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.most_connections and self._open >= self.most_connections:
            self.turned_away += 1
            writer.write(b"421 4.7.0 too many connections\r\n")
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self._open += 1
        self.most_open = max(self.most_open, self._open)
        try:
            await _Conversation(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, _Hangup, asyncio.CancelledError):
            pass
        finally:
            self._open -= 1
            self._tasks.discard(task)
            writer.transport.abort()

    def record(self, recipient: str, content: bytes) -> None:
        match = re.search(rb"(?im)^message-id:\s*(\S+)", content)
        self._ledger_lines.write(f"{recipient}\t{match[1].decode() if match else ''}\n")
        self._ledger_lines.flush()
        if self.keep_letters:
            self.letters.append((recipient, content))


class _Hangup(Exception):
    pass


class _Conversation:
    def __init__(self, server: SmtpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.sealed = server.wrapped
        self.logged_in = False
        self.sender: str | None = None
        self.recipient: str | None = None
        self.taken = 0

    async def run(self) -> None:
        await asyncio.sleep(self.server.greets_after)
        await self.say(self.server.banner)
        if not self.server.banner.startswith("220"):
            return
        while True:
            line = (await self.reader.readuntil(b"\r\n")).decode().rstrip("\r\n")
            self.server.commands.append(line)
            verb = line.split(" ")[0].split(":")[0].upper()
            handler = getattr(self, f"on_{verb.lower()}", None)
            if verb not in ("MAIL", "RCPT", "DATA") and self.server.replies[verb]:
                await self.answered(verb, "")
            else:
                await (handler(line) if handler else self.say("502 5.5.1 no such command"))

    async def say(self, *lines: str) -> None:
        if self.server.latency:
            await asyncio.sleep(self.server.latency)
        for line in lines:
            self.writer.write(line.encode() + b"\r\n")
        await self.writer.drain()

    async def answered(self, verb: str, reply: str, good: str = "2") -> bool:
        """Answer `verb` as it is to be this time, else with `reply`; whether the answer was of the class `good`."""
        wish = self.server.replies[verb].popleft() if self.server.replies[verb] else reply
        if wish.startswith("late-"):
            await asyncio.sleep(float(wish.removeprefix("late-")))
            wish = reply
        if not wish:
            return True
        if wish == "drop":
            raise _Hangup
        if wish == "silent":
            await asyncio.sleep(3600)
        while wish == "endless":
            await self.say("250-" + "x" * 500)
        words = {"garbage": "this is not the reply that you are looking for", "long": "250 " + "x" * 2_000_000}
        await self.say(*words.get(wish, wish).split("|"))
        if wish.startswith("421"):
            raise _Hangup
        return wish.startswith(good)

    async def on_ehlo(self, _line: str) -> None:
        server = self.server
        offers = ["fault.test", "ENHANCEDSTATUSCODES"]
        offers += ["PIPELINING"] * server.pipelining + ["SMTPUTF8"] * server.smtputf8 + ["8BITMIME"] * server.eight_bit
        offers += ["DSN"] * server.dsn
        offers += [f"SIZE {server.size}"] if server.size else []
        offers += ["STARTTLS"] if server.tls and not self.sealed and server.offer_starttls else []
        offers += ["AUTH PLAIN"] if server.credentials else []
        await self.say(*(f"250{'-' if offer is not offers[-1] else ' '}{offer}" for offer in offers))

    async def on_starttls(self, _line: str) -> None:
        self.writer.write(b"220 2.0.0 go ahead\r\n" + self.server.injected)
        await self.writer.drain()
        assert self.server.tls is not None
        await self.writer.start_tls(self.server.tls)
        self.sealed = True

    async def on_auth(self, line: str) -> None:
        if not self.sealed:
            self.server.passwords_in_clear += 1
        kind, _, initial = line.partition(" ")[2].partition(" ")
        if kind.upper() != "PLAIN":
            await self.say("504 5.5.4 only PLAIN")
            return
        _, user, password = base64.b64decode(initial).decode().split("\0")
        self.logged_in = (user, password) == self.server.credentials
        await self.say("235 2.7.0 welcome" if self.logged_in else "535 5.7.8 bad credentials")

    async def on_noop(self, _line: str) -> None:
        await self.say("250 2.0.0 ok")

    async def on_rset(self, _line: str) -> None:
        self.sender = self.recipient = None
        await self.say("250 2.0.0 ok")

    async def on_quit(self, _line: str) -> None:
        await self.say("221 2.0.0 bye")
        raise _Hangup

    async def on_mail(self, line: str) -> None:
        if self.server.letters_each and self.taken >= self.server.letters_each:
            await self.say("421 4.7.0 enough for one connection")
            raise _Hangup
        if self.server.credentials and not self.logged_in:
            await self.say("530 5.7.0 log in first")
            return
        if self.sender is not None:
            await self.say("503 5.5.1 one letter at a time")
            return
        if await self.answered("MAIL", "250 2.1.0 ok"):
            self.sender = re.search("<(.*)>", line)[1]  # type: ignore[index]

    async def on_rcpt(self, line: str) -> None:
        if self.sender is None:
            await self.say("503 5.5.1 MAIL first")
            return
        address = re.search("<(.*)>", line)[1]  # type: ignore[index]
        if await self.fault("rcpt", address):
            return
        if await self.answered("RCPT", "250 2.1.5 ok"):
            self.recipient = address

    async def on_data(self, _line: str) -> None:
        if self.recipient is None:
            await self.say("554 5.5.1 no valid recipients")
            return
        recipient = self.recipient
        if await self.fault("data", recipient):
            return
        if not await self.answered("DATA", "354 go on", good="3"):
            return
        if self.word(recipient, "drop-body") is not None:
            await self.reader.read(1)
            raise _Hangup
        content = await self.content()
        self.sender = self.recipient = None
        wish = self.server.replies["DOT"][0] if self.server.replies["DOT"] else "2"
        if not wish.startswith(("2", "late")):
            await self.answered("DOT", "")
            return
        if await self.fault("dot", recipient):
            return
        self.taken += 1
        self.server.record(recipient, content)
        if self.word(recipient, "drop-late") is not None:
            raise _Hangup
        seconds = (
            float("inf") if self.word(recipient, "held") is not None else float(self.word(recipient, "slow-") or 0)
        )
        if seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.server.released.wait(), seconds)
        await self.answered("DOT", "250 2.0.0 queued")

    async def content(self) -> bytes:
        # what comes behind the dot is the next letter's (RFC 2920 3.1) and stays in the reader
        data = bytearray(b"\r\n")
        while not data.endswith(b"\r\n.\r\n"):
            try:
                data += await self.reader.readuntil(b".\r\n")
            except asyncio.LimitOverrunError as error:
                data += await self.reader.readexactly(error.consumed)
        return re.sub(rb"(?m)^\.", b"", bytes(data[2:-3]))

    async def fault(self, verb: str, recipient: str) -> bool:
        """Misbehave at `verb` where the recipient asks for it; True when the verb is answered thereby."""
        if self.word(recipient, f"drop-{verb}") is not None:
            raise _Hangup
        if self.word(recipient, f"silent-{verb}") is not None:
            await asyncio.sleep(3600)
        if self.word(recipient, f"garbage-{verb}") is not None:
            await self.say("this is not the reply that you are looking for")
            return True
        if self.word(recipient, f"endless-{verb}") is not None:
            while True:
                await self.say("250-" + "x" * 500)
        wish = self.word(recipient, f"{verb}-")
        if wish is None:
            return False
        code, _, rest = wish.partition("-")
        enhanced, _, times = rest.partition("x") if rest else ("", "", "")
        if not rest:
            code, _, times = wish.partition("x")
        self.server._seen[f"{verb} {recipient}"] += 1
        if times and self.server._seen[f"{verb} {recipient}"] > int(times):
            return False
        await self.say(f"{code} {enhanced} as you wish".replace("  ", " "))
        if code == "421":
            raise _Hangup
        return True

    @staticmethod
    def word(recipient: str, prefix: str) -> str | None:
        """What follows `prefix` in the local part's words, or None where no word begins so."""
        for word in _words(recipient.rpartition("@")[0]):
            if word.startswith(prefix):
                return word.removeprefix(prefix)
        return None


def _words(local: str) -> list[str]:
    """`anna.rcpt-550-5.1.1.slow-0.2` -> words; a dot between digits does not part them."""
    return re.split(r"\.(?=[a-z])", local)[1:]


def server_context(folder: Path) -> ssl.SSLContext:
    """TLS of a server on 127.0.0.1; `ca.pem` in `folder` is whom to trust."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    return context


@contextmanager
def running(ledger: Path, **options: object) -> Iterator[SmtpServer]:
    """A server for the length of the block."""
    server = SmtpServer(ledger, **options).start()  # type: ignore[arg-type]
    try:
        yield server
    finally:
        server.stop()
