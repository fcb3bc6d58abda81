"""An e-mail address in the forms that identity, sending and sampling need."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

MAX_LOCAL = 64
"""Octets before the @ (RFC 5321 4.5.3.1.1)."""


def ascii_domain(domain: str) -> str:
    """`domain` lower-cased as A-labels (RFC 5890); as it is where IDNA refuses it: it will never be sent to."""
    lowered = domain.strip().rstrip(".").lower()
    if lowered.isascii():
        return lowered
    try:
        return lowered.encode("idna").decode("ascii")
    except UnicodeError:
        return lowered


def address_key(address: str) -> str:
    """The identity of a mailbox: NFKC, trimmed, lower-cased, domain as A-label; dots and plus-tags kept."""
    text = unicodedata.normalize("NFKC", address).strip().lower()
    local, at, domain = text.rpartition("@")
    return f"{local}@{ascii_domain(domain)}" if at else text


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address, as in a From header (RFC 5322 mailbox). `name` may be empty."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """The domain as A-label, without the @."""
        return ascii_domain(self.address.rpartition("@")[2])
