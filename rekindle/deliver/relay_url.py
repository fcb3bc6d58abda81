"""What a relay's URL says: host, credentials, and how much TLS there must be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from ..model.problem import did_you_mean
from .transport import TransportUrlError

SUBMISSION, SUBMISSIONS, RELAY = 587, 465, 25
OPTIONS = ("starttls", "verify", "helo")


class Tls(StrEnum):
    """How the connection is to be sealed. NO is the marketer's explicit wish, for a relay on the same machine."""

    WRAPPED = "wrapped"
    REQUIRE = "require"
    OPPORTUNISTIC = "opportunistic"
    NO = "no"


_HELO = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Za-z:.]+\]", re.ASCII)
"""A name or an address in brackets (RFC 5321 4.1.3): it goes into a command as it is."""


@dataclass(frozen=True, slots=True)
class RelayUrl:
    """`verify`: whether the certificate is checked; `authority`: a file of certificates to check it against."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = Tls.OPPORTUNISTIC
    verify: bool = True
    authority: Path | None = None
    helo: str = ""


def parse_relay_url(url: str, root: Path) -> RelayUrl:
    """Read `smtp://user:password@host:port?starttls=..&verify=..&helo=..` or `smtps://..`.

    Credentials make STARTTLS required unless the URL says otherwise; without them it is used where offered, and its
    certificate then is checked only when `verify` asks for it (RFC 7435: some protection is better than none).
    The text of a TransportUrlError never holds the URL: there is a password in it.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise TransportUrlError("REKINDLE_SMTP_URL: the port is not a number from 1 to 65535") from error
    if not parts.hostname:
        raise TransportUrlError("REKINDLE_SMTP_URL names no host; write smtp://host:25")
    options = _options(parts.query)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    tls = _tls(parts.scheme.lower(), options.get("starttls"), bool(user))
    verify, authority = _verification(options.get("verify"), tls, root)
    helo = options.get("helo", "")
    if helo and not _HELO.fullmatch(helo):
        raise TransportUrlError(f"REKINDLE_SMTP_URL: helo={helo!a} is no name of a host, such as mail.shop.example")
    default = SUBMISSIONS if tls is Tls.WRAPPED else SUBMISSION if user else RELAY
    return RelayUrl(parts.hostname, port or default, user, password, tls, verify, authority, helo)


def _options(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name in options:
        if name not in OPTIONS:
            raise TransportUrlError(f"REKINDLE_SMTP_URL: unknown option '{name}' ({did_you_mean(name, OPTIONS)})")
    return options


def _tls(scheme: str, starttls: str | None, has_credentials: bool) -> Tls:
    if scheme == "smtps":
        if starttls is not None:
            raise TransportUrlError("REKINDLE_SMTP_URL: smtps:// is sealed from the start; leave starttls out")
        return Tls.WRAPPED
    if starttls is None:
        return Tls.REQUIRE if has_credentials else Tls.OPPORTUNISTIC
    choices = {tls.value: tls for tls in (Tls.REQUIRE, Tls.OPPORTUNISTIC, Tls.NO)}
    if starttls not in choices:
        raise TransportUrlError(f"REKINDLE_SMTP_URL: starttls={starttls} ({did_you_mean(starttls, choices)})")
    return choices[starttls]


def _verification(verify: str | None, tls: Tls, root: Path) -> tuple[bool, Path | None]:
    if verify is None:
        return tls is not Tls.OPPORTUNISTIC, None
    if verify in ("yes", "no"):
        return verify == "yes", None
    authority = root / verify
    if not authority.is_file():
        raise TransportUrlError(f"REKINDLE_SMTP_URL: verify={verify} is neither yes, no nor a file of certificates")
    return True, authority
