"""What a relay's URL says."""

from __future__ import annotations

from pathlib import Path

import pytest

from rekindle.deliver.eml import EmlTransport
from rekindle.deliver.relay_url import RelayUrl, Tls, parse_relay_url
from rekindle.deliver.smtp import SmtpTransport
from rekindle.deliver.transport import TransportUrlError, transport_for


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://relay", RelayUrl("relay", 25, tls=Tls.OPPORTUNISTIC, verify=False)),
        ("smtp://relay:2525?starttls=no", RelayUrl("relay", 2525, tls=Tls.NO)),
        ("smtp://relay?verify=yes", RelayUrl("relay", 25, tls=Tls.OPPORTUNISTIC, verify=True)),
        ("smtp://me:p%40ss%2Fw@relay", RelayUrl("relay", 587, "me", "p@ss/w", Tls.REQUIRE)),
        ("smtp://me:pw@relay:25?starttls=opportunistic", RelayUrl("relay", 25, "me", "pw", verify=False)),
        ("smtps://me:pw@relay?verify=no&helo=me.test",
         RelayUrl("relay", 465, "me", "pw", Tls.WRAPPED, verify=False, helo="me.test")),
        ("smtp://[::1]:25", RelayUrl("::1", 25, verify=False)),
    ],
)  # fmt: skip
def test_credentials_make_tls_required_unless_the_url_says_otherwise(url: str, relay: RelayUrl) -> None:
    assert parse_relay_url(url, Path()) == relay


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("smtp://", "REKINDLE_SMTP_URL names no host; write smtp://host:25"),
        ("smtp://me:secret@relay:abc", "REKINDLE_SMTP_URL: the port is not a number from 1 to 65535"),
        ("smtp://relay?startls=no", "REKINDLE_SMTP_URL: unknown option 'startls' (did you mean 'starttls'?)"),
        ("smtp://relay?starttls=maybe", "REKINDLE_SMTP_URL: starttls=maybe (known: no, opportunistic, require)"),
        ("smtps://relay?starttls=no", "REKINDLE_SMTP_URL: smtps:// is sealed from the start; leave starttls out"),
        ("smtp://relay?verify=ca.pem",
         "REKINDLE_SMTP_URL: verify=ca.pem is neither yes, no nor a file of certificates"),
        ("smtp://relay?helo=me%0d%0aRSET",
         r"REKINDLE_SMTP_URL: helo='me\r\nRSET' is no name of a host, such as mail.shop.example"),
        ("http://me:secret@relay",
         "REKINDLE_SMTP_URL begins with 'http', which is no transport;"
         " write smtp://user:password@host:587, smtps://host or eml:FOLDER"),
        ("eml:", "REKINDLE_SMTP_URL: eml: names no folder; write eml:letters"),
    ],
)  # fmt: skip
def test_a_wrong_url_says_what_to_write_and_never_shows_the_password(url: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(TransportUrlError) as raised:
        transport_for(url, tmp_path)
    assert str(raised.value) == words


def test_the_scheme_chooses_the_transport(tmp_path: Path) -> None:
    made = [transport_for(url, tmp_path) for url in ("smtp://relay", "smtps://relay", "eml:letters")]
    assert [type(one) for one in made] == [SmtpTransport, SmtpTransport, EmlTransport]
    assert made[2].folder == tmp_path / "letters"  # type: ignore[attr-defined]


def test_the_password_is_kept_out_of_repr() -> None:
    assert "pw1" not in repr(parse_relay_url("smtp://me:pw1@relay", Path()))
