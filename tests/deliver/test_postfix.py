"""Through a stock Postfix: nothing is smuggled past it, and what it offers is taken up in words that it understands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from postfix_server import postfix, spoken, why_not
from smtp_server import SmtpServer, running

from rekindle.compose.mime import ListWords, Skeleton
from rekindle.deliver.envelope import Envelope
from rekindle.deliver.relay_url import parse_relay_url
from rekindle.deliver.smtp import SmtpTransport
from rekindle.model.address import Mailbox
from rekindle.model.delivery import Outcome, OutcomeKind
from rekindle.model.letter import Letter

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
SKELETON = Skeleton(
    Mailbox("hello@shop.test", "Shop"), ListWords("offers.shop.test", "", "leave@shop.test", "a:b:c:shop1")
)
ENDS = ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\n.\r", "\r.\n", "\r\n.\r\n"]
EVIL = "MAIL FROM:<evil@shop.test>{0}RCPT TO:<evil@reader.test>{0}DATA{0}Subject: evil{0}{0}smuggled{0}.{0}"


@pytest.fixture(scope="module")
def onward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmtpServer]:
    """Where Postfix gives on what it has taken."""
    with running(tmp_path_factory.mktemp("onward") / "ledger.tsv") as server:
        yield server


@pytest.fixture(scope="module")
def relay(onward: SmtpServer) -> Iterator[str]:
    with postfix(onward.port) as url:
        yield url


def hand_over(url: str, *envelopes: Envelope) -> list[Outcome]:
    async def nothing() -> None:
        """A mark that is done at once."""

    async def go() -> list[Outcome]:
        session = await SmtpTransport(parse_relay_url(url, Path("/"))).open()
        outcomes = [await session.hand_over(envelope, nothing()) for envelope in envelopes]
        await session.close()
        return outcomes

    return asyncio.run(go())


def came_on(onward: SmtpServer, name: str, count: int) -> list[str]:
    """Who got a letter of these (whose addresses hold `name`, or are evil), once `count` are there."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        got = [recipient for recipient, _ in onward.accepted() if name in recipient or "evil" in recipient]
        if len(got) >= count:
            return got
        time.sleep(0.05)
    return got


def test_no_body_of_ours_smuggles_a_second_letter(relay: str, onward: SmtpServer) -> None:
    """Whatever a contact's name or a template holds, Postfix sees as many letters as were handed over."""
    letters = []
    for number, end in enumerate(ENDS * 2):
        body = f"hello{end}{EVIL.format(ENDS[0][:1] if number >= len(ENDS) else chr(13) + chr(10))}"
        content = SKELETON.letter_bytes(
            Letter("Subject", "", [f"<p>{body}</p>"], [body]),
            Mailbox(f"r{number}@body.test"), f"{number}@shop.test", NOW,
            "https://mail.shop.test/u/abc",
        )  # fmt: skip
        letters.append(Envelope("b@shop.test", f"r{number}@body.test", content, clean=True))
    letters.append(Envelope("b@shop.test", "last@body.test", b"Subject: x\r\n\r\n.\r\n..\r\n.x\r\n"))
    assert {outcome.kind for outcome in hand_over(relay, *letters)} == {OutcomeKind.ACCEPTED}
    assert sorted(came_on(onward, "@body.test", len(letters))) == sorted(each.recipient for each in letters)


def test_the_same_body_in_raw_octets_would_have(relay: str, onward: SmtpServer) -> None:
    """What the test above is worth: this Postfix takes `LF . LF` for the end of a letter."""
    spoken(
        relay,
        b"EHLO x\r\n",
        b"MAIL FROM:<b@shop.test>\r\n",
        b"RCPT TO:<r@raw.test>\r\n",
        b"DATA\r\n",
        b"Subject: x\r\n\r\nhello\n.\n" + EVIL.format("\r\n").encode().replace(b"evil@reader", b"second@raw"),
    )
    assert "second@raw.test" in came_on(onward, "@raw.test", 2)


def test_what_postfix_offers_is_taken_up(relay: str, onward: SmtpServer) -> None:
    """SIZE, DSN and SMTPUTF8 together; the address goes on as it was, its domain as A-label."""
    content = SKELETON.letter_bytes(
        Letter("Тема", "", ["<p>a</p>"], ["a"]),
        Mailbox("почта@utf8.test"),
        "1@shop.test",
        NOW,
        "https://mail.shop.test/u/a",
    )
    plain = Envelope("b+w=x@shop.test", "a+b=c@utf8.test", b"Subject: x\r\n\r\nhi\r\n", f"<{'m' * 60}@shop.test>")
    letters = [Envelope("b@shop.test", "почта@utf8.test", content, "<1@shop.test>", clean=True), plain]
    assert [(one.kind, one.reply[:3]) for one in hand_over(relay, *letters)] == [(OutcomeKind.ACCEPTED, "250")] * 2
    assert sorted(came_on(onward, "@utf8.test", 2)) == sorted(each.recipient for each in letters)
    (arrived,) = [content for recipient, content in onward.letters if recipient == "почта@utf8.test"]
    assert "To: почта@utf8.test\r\n".encode() in arrived
