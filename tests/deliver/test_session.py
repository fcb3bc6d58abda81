"""The words for the next letter go right behind the content of the one before, and never its content (RFC 2920 3.1)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from smtp_server import SmtpServer

from rekindle.deliver.envelope import Envelope
from rekindle.deliver.relay_url import parse_relay_url
from rekindle.deliver.session import Deadlines
from rekindle.deliver.smtp import SmtpTransport
from rekindle.model.delivery import Outcome, OutcomeKind

Serve = Callable[..., SmtpServer]
QUICK = Deadlines(connect=2, mail=2, rcpt=2, data=2, dot=2, goodbye=0.3)


def letter(name: str) -> Envelope:
    content = f"Message-ID: <{name}@x.test>\r\n\r\nhello\r\n".encode()
    return Envelope("b@shop.test", f"{name}@reader.test", content, f"<{name}@x.test>", clean=True)


async def done() -> None:
    """A mark that is made at once."""


def with_relay(port: int, work: Callable[[SmtpTransport], Awaitable[list[Outcome]]]) -> list[Outcome]:
    async def go() -> list[Outcome]:
        return await work(SmtpTransport(parse_relay_url(f"smtp://127.0.0.1:{port}?starttls=no", Path()), QUICK))

    return asyncio.run(go())


async def patient_relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers to the first dot only when it has heard the words for the next letter."""
    writer.write(b"220 x ESMTP\r\n")
    await reader.readline()
    writer.write(b"250-x\r\n250 PIPELINING\r\n")
    await reader.readuntil(b"DATA\r\n")
    writer.write(b"250 ok\r\n250 ok\r\n354 go on\r\n")
    await reader.readuntil(b"\r\n.\r\n")
    words = await reader.readuntil(b"DATA\r\n")
    writer.write(b"250 first\r\n" + b"250 ok\r\n" * (words.count(b"\r\n") - 1) + b"354 go on\r\n")
    await reader.readuntil(b"\r\n.\r\n")
    writer.write(b"250 second\r\n")
    await reader.read()
    writer.close()
    await writer.wait_closed()


def test_a_relay_hears_of_the_next_letter_before_it_answers_to_this_one() -> None:
    """One round trip a letter: a relay that waits for these words would otherwise never answer."""

    async def go() -> list[Outcome]:
        server = await asyncio.start_server(patient_relay, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        transport = SmtpTransport(parse_relay_url(f"smtp://127.0.0.1:{port}?starttls=no", Path()), QUICK)
        session = await transport.open()
        second = letter("b")
        outcomes = [await session.hand_over(letter("a"), done(), lambda: second)]
        outcomes.append(await session.hand_over(second, done()))
        await session.close()
        server.close()
        await server.wait_closed()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*others)
        return outcomes

    first, second = asyncio.run(go())
    assert (first.kind, first.reply) == (OutcomeKind.ACCEPTED, "250 first")
    assert (second.kind, second.reply) == (OutcomeKind.ACCEPTED, "250 second")


def test_the_content_of_a_letter_that_was_opened_ahead_waits_for_its_mark(serve: Serve) -> None:
    server, second = serve(), letter("b")

    async def go(transport: SmtpTransport) -> list[Outcome]:
        session, marked = await transport.open(), asyncio.Event()

        async def late() -> None:
            await marked.wait()

        first = await session.hand_over(letter("a"), done(), lambda: second)
        waiting = asyncio.ensure_future(session.hand_over(second, late()))
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert [name for name, _ in server.accepted()] == ["a@reader.test"]
        marked.set()
        outcomes = [first, await waiting]
        await session.close()
        return outcomes

    outcomes = with_relay(server.port, go)
    assert {one.kind for one in outcomes} == {OutcomeKind.ACCEPTED}
    assert [name for name, _ in server.accepted()] == ["a@reader.test", "b@reader.test"]


def test_a_session_that_is_closed_with_a_letter_opened_sends_nothing_of_it(serve: Serve) -> None:
    """Not even QUIT: the relay would take it for content."""
    server, second = serve(), letter("b")

    async def go(transport: SmtpTransport) -> list[Outcome]:
        session = await transport.open()
        outcome = await session.hand_over(letter("a"), done(), lambda: second)
        await session.close()
        return [outcome]

    assert [one.kind for one in with_relay(server.port, go)] == [OutcomeKind.ACCEPTED]
    assert [name for name, _ in server.accepted()] == ["a@reader.test"]
    assert "QUIT" not in server.commands


@pytest.mark.parametrize("fault", ["dot-451", "dot-550-5.7.1", "rcpt-550-5.1.1"])
def test_what_becomes_of_one_letter_says_nothing_about_the_next(serve: Serve, fault: str) -> None:
    server, second, third = serve(), letter(f"b.{fault}"), letter("c")

    async def go(transport: SmtpTransport) -> list[Outcome]:
        session = await transport.open()
        outcomes = [await session.hand_over(letter("a"), done(), lambda: second)]
        outcomes.append(await session.hand_over(second, done(), lambda: third))
        assert session.usable
        outcomes.append(await session.hand_over(third, done()))
        await session.close()
        return outcomes

    kinds = [one.kind for one in with_relay(server.port, go)]
    assert kinds[::2] == [OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED]
    assert kinds[1] in (OutcomeKind.DEFERRED, OutcomeKind.REFUSED)
    assert [name for name, _ in server.accepted()] == ["a@reader.test", "c@reader.test"]


def test_without_pipelining_nothing_is_said_ahead(serve: Serve) -> None:
    server = serve(pipelining=False)
    asked: list[bool] = []

    def following() -> None:
        asked.append(True)

    async def go(transport: SmtpTransport) -> list[Outcome]:
        session = await transport.open()
        outcome = await session.hand_over(letter("a"), done(), following)
        await session.close()
        return [outcome]

    assert [one.kind for one in with_relay(server.port, go)] == [OutcomeKind.ACCEPTED]
    assert asked == []


Relay = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def relay_that_adds(behind: bytes, to_letter: int, *, hangs_up: bool) -> tuple[Relay, list[bytes]]:
    """A relay that says `behind` in one packet with its go-ahead to the letter of that number, 0 the first.

    And the list of what it gets as contents, in any of its connections.
    """
    contents: list[bytes] = []
    begun = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal begun
        writer.write(b"220 x ESMTP\r\n")
        await reader.readline()
        writer.write(b"250-x\r\n250 PIPELINING\r\n")
        while True:
            while not (word := await reader.readline()).startswith(b"DATA"):
                if word in (b"", b"QUIT\r\n"):
                    return
            begun += 1
            writer.write(b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go on\r\n" + (behind if begun == to_letter + 1 else b""))
            if hangs_up and begun == to_letter + 1:
                return
            contents.append(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(b"250 2.0.0 queued as %d\r\n" % begun)

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    return served, contents


@pytest.mark.parametrize("ahead", [False, True], ids=["plain", "opened ahead"])
@pytest.mark.parametrize("struck", [0, 1])
@pytest.mark.parametrize(
    ("behind", "hangs_up"),
    [
        (b"", True),
        (b"421 4.3.2 shutting down\r\n", True),
        (b"250 2.0.0 premature\r\n", False),
        (b"550 5.1.1 premature\r\n", False),
        (b"250-premature\r\n", False),
        (b"25", False),
    ],
    ids=["hangs up", "421", "250", "550", "250-", "25"],
)
def test_what_a_relay_says_or_does_between_its_go_ahead_and_the_content_answers_nothing(
    ahead: bool, struck: int, behind: bytes, hangs_up: bool
) -> None:
    """The letter is deferred, since not one octet of it has left; the others have the answers to their own dots."""
    served, contents = relay_that_adds(behind, struck, hangs_up=hangs_up)
    letters = [letter(name) for name in "abc"]

    async def slow_mark() -> None:
        await asyncio.sleep(0.05)  # what comes with the go-ahead is there by then

    async def go() -> list[Outcome]:
        server = await asyncio.start_server(served, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        transport = SmtpTransport(parse_relay_url(f"smtp://127.0.0.1:{port}?starttls=no", Path()), QUICK)
        session, outcomes = await transport.open(), []
        for one, following in zip(letters, [*letters[1:], None], strict=True):
            if not session.usable:
                await session.close()
                session = await transport.open()
            promised = following if ahead else None
            outcomes.append(await session.hand_over(one, slow_mark(), lambda promised=promised: promised))  # type: ignore[misc]
        assert not session.in_doubt
        await session.close()
        server.close()
        await server.wait_closed()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*others)
        return outcomes

    outcomes = asyncio.run(go())
    assert (outcomes[struck].kind, outcomes[struck].reason) == (OutcomeKind.DEFERRED, "connection")
    others = [one for number, one in enumerate(outcomes) if number != struck]
    assert [one.kind for one in others] == [OutcomeKind.ACCEPTED] * 2
    assert all("queued as" in one.reply for one in others), others
    names = [re.search(rb"<(\w)@x.test>", content)[1].decode() for content in contents]  # type: ignore[index]
    assert names == [name for name in "abc" if name != "abc"[struck]]
