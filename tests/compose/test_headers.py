"""Header fields: what other decoders read is what was meant, and no line breaks a rule."""

from __future__ import annotations

import base64
import quopri
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.headerregistry import HeaderRegistry

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekindle.compose.headers import HeaderError, date_field, list_id, mailbox, token_field, unstructured
from rekindle.model.address import Mailbox

PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Co"]), min_size=1, max_size=300)
RUSSIAN = st.text(st.sampled_from('абвгд Привет, мир! 😀é\u00a0"<>()=?_'), min_size=1, max_size=300)
ENCODED_WORD = re.compile(rb"=\?([^?]+)\?([bBqQ])\?([^?]*)\?=")


def own_decoder(field: bytes) -> str:
    """RFC 2047 read straight from its text: adjoining encoded words join without the space between them."""
    value = re.sub(rb"\r\n(?=[ \t])", b"", field.partition(b": ")[2].removesuffix(b"\r\n"))
    value = re.sub(rb"\?=[ \t]+(?==\?)", b"?=", value)

    def decoded(match: re.Match[bytes]) -> bytes:
        charset, kind, text = match[1].decode(), match[2].lower(), match[3]
        octets = base64.b64decode(text, validate=True) if kind == b"b" else quopri.decodestring(text, header=True)
        return octets.decode(charset).encode()

    return ENCODED_WORD.sub(decoded, value).decode()


def check_lines(field: bytes) -> None:
    """CRLF only, lines of 78 at most unless one token is longer, encoded words of 75 with whole characters in each."""
    assert field.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", field)
    assert field.isascii()
    for line in field.removesuffix(b"\r\n").split(b"\r\n"):
        assert line.strip()
        assert len(line) <= 78 or b" " not in line.strip().partition(b": ")[2]
    for word in ENCODED_WORD.finditer(field):
        assert len(word[0]) <= 75
        assert base64.b64decode(word[3], validate=True).decode()


@given(PRINTABLE | RUSSIAN | st.text(st.sampled_from(" ab=?_,."), min_size=1, max_size=200))
def test_a_subject_is_read_back_exactly(subject: str) -> None:
    """By a reading of RFC 2047 of our own and by the standard library's."""
    field = unstructured("Subject", subject)
    check_lines(field)
    assert own_decoder(field) == subject
    unfolded = field.partition(b": ")[2].decode().replace("\r\n ", " ").removesuffix("\r\n")
    assert str(make_header(decode_header(unfolded))) == subject


@given(PRINTABLE | RUSSIAN)
def test_a_name_in_from_is_read_back_and_the_address_stays_outside_encoded_words(name: str) -> None:
    field = mailbox("From", Mailbox("hello@faktura.example", name))
    check_lines(field)
    header = HeaderRegistry()("From", field.partition(b":")[2].decode().replace("\r\n", "").strip())
    assert [box.addr_spec for box in header.addresses] == ["hello@faktura.example"]
    if name.strip():
        shown = own_decoder(field).removesuffix(" <hello@faktura.example>")
        assert unquoted(shown) == name.strip()


def unquoted(phrase: str) -> str:
    """A quoted string as what it quotes (RFC 5322 3.2.4), when the whole of it was quoted by us."""
    if re.fullmatch(r'"(?:[^"\\]|\\.)*"', phrase) and re.search(r'[()<>\[\]:;@\\,."]', phrase[1:-1]):
        return re.sub(r"\\(.)", r"\1", phrase[1:-1])
    return phrase


@pytest.mark.skipif(shutil.which("perl") is None, reason="perl is not installed")
def test_perl_reads_the_same_subjects() -> None:
    """A decoder that shares no line with Python's."""
    subjects = [
        "Тест " * 40,
        "plain words " * 20 + "x",
        "é",
        "😀" * 50,
        "a=?utf-8?q?b?=",
        "Анна,  два пробела",
        "=?",
        "я" * 200,
    ]
    fields = b"".join(unstructured("Subject", subject) + b"\n" for subject in subjects)
    script = (
        "use Encode; local $/; my $all = <STDIN>; for my $f (split /\\r\\n\\n/, $all)"
        " { $f =~ s/\\r\\n(?=[ \\t])//g; $f =~ s/^Subject: //;"
        " print encode('UTF-8', decode('MIME-Header', $f)), \"\\n\" }"
    )
    read = subprocess.run(["perl", "-e", script], input=fields, capture_output=True, check=True).stdout.decode()
    assert read.splitlines() == subjects


@pytest.mark.parametrize(
    "bad",
    [
        "\r\nBcc: evil@x.example",
        "a\nb",
        "a\rb",
        "a\x00b",
        "a\u2028b",
        "a\u2029b",
        "a\x85b",
        "a\x0bb",
        "a\x0cb",
        "a\ud800b",
    ],
)
def test_what_could_break_out_of_a_header_is_refused(bad: str) -> None:
    for make in (
        lambda: unstructured("Subject", bad),
        lambda: mailbox("To", Mailbox("a@b.example", bad)),
        lambda: mailbox("To", Mailbox(f"a{bad}@b.example")),
        lambda: mailbox("To", Mailbox(f"a@b{bad}.example")),
        lambda: token_field("Message-ID", f"<{bad}@b.example>"),
        lambda: list_id(bad, "offers.faktura.example"),
        lambda: list_id("Offers", bad),
    ):
        with pytest.raises(HeaderError):
            make()


@pytest.mark.parametrize(
    ("address", "written"),
    [("anna@почта.рф", b"anna@xn--80a1acny.xn--p1ai"), ("a.b+c@Example.COM", b"a.b+c@example.com")],
)
def test_an_international_domain_is_written_as_a_labels(address: str, written: bytes) -> None:
    """An encoded word inside an address, as the standard library writes it, is no address."""
    assert mailbox("To", Mailbox(address)) == b"To: " + written + b"\r\n"


@pytest.mark.parametrize(
    "address",
    [
        "анна@example.ru",
        "a b@example.ru",
        "a",
        "@example.ru",
        "a@",
        "a@b@c.example",
        "a>b@c.example",
        "a@b..\u2603\u0000",
        '"a b"@c.example',
        "a,b@c.example",
        "a@-",
    ],
)
def test_an_address_that_cannot_stand_in_a_header_is_refused(address: str) -> None:
    with pytest.raises(HeaderError):
        mailbox("To", Mailbox(address))


def test_a_plain_name_with_special_characters_is_quoted() -> None:
    assert mailbox("To", Mailbox("a@b.example", 'Smith, "Bob" (x)')) == b'To: "Smith, \\"Bob\\" (x)" <a@b.example>\r\n'


def test_a_subject_that_looks_encoded_stays_literal() -> None:
    """A contact named `=?utf-8?q?x?=` is not decoded by the reader's mailbox."""
    field = unstructured("Subject", "=?utf-8?q?evil?= hello")
    assert own_decoder(field) == "=?utf-8?q?evil?= hello"
    assert b"evil" not in field


def test_list_unsubscribe_is_folded_only_between_its_two_ways() -> None:
    """Any other fold, or an encoded word, and mailboxes show no button to leave."""
    url, mail = f"<https://t.example/u/{'A' * 300}>", "<mailto:leave@faktura.example?subject=unsubscribe%20x>"
    assert token_field("List-Unsubscribe", url, mail) == f"List-Unsubscribe: {url},\r\n {mail}\r\n".encode()


def test_list_id_never_holds_encoded_words() -> None:
    assert list_id("Скидки", "offers.faktura.example") == b"List-Id: <offers.faktura.example>\r\n"
    assert list_id("Offers, news", "o.f.example") == b'List-Id: "Offers, news" <o.f.example>\r\n'


def test_the_date_has_a_numeric_zone() -> None:
    moment = datetime(2026, 11, 1, 12, 0, tzinfo=timezone(timedelta(hours=3)))
    assert date_field(moment) == b"Date: Sun, 01 Nov 2026 09:00:00 +0000\r\n"
    assert date_field(moment) == date_field(moment.astimezone(UTC))
