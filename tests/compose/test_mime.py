"""The octets of a letter, held against the standard library's parser and the rules of SMTP."""

from __future__ import annotations

import email
import email.policy
import random
import re
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from rekindle.compose.headers import HeaderError
from rekindle.compose.mime import ListWords, Skeleton, feedback_sender, list_words
from rekindle.model.address import Mailbox
from rekindle.model.campaign import Campaign
from rekindle.model.configuration import Configuration, Sender
from rekindle.model.letter import Letter, UnrenderableError

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
WORDS = ListWords("offers.faktura.example", "Скидки", "leave@faktura.example", "winback:2026-11:offers:faktura")
SKELETON = Skeleton(Mailbox("hello@faktura.example", "Мастерская «Фактура»"), WORDS, Mailbox("sales@faktura.example"))
TO = Mailbox("anna@example.ru", "Анна")
URL = "https://t.example/u/AbCd-_0123456789AbCd-_0123456789"
BODY = st.text(st.characters(exclude_categories=["Cs"]), max_size=2000)
DOTTY = st.text(st.sampled_from(".\r\n a=\t\u2028\u0085-б"), max_size=600)


def octets(letter: Letter) -> bytes:
    return SKELETON.letter_bytes(letter, TO, "5.17@faktura.example", NOW, URL)


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def lines_of(text: str) -> str:
    """Line ends as MIME has them: CRLF, whatever they were."""
    return re.sub(r"\r\n?|\n", "\n", text)


@given(BODY | DOTTY, BODY | DOTTY)
def test_bodies_are_read_back_as_they_were(text: str, html: str) -> None:
    message = parsed(octets(Letter("Тема", "", [html], [text])))
    assert message.get_content_type() == "multipart/alternative"
    plain, page = message.iter_parts()
    assert [part.get_content_type() for part in (plain, page)] == ["text/plain", "text/html"]
    for part, wanted in ((plain, text), (page, html)):
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert lines_of(payload.decode()) == lines_of(wanted)
        assert part.get_content_charset() == "utf-8"


@pytest.mark.parametrize(
    "broken", [["Ж\r", "\nЖ"], ["Ж" * 600 + "\r", "\n" + "Ж" * 600], ["\rЖ", "\r"], ["a\r", "\nb"]]
)
def test_line_ends_cut_in_two_by_pieces_are_one(broken: list[str]) -> None:
    _, page = parsed(octets(Letter("Тема", "", broken, ["text"]))).iter_parts()
    payload = page.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert lines_of(payload.decode()) == lines_of("".join(broken))


@given(BODY | DOTTY, BODY | DOTTY)
def test_the_body_is_canonical_as_it_is(text: str, html: str) -> None:
    """DKIM signs it without looking through it again; held against another implementation (dkimpy)."""
    _, body = SKELETON.letter_parts(Letter("Тема", "", [html], [text]), TO, "5.17@faktura.example", NOW, URL)
    assert Relaxed.canonicalize_body(b"".join(body)) == b"".join(body)


@given(BODY | DOTTY, BODY | DOTTY)
def test_the_wire_gets_what_smtp_allows(text: str, html: str) -> None:
    """CRLF only, no line over 998 octets, and no line that begins with a dot: nothing left to stuff or to smuggle."""
    content = octets(Letter("Тема", "", [html], [text]))
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)
    assert b"\r\n." not in content
    assert not content.startswith(b".")
    assert b"\x00" not in content
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert max(map(len, content.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76


@pytest.mark.parametrize(
    "text",
    [
        ".",
        "..",
        "\n.\n",
        "a\n.",
        ".a" * 100,
        "." * 500,
        "x" * 5000,
        "я" * 5000,
        "a\r\rb",
        "\r.\r",
        "= .\n.=",
        "." + "=" * 80,
        " \n \n.",
    ],
)
def test_dots_and_long_lines_come_through(text: str) -> None:
    content = octets(Letter("Тема", "", [text], [text]))
    part = next(parsed(content).iter_parts())
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert lines_of(payload.decode()) == lines_of(text)
    assert b"\r\n." not in content
    assert max(map(len, content.split(b"\r\n"))) <= 98


def test_the_headers_are_those_that_mailboxes_ask_for() -> None:
    """RFC 5322, 2369, 2919, 8058 and the bulk rules: each header once, in the words that are wanted."""
    message = parsed(octets(Letter("Скидка для вас", "", ["<p>a</p>"], ["a"])))
    assert {name: str(value) for name, value in message.items()} == {
        "Date": "Sun, 01 Nov 2026 09:00:00 +0000",
        "From": "Мастерская «Фактура» <hello@faktura.example>",
        "Reply-To": "sales@faktura.example",
        "To": "Анна <anna@example.ru>",
        "Message-ID": "<5.17@faktura.example>",
        "Subject": "Скидка для вас",
        "List-Unsubscribe": f"<{URL}>, <mailto:leave@faktura.example?subject=unsubscribe%20{URL[20:]}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": "<offers.faktura.example>",
        "Feedback-ID": "winback:2026-11:offers:faktura",
        "Precedence": "bulk",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="' + str(message.get_boundary()) + '"',
    }


def test_an_address_outside_ascii_stands_in_to_as_it_is() -> None:
    """RFC 6532: no encoded word inside an address; such a letter is given only to a relay that offers SMTPUTF8."""
    content = SKELETON.letter_bytes(
        Letter("a", "", ["<p>a</p>"], ["a"]), Mailbox("анна@почта.рф", "Анна"), "1@x.example", NOW, URL
    )
    field = next(line for line in content.split(b"\r\n") if line.startswith(b"To: "))
    assert field.decode().endswith(" <анна@xn--80a1acny.xn--p1ai>")
    assert b"".join(line for line in content.split(b"\r\n") if not line.startswith(b"To: ")).isascii()
    with pytest.raises(HeaderError):
        Skeleton(Mailbox("анна@почта.рф"), WORDS)


def test_a_body_cannot_end_its_part() -> None:
    """Whoever knows the boundary (it is in every letter of the mailing) cannot write it: `=` and `_` are encoded."""
    boundary = str(parsed(octets(Letter("s", "", ["<p>a</p>"], ["a"]))).get_boundary())
    assert len(boundary) <= 70
    for lead in ("--", "\r\n--", "\n--", "\r--"):
        for sign in ("", "б"):
            text = f"{sign}before{lead}{boundary}{lead}{boundary}--\nafter"
            message = parsed(octets(Letter("s", "", [text], [text])))
            parts = [part.get_payload(decode=True) for part in message.iter_parts()]
            assert [lines_of(part.decode()) for part in parts if isinstance(part, bytes)] == [lines_of(text)] * 2


DATE = re.compile(rb"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
ONCE = {"Date", "From", "Reply-To", "To", "Message-ID", "Subject", "List-Unsubscribe", "List-Unsubscribe-Post",
        "List-Id", "Feedback-ID", "Precedence", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"}  # fmt: skip


def test_the_headers_of_ten_thousand_letters() -> None:
    """Each of them exactly once in every letter, whatever subject and name hold; lines and dates as they must be."""
    chance, ids, feedback = random.Random(13), set(), set()
    for number in range(10_000):
        subject = "".join(chance.choices('аb, =?_"<>@:;\\é😀.', k=chance.randrange(1, 120)))
        to = Mailbox(f"r{number}@example.ru", "".join(chance.choices('Иван Jo,"<>\\=?', k=chance.randrange(30))))
        letter = Letter(subject, "", ["<p>a</p>"], ["a"])
        head = SKELETON.letter_bytes(letter, to, f"5.{number}@faktura.example", NOW, URL).partition(b"\r\n\r\n")[0]
        lines = head.split(b"\r\n")
        names = [line.partition(b":")[0].decode() for line in lines if not line.startswith(b" ")]
        assert sorted(names) == sorted(ONCE), head
        assert max(map(len, lines)) <= 998
        assert max(len(line) for line in lines if b"=?" in line) <= 78
        fields = dict(line.split(b": ", 1) for line in lines if not line.startswith(b" "))
        assert DATE.fullmatch(fields[b"Date"])
        ids.add(fields[b"Message-ID"])
        feedback.add(fields[b"Feedback-ID"])
    assert (len(ids), len(feedback)) == (10_000, 1)


def test_english_goes_quoted_printable_and_russian_base64() -> None:
    """Base64 of pure ASCII is held against letters by filters."""
    message = parsed(octets(Letter("s", "", ["<p>да</p>"], ["yes"])))
    parts = [part["Content-Transfer-Encoding"] for part in message.iter_parts()]
    assert parts == ["quoted-printable", "base64"]


@pytest.mark.parametrize(
    ("letter", "to", "message_id"),
    [
        (Letter("a\r\nBcc: x@y.example", "", [], [], 17), TO, "1@x.example"),
        (Letter("a", "", [], [], 17), Mailbox("a@b.example", "Eve\nBcc: x@y.example"), "1@x.example"),
        (Letter("a", "", [], [], 17), Mailbox("a@b>\r\nRCPT TO:<evil@x.example"), "1@x.example"),
        (Letter("a", "", [], [], 17), TO, "1 2@x.example"),
    ],
)
def test_a_letter_whose_headers_cannot_be_fails_alone(letter: Letter, to: Mailbox, message_id: str) -> None:
    with pytest.raises(UnrenderableError) as caught:
        SKELETON.letter_bytes(letter, to, message_id, NOW, URL)
    assert caught.value.contact_id == 17


def test_the_same_letter_gives_the_same_octets() -> None:
    """A letter made again after a crash is the same letter."""
    letter = Letter("Тема", "", ["<p>a</p>"], ["a"])
    assert octets(letter) == octets(letter)


def test_a_campaign_gives_the_list_headers() -> None:
    box = Mailbox("hello@faktura.example")
    configuration = Configuration(Sender(), box, "", "leave@faktura.example", {"offers": "Offers"})
    campaign = Campaign("winback", "offers", ("all",), box, "s", "t.mjml")
    assert list_words(campaign, configuration, "2026-11-05T10:30") == ListWords(
        "offers.faktura.example", "Offers", "leave@faktura.example", "winback:2026-11-05T10.30:offers:faktura"
    )


@pytest.mark.parametrize(
    "domain", ["a.ru", "faktura.example", "mail.a-very-long-name-of-a-firm.example", "xn--80a1acny.xn--p1ai"]
)
def test_the_feedback_sender_has_five_to_fifteen_characters(domain: str) -> None:
    assert re.fullmatch(r"[a-z0-9]{5,15}", feedback_sender(domain))
