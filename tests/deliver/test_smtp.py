"""One letter over a real connection: what is asked of the server, and what every misbehaviour of it comes to."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from smtp_server import SmtpServer, server_context

from rekindle.deliver.envelope import Envelope
from rekindle.deliver.relay_url import parse_relay_url
from rekindle.deliver.session import Deadlines, stuffed
from rekindle.deliver.smtp import SmtpTransport
from rekindle.deliver.transport import ConnectFailedError
from rekindle.model.delivery import Outcome, OutcomeKind
from rekindle.model.error import RelayError

A, D, R, U = OutcomeKind.ACCEPTED, OutcomeKind.DEFERRED, OutcomeKind.REFUSED, OutcomeKind.UNKNOWN
QUICK = Deadlines(connect=2, mail=0.3, rcpt=0.3, data=0.3, dot=0.3, goodbye=0.3)
Serve = Callable[..., SmtpServer]


def letter(local: str, content: bytes = b"Message-ID: <1@x.test>\r\nSubject: hi\r\n\r\nhello\r\n") -> Envelope:
    return Envelope("bounces@shop.test", f"{local}@reader.test", content, "<1@x.test>")


async def nothing() -> None:
    """A mark that is done at once."""


def hand_over(url: str, *envelopes: Envelope, deadlines: Deadlines = QUICK) -> list[Outcome]:
    """The outcomes of these letters; a new session wherever the last one is used up."""

    async def go() -> list[Outcome]:
        transport = SmtpTransport(parse_relay_url(url, Path("/")), deadlines)
        session, outcomes = await transport.open(), []
        for envelope in envelopes:
            if not session.usable:
                session = await transport.open()
            outcomes.append(await session.hand_over(envelope, nothing()))
        await session.close()
        return outcomes

    return asyncio.run(go())


PIPELINING = pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "lock step"])


@PIPELINING
def test_a_letter_arrives_as_it_was_composed(serve: Serve, pipelining: bool) -> None:
    """Dots and CRLF: the octets at the server are the octets composed, whatever lines begin with."""
    server = serve(pipelining=pipelining)
    lines = [b"", b".", b"..", b".x", b"x.", b". ", b"\xd0\x99", b"a" * 997, b"\x0b\x0c", b"\xe2\x80\xa8"]
    chance = random.Random(7)
    contents = [b"\r\n".join(chance.choices(lines, k=200)) + b"\r\n" for _ in range(20)] + [b".\r\n", b"x\r\n"]
    outcomes = hand_over(server.url, *(letter(f"r{n}", content) for n, content in enumerate(contents)))
    assert {outcome.kind for outcome in outcomes} == {A}
    assert [content for _, content in server.letters] == contents
    assert server.connections == 1


def test_a_missing_line_end_is_added_before_the_dot() -> None:
    assert (stuffed(b"x"), stuffed(b".\r\n.y\r\n"), stuffed(b"")) == (
        b"x\r\n.\r\n",
        b"..\r\n..y\r\n.\r\n",
        b"\r\n.\r\n",
    )


@PIPELINING
@pytest.mark.parametrize(
    ("local", "kind", "reason"),
    [
        ("a.rcpt-550-5.1.1", R, "recipient"),
        ("a.rcpt-450-4.2.0", D, "temporary"),
        ("a.rcpt-421-4.7.0", D, "throttle"),
        ("a.data-451-4.3.0", D, "temporary"),
        ("a.data-554-5.7.1", R, "policy"),
        ("a.data-421-4.3.2", D, "temporary"),
        ("a.dot-451-4.3.0", D, "temporary"),
        ("a.dot-552-5.2.2", R, "mailbox_full"),
        ("a.dot-550-5.7.26", R, "policy"),
        ("a.dot-421-4.3.2", D, "temporary"),
        ("a.drop-rcpt", D, "connection"),
        ("a.drop-data", D, "connection"),
        ("a.silent-rcpt", D, "connection"),
        ("a.silent-data", D, "connection"),
        ("a.garbage-rcpt", D, "connection"),
        ("a.endless-rcpt", D, "connection"),
        ("a.drop-dot", U, "connection"),
        ("a.drop-late", U, "connection"),
        ("a.silent-dot", U, "connection"),
        ("a.garbage-dot", U, "connection"),
    ],
)
def test_every_misbehaviour_has_its_outcome_and_the_next_letter_goes_through(
    serve: Serve, pipelining: bool, local: str, kind: OutcomeKind, reason: str
) -> None:
    """Before the final dot nothing was accepted: deferred. After it, silence is unknown (RFC 1047)."""
    server = serve(pipelining=pipelining)
    first, second = hand_over(server.url, letter(local), letter("next"))
    assert (first.kind, first.reason, second.kind) == (kind, reason, A)
    assert server.accepted()[-1] == ("next@reader.test", "<1@x.test>")


def test_a_connection_that_dies_under_a_large_letter_is_deferred(serve: Serve) -> None:
    """As long as octets of the letter have not left this process the final dot cannot have arrived."""
    server = serve()
    (outcome,) = hand_over(server.url, letter("a.drop-body", b"x" * 70 + b"\r\n" + b"y" * 30_000_000 + b"\r\n"))
    assert (outcome.kind, server.accepted()) == (D, [])


def test_after_an_anomaly_the_connection_is_never_used_again(serve: Serve) -> None:
    """A late reply to one letter must not be taken for the next one's."""
    server = serve()
    hand_over(server.url, letter("a.silent-rcpt"), letter("b"), letter("c.garbage-dot"), letter("d"))
    assert server.connections == 3


def test_a_refused_recipient_does_not_cost_the_connection(serve: Serve) -> None:
    """The open transaction is taken back by RSET in front of the next MAIL, in the same write."""
    server = serve()
    outcomes = hand_over(server.url, letter("a.rcpt-550-5.1.1"), letter("b"), letter("c.dot-451"), letter("d"))
    assert ([outcome.kind for outcome in outcomes], server.connections) == ([R, A, D, A], 1)
    assert server.commands.count("RSET") == 1


@PIPELINING
def test_a_refused_mail_is_about_us(serve: Serve, pipelining: bool) -> None:
    server = serve(pipelining=pipelining)
    server.replies["MAIL"].extend(["550 5.1.1 go away", "451 4.3.0 later", "421 4.3.2 closing"])
    outcomes = hand_over(server.url, *(letter(name) for name in "abcd"))
    assert [(o.kind, o.reason, o.about_recipient) for o in outcomes] == [
        (R, "policy", False),
        (D, "temporary", False),
        (D, "temporary", False),
        (A, "", True),
    ]


def test_no_octet_of_the_letter_leaves_before_the_mark(serve: Serve) -> None:
    """The ledger says `handing` before the content is written; the envelope may go ahead meanwhile."""
    server = serve()

    async def go() -> tuple[list[str], Outcome]:
        session = await SmtpTransport(parse_relay_url(server.url, Path()), Deadlines(mail=2, rcpt=2, data=2)).open()
        marked: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(session.hand_over(letter("a"), marked))
        await asyncio.sleep(0.2)
        before = [*server.commands, *(recipient for recipient, _ in server.letters)]
        marked.set_result(None)
        outcome = await task
        await session.close()
        return before, outcome

    before, outcome = asyncio.run(go())
    assert (before[-1], outcome.kind, len(server.letters)) == ("DATA", A, 1)


def test_a_mark_that_fails_leaves_nothing_behind(serve: Serve) -> None:
    """Fail closed: without the mark the letter does not leave, and the half-open transaction is dropped."""
    server = serve()

    async def no_room() -> None:
        raise OSError("disk full")

    async def go() -> bool:
        session = await SmtpTransport(parse_relay_url(server.url, Path()), QUICK).open()
        with pytest.raises(OSError, match="disk full"):
            await session.hand_over(letter("a"), no_room())
        return session.usable

    assert (asyncio.run(go()), server.accepted()) == (False, [])


def test_an_address_outside_ascii_needs_smtputf8(serve: Serve) -> None:
    """RFC 6531: without the extension that one letter fails, and the reason says so; the domain goes as A-label."""
    envelope = Envelope("b@shop.test", "почта@домен.рф", b"x\r\n")
    with_it, without = serve(), serve(smtputf8=False)
    assert [o.kind for o in hand_over(with_it.url, envelope)] == [A]
    assert "MAIL FROM:<b@shop.test> SMTPUTF8" in with_it.commands
    assert "RCPT TO:<почта@xn--d1acufc.xn--p1ai>" in with_it.commands
    assert [(o.kind, o.reason) for o in hand_over(without.url, envelope)] == [(R, "policy")]


def test_a_letter_larger_than_the_relay_takes_is_not_begun(serve: Serve) -> None:
    """RFC 1870."""
    server = serve(size=1000)
    big, small = hand_over(server.url, letter("a", b"x" * 1001), letter("b", b"x" * 900 + b"\r\n"))
    assert (big.kind, big.reason, small.kind) == (R, "policy", A)
    assert [line for line in server.commands if line.startswith("MAIL")] == ["MAIL FROM:<bounces@shop.test> SIZE=902"]


@pytest.mark.parametrize(
    "recipient",
    ["a b@x.test", "a@x.test>\r\nRCPT TO:<evil@x.test", "<a@x.test>", "a", "@x.test", "a@", "a" * 65 + "@x.test"],
)
def test_an_address_that_would_break_the_command_never_reaches_the_wire(serve: Serve, recipient: str) -> None:
    server = serve()
    (outcome,) = hand_over(server.url, Envelope("b@shop.test", recipient, b"x\r\n"))
    assert (outcome.kind, outcome.reason) == (R, "recipient")
    assert [line for line in server.commands if line.startswith(("MAIL", "RCPT"))] == []


def tls(tmp_path: Path) -> tuple[object, str]:
    """A server's context for 127.0.0.1, and the file of the authority that vouches for it."""
    return server_context(tmp_path), str(tmp_path / "ca.pem")


@PIPELINING
@pytest.mark.parametrize("wrapped", [True, False], ids=["smtps", "starttls"])
def test_the_password_and_the_letter_go_over_tls(serve: Serve, tmp_path: Path, wrapped: bool, pipelining: bool) -> None:
    context, authority = tls(tmp_path)
    server = serve(tls=context, wrapped=wrapped, credentials=("me", "p@ss"), pipelining=pipelining)
    scheme = "smtps" if wrapped else "smtp"
    url = f"{scheme}://me:p%40ss@127.0.0.1:{server.port}?verify={authority}"
    big = letter("big", b"Message-ID: <2@x.test>\r\n\r\n" + b"z" * 70 + b"\r\n" + b".y\r\n" * 100_000)
    outcomes = hand_over(url, letter("a"), big, letter("c.rcpt-550-5.1.1"), letter("d.drop-late"), letter("e"))
    assert [outcome.kind for outcome in outcomes] == [A, A, R, U, A]
    assert server.letters[1][1] == big.content
    assert server.passwords_in_clear == 0


def test_where_starttls_is_stripped_no_password_is_sent(serve: Serve, tmp_path: Path) -> None:
    """Required with a password; opportunistic takes what there is, but never the password in clear."""
    context, authority = tls(tmp_path)
    server = serve(tls=context, offer_starttls=False, credentials=("me", "pw"))
    for option in ("", "&starttls=opportunistic"):
        with pytest.raises(RelayError) as raised:
            hand_over(f"smtp://me:pw@127.0.0.1:{server.port}?verify={authority}{option}", letter("a"))
        assert not isinstance(raised.value, ConnectFailedError)
    assert (server.passwords_in_clear, server.accepted()) == (0, [])


def test_a_certificate_that_nobody_vouches_for_is_refused_with_a_password(serve: Serve, tmp_path: Path) -> None:
    context, _ = tls(tmp_path)
    server = serve(tls=context, credentials=("me", "pw"))
    with pytest.raises(RelayError, match="its certificate is not trusted"):
        hand_over(f"smtp://me:pw@127.0.0.1:{server.port}", letter("a"))
    assert [line for line in server.commands if line.startswith("AUTH")] == []


def test_without_a_password_any_tls_is_better_than_none(serve: Serve, tmp_path: Path) -> None:
    """RFC 7435: an unknown certificate is no reason to go in clear."""
    context, _ = tls(tmp_path)
    server = serve(tls=context)
    assert [o.kind for o in hand_over(server.url, letter("a"))] == [A]
    assert "STARTTLS" in server.commands


def test_a_wrong_password_is_told_at_once(serve: Serve, tmp_path: Path) -> None:
    context, authority = tls(tmp_path)
    server = serve(tls=context, credentials=("me", "pw"))
    with pytest.raises(RelayError, match="refuses the user or password: 535") as raised:
        hand_over(f"smtp://me:wrong@127.0.0.1:{server.port}?verify={authority}", letter("a"))
    assert not isinstance(raised.value, ConnectFailedError)


@pytest.mark.parametrize(
    ("options", "starttls", "words"),
    [
        ({}, "no", "offers no way to log in without TLS, so the password was not sent; name its port for submission"),
        ({"sealed": True}, "require", "offers no way to log in, so the password was not sent; name its port for"),
        ({}, "require", "offers no STARTTLS, which is required with a password"),
        ({}, "opportunistic", ": no TLS is offered, so the password was not sent; starttls=no would allow it"),
    ],
)
def test_what_a_relay_does_not_offer_is_told_by_its_own_name(
    serve: Serve, tmp_path: Path, options: dict[str, bool], starttls: str, words: str
) -> None:
    """No STARTTLS is not no AUTH; another try would help with neither."""
    context, authority = tls(tmp_path)
    server = serve(tls=context if options else None)
    verify = "" if starttls == "no" else f"&verify={authority}"
    with pytest.raises(RelayError) as raised:
        hand_over(f"smtp://me:pw@127.0.0.1:{server.port}?starttls={starttls}{verify}", letter("a"))
    assert not isinstance(raised.value, ConnectFailedError)
    assert str(raised.value).removeprefix(f"127.0.0.1:{server.port}").lstrip(" ").startswith(words)
    assert [line for line in server.commands if line.startswith("AUTH")] == []


def test_starttls_that_the_url_asks_for_without_a_password_is_required_too(serve: Serve) -> None:
    server = serve()
    with pytest.raises(RelayError, match="offers no STARTTLS, which the URL requires"):
        hand_over(f"{server.url}?starttls=require", letter("a"))


def test_a_relay_that_knows_helo_only_gets_its_letters(serve: Serve) -> None:
    """RFC 5321 3.2: EHLO that is not understood is followed by HELO, and then nothing is offered."""
    server = serve(pipelining=False)
    server.replies["EHLO"].append("502 what")
    server.replies["HELO"].append("250 hello")
    for option in ("", "?starttls=no"):
        assert [outcome.kind for outcome in hand_over(server.url + option, letter("a"))] == [A]


@pytest.mark.parametrize("banner", ["421 4.3.2 too many connections", "554 5.7.1 go away", "hello"])
def test_a_relay_that_turns_us_away_is_worth_another_try(serve: Serve, banner: str) -> None:
    with pytest.raises(ConnectFailedError):
        hand_over(serve(banner=banner).url, letter("a"))


def test_nobody_listens() -> None:
    with pytest.raises(ConnectFailedError, match=r"127\.0\.0\.1:1 cannot be reached"):
        hand_over("smtp://127.0.0.1:1", letter("a"))
