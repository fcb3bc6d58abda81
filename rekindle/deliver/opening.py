"""The words that open a letter: MAIL and RCPT, with what the server offers and nothing else (RFC 5321 4.1.1.11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..model.address import ascii_domain
from ..model.delivery import Outcome
from .envelope import AddressError, Envelope, wire_address
from .verdict import Fault, Phase, refused_here

Words = list[tuple[Phase | None, bytes]]
"""Each command, and which phase its answer belongs to."""

MOST_ENVID = 100
"""Characters of an ENVID (RFC 3461 4.4)."""

_NOT_XCHAR = re.compile(r"[^!-*,-<>-~]")
_NOT_UTF8_XCHAR = re.compile(r"[\x00- +=\\\x7f]")


@dataclass(frozen=True, slots=True)
class Offers:
    """What a server's answer to EHLO said; `most`: octets of a letter (RFC 1870), 0 where it does not say."""

    pipelining: bool = False
    smtputf8: bool = False
    eight_bit: bool = False
    dsn: bool = False
    size: bool = False
    most: int = 0

    @classmethod
    def read(cls, extensions: Mapping[str, str]) -> Offers:
        """From the keywords in small letters and their parameters."""
        most = extensions.get("size", "").strip()
        return cls(
            "pipelining" in extensions,
            "smtputf8" in extensions,
            "8bitmime" in extensions,
            "dsn" in extensions,
            "size" in extensions,
            int(most) if most.isascii() and most.isdigit() else 0,
        )

    def words(self, envelope: Envelope) -> Words | Outcome:
        """MAIL, RCPT and DATA for this letter, or why this relay cannot take it."""
        try:
            sender = envelope.sender and wire_address(envelope.sender)
        except AddressError as error:
            return refused_here(f"the letter has no return path that SMTP allows: {error}", Fault.POLICY)
        try:
            recipient = wire_address(envelope.recipient)
        except AddressError as error:
            return refused_here(str(error), Fault.RECIPIENT)
        octets, plain = len(envelope.content), recipient.isascii() and sender.isascii()
        if not plain and not self.smtputf8:
            whose = "the address" if sender.isascii() else "the letter has a return path that"
            return refused_here(f"{whose} needs SMTPUTF8, which the relay does not offer", Fault.POLICY)
        if self.most and octets > self.most:
            return refused_here(f"the letter is larger than the relay's {self.most} octets", Fault.POLICY)
        parameters = f" SIZE={octets}" if self.size else ""
        if not envelope.content.isascii():
            if not self.eight_bit:
                return refused_here("the letter has 8-bit octets, which the relay does not take", Fault.POLICY)
            parameters += " BODY=8BITMIME"
        parameters += "" if plain else " SMTPUTF8"
        of_recipient = ""
        if self.dsn:
            parameters += f" RET=HDRS{_envid(envelope.message_id)}"
            of_recipient = f" ORCPT={original_recipient(envelope.recipient)}"
        return [
            (Phase.MAIL, f"MAIL FROM:<{sender}>{parameters}\r\n".encode()),
            (Phase.RCPT, f"RCPT TO:<{recipient}>{of_recipient}\r\n".encode()),
            (Phase.DATA, b"DATA\r\n"),
        ]


def _envid(message_id: str) -> str:
    """The Message-ID, by which a report that comes back names the letter; nothing where it is too long for that."""
    text = xtext(message_id.strip("<>"))
    return f" ENVID={text}" if text and len(text) <= MOST_ENVID else ""


def original_recipient(address: str) -> str:
    """ORCPT's value, for the report: the address as it was given (RFC 3461 4.2), its domain as A-label.

    As `utf-8` (RFC 6533 3) where the local part is outside ASCII: that letter needs SMTPUTF8 anyway. Any other may go
    where SMTPUTF8 is not offered, and there all that we say is ASCII.
    """
    if not address.isascii():
        local, _, domain = address.rpartition("@")
        address = f"{local}@{ascii_domain(domain)}" if local.isascii() else address
    if address.isascii():
        return f"rfc822;{xtext(address)}"
    escaped = _NOT_UTF8_XCHAR.sub(lambda found: f"\\x{{{ord(found[0]):02X}}}", address)
    return f"utf-8;{escaped}"


def xtext(text: str) -> str:
    """RFC 3461 4: printable ASCII as it is, but `+` and `=`, and each other octet as `+` and two hexadecimal digits."""
    return _NOT_XCHAR.sub(lambda found: "".join(f"+{octet:02X}" for octet in found[0].encode()), text)
