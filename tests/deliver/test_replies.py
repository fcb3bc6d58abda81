"""Every answer that a server may give to every word of ours: what becomes of the letter, and of the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from smtp_server import SmtpServer, server_context

from rekindle.deliver.envelope import Envelope
from rekindle.deliver.relay_url import parse_relay_url
from rekindle.deliver.smtp import Deadlines, SmtpTransport
from rekindle.deliver.transport import ConnectFailedError
from rekindle.model.delivery import Outcome, OutcomeKind
from rekindle.model.error import RelayError

A, D, R, U = OutcomeKind.ACCEPTED, OutcomeKind.DEFERRED, OutcomeKind.REFUSED, OutcomeKind.UNKNOWN
QUICK = Deadlines(connect=2, mail=0.25, rcpt=0.25, data=0.25, dot=0.25, goodbye=0.25)
Serve = Callable[..., SmtpServer]

NOT_SMTP = ["garbage", "long", "endless", "drop", "silent", "250-ok|550 no", "999 ok", "25 ok", "-1", "\0", "late-0.6"]
"""After any of these nobody knows what the next line of the server answers."""

OUTCOMES: dict[str, dict[str, tuple[OutcomeKind, str]]] = {
    "MAIL": {
        **dict.fromkeys(["250 ok", "251 ok", "252 ok", "250-ok|250-ok|250 2.1.0 ok"], (A, "")),
        "354 go on": (D, "connection"),
        "421 4.3.2 closing": (D, "temporary"),
        "450 4.2.0 later": (D, "temporary"),
        "450-4.2.0 later|450 4.2.0 really": (D, "temporary"),
        "550 5.1.1 no": (R, "policy"),
        "500 what": (R, "policy"),
        **dict.fromkeys(NOT_SMTP, (D, "connection")),
    },
    "RCPT": {
        **dict.fromkeys(["250 ok", "251 ok", "252 ok", "250-ok|250-ok|250 2.1.5 ok"], (A, "")),
        "354 go on": (D, "connection"),
        "421 4.7.28 too much": (D, "throttle"),
        "450 4.2.0 later": (D, "temporary"),
        "552 too many recipients": (D, "temporary"),
        "550 5.1.1 no": (R, "recipient"),
        "550-5.1.1 no|550 5.1.1 such user": (R, "recipient"),
        "550 5.7.26 unauthenticated": (R, "policy"),
        **dict.fromkeys(NOT_SMTP, (D, "connection")),
    },
    "DATA": {
        **dict.fromkeys(["354 go on", "354-go|354 on"], (A, "")),
        **dict.fromkeys(["250 ok", "251 ok", "252 ok"], (D, "connection")),
        "421 4.3.2 closing": (D, "temporary"),
        "451 4.3.0 later": (D, "temporary"),
        "554 5.7.1 no": (R, "policy"),
        **dict.fromkeys(NOT_SMTP, (D, "connection")),
    },
    "DOT": {
        **dict.fromkeys(["250 ok", "251 ok", "252 ok", "250-ok|250 2.0.0 queued"], (A, "")),
        "354 more": (U, "connection"),
        "421 4.7.0 closing": (D, "throttle"),
        "451 4.3.0 later": (D, "temporary"),
        "452-4.3.1 full|452 4.3.1 disk": (D, "temporary"),
        "550 5.7.515 access denied": (R, "policy"),
        "552 5.3.4 too big": (R, "policy"),
        **dict.fromkeys(NOT_SMTP, (U, "connection")),
    },
}
"""RFC 5321 4.2: the first digit rules; before the dot what is not understood means that nothing was accepted."""

CASES = [(verb, said, *outcome) for verb, table in OUTCOMES.items() for said, outcome in table.items()]


def letter(local: str) -> Envelope:
    return Envelope("b@shop.test", f"{local}@reader.test", f"Message-ID: <{local}@x>\r\n\r\nhi\r\n".encode())


async def nothing() -> None:
    """A mark that is done at once."""


def hand_over(url: str, *envelopes: Envelope) -> list[Outcome]:
    async def go() -> list[Outcome]:
        transport = SmtpTransport(parse_relay_url(url, Path("/")), QUICK)
        session, outcomes = await transport.open(), []
        for envelope in envelopes:
            if not session.usable:
                await session.close()
                session = await transport.open()
            outcomes.append(await session.hand_over(envelope, nothing()))
        await session.close()
        return outcomes

    return asyncio.run(go())


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "lock step"])
@pytest.mark.parametrize(
    ("verb", "said", "kind", "reason"), CASES, ids=[f"{case[0]} {case[1][:20]!a}" for case in CASES]
)
def test_every_answer_to_every_word(
    serve: Serve, pipelining: bool, verb: str, said: str, kind: OutcomeKind, reason: str
) -> None:
    """And the letter after it has its own answer, over a new connection where the old one cannot be understood."""
    server = serve(pipelining=pipelining)
    server.replies[verb].append(said)
    first, second = hand_over(server.url, letter("a"), letter("b"))
    assert (first.kind, first.reason, second.kind, second.reason) == (kind, reason, A, "")
    taken = [recipient for recipient, _ in server.accepted()]
    assert taken[-1] == "b@reader.test"
    if kind in (D, R):
        assert taken == ["b@reader.test"], "taken, but told otherwise"
    if reason == "connection":
        assert server.connections == 2


def hand_over_ahead(url: str, *envelopes: Envelope) -> list[Outcome]:
    """As the pump does it: while a letter leaves, the words for the next one go behind it."""

    async def go() -> list[Outcome]:
        transport = SmtpTransport(parse_relay_url(url, Path("/")), QUICK)
        session, outcomes = await transport.open(), []
        for envelope, following in zip(envelopes, [*envelopes[1:], None], strict=True):
            if not session.usable:
                await session.close()
                session = await transport.open()
            outcomes.append(await session.hand_over(envelope, nothing(), partial(_the, following)))
        await session.close()
        return outcomes

    return asyncio.run(go())


def _the(letter: Envelope | None) -> Envelope | None:
    return letter


@pytest.mark.parametrize("struck", [0, 1], ids=["the first", "the second"])
@pytest.mark.parametrize(
    ("verb", "said", "kind", "reason"), CASES, ids=[f"{case[0]} {case[1][:20]!a}" for case in CASES]
)
def test_every_answer_to_every_word_with_the_next_letter_opened_ahead(
    serve: Serve, struck: int, verb: str, said: str, kind: OutcomeKind, reason: str
) -> None:
    """Whichever letter it strikes: no other is lost, doubled, or judged by its answer.

    Where what ends the connection is seen before the letter's turn has come, it goes over a new one and is accepted.
    """
    server = serve()
    usual = {"MAIL": "250 2.1.0 ok", "RCPT": "250 2.1.5 ok", "DATA": "354 go on", "DOT": "250 2.0.0 ok"}
    server.replies[verb].extend([usual[verb]] * struck + [said])
    outcomes = hand_over_ahead(server.url, *(letter(name) for name in "abc"))
    got = outcomes[struck].kind, outcomes[struck].reason
    ended_before = struck > 0 and verb != "DOT" and (reason == "connection" or said.startswith("421"))
    assert got == (kind, reason) or (ended_before and got == (A, ""))
    assert [one.kind for number, one in enumerate(outcomes) if number != struck] == [A, A]
    taken = [recipient.partition("@")[0] for recipient, _ in server.accepted()]
    assert len(set(taken)) == len(taken), "doubled"
    others = [name for name in "abc" if name != "abc"[struck]]
    assert [name for name in taken if name in others] == others
    if kind is not U:
        assert ("abc"[struck] in taken) == (got[0] is A)


@pytest.mark.parametrize("said", ["drop", "garbage", "long", "endless", "421 4.3.2 busy", "500 what", "550 no"])
def test_a_server_that_does_not_greet_properly_is_tried_again(serve: Serve, said: str) -> None:
    """Nothing has been handed over by then: the letters wait."""
    server = serve()
    server.replies["EHLO"].extend([said] * 4)
    with pytest.raises(ConnectFailedError):
        hand_over(server.url, letter("a"))
    assert server.accepted() == []


@pytest.mark.parametrize("said", ["drop", "silent", "garbage", "554 no", "421 no"])
def test_a_reset_that_is_not_understood_costs_the_connection_and_no_letter(serve: Serve, said: str) -> None:
    server = serve()
    server.replies["RSET"].append(said)
    refused, after, last = hand_over(server.url, letter("a.rcpt-550-5.1.1"), letter("b"), letter("c"))
    assert [refused.kind, after.kind, last.kind] == [R, D, A]


@pytest.mark.parametrize("said", ["drop", "silent", "garbage", "550 stay"])
def test_however_the_server_parts_the_letters_are_settled(serve: Serve, said: str) -> None:
    server = serve()
    server.replies["QUIT"].append(said)
    assert [outcome.kind for outcome in hand_over(server.url, letter("a"))] == [A]


@pytest.mark.parametrize("said", ["454 not now", "502 what", "drop", "garbage", "421 busy"])
@pytest.mark.parametrize("password", ["", "me:pw@"], ids=["without a password", "with a password"])
def test_a_starttls_that_fails_never_ends_in_a_password_in_clear(
    serve: Serve, tmp_path: Path, said: str, password: str
) -> None:
    """Whoever sits between can answer STARTTLS as well as strip it."""
    context = server_context(tmp_path)
    server = serve(tls=context, credentials=("me", "pw") if password else None)
    server.replies["STARTTLS"].extend([said] * 4)
    url = f"smtp://{password}127.0.0.1:{server.port}"
    url += f"?verify={tmp_path / 'ca.pem'}" if password else ""
    try:
        hand_over(url, letter("a"))
    except RelayError:
        assert server.accepted() == []
    assert server.passwords_in_clear == 0
    assert not (password and server.accepted())


@pytest.mark.parametrize("said", ["535 5.7.8 no", "454 4.7.0 later", "drop", "garbage", "421 4.7.0 slow down"])
def test_an_answer_to_the_password_that_is_no_welcome_ends_before_any_letter(
    serve: Serve, tmp_path: Path, said: str
) -> None:
    """5xx is told at once, all else is worth another try."""
    server = serve(tls=server_context(tmp_path), credentials=("me", "pw"))
    server.replies["AUTH"].extend([said] * 4)
    with pytest.raises(RelayError) as raised:
        hand_over(f"smtp://me:pw@127.0.0.1:{server.port}?verify={tmp_path / 'ca.pem'}", letter("a"))
    assert isinstance(raised.value, ConnectFailedError) is (said[0] != "5")
    assert server.accepted() == []


def test_what_is_spoken_in_clear_behind_the_go_ahead_is_no_part_of_the_sealed_talk(
    serve: Serve, tmp_path: Path
) -> None:
    """An injected reply to EHLO in the same packet as `220` must not choose our extensions or log us in."""
    server = serve(tls=server_context(tmp_path), credentials=("me", "pw"))
    server.injected = b"250-fault.test\r\n250 AUTH LOGIN\r\n235 welcome\r\n"
    try:
        outcomes = hand_over(f"smtp://me:pw@127.0.0.1:{server.port}?verify={tmp_path / 'ca.pem'}", letter("a"))
    except RelayError:
        assert server.accepted() == []
    else:
        assert ([one.kind for one in outcomes], server.passwords_in_clear) == ([A], 0)
        assert next(line for line in server.commands if line.startswith("AUTH")).startswith("AUTH PLAIN")
