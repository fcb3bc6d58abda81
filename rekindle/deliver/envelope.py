"""An envelope: what SMTP needs to know about one letter (RFC 5321), and the letter's bytes."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..model.address import MAX_LOCAL, ascii_domain

_ATOMS = re.compile(r"[^\x00-\x20\x7f-\x9f<>()\[\]\\,;:\"@]+\Z")
MAX_PATH = 254
"""RFC 5321 4.5.3.1: 256 octets for the path with its angle brackets."""


class AddressError(ValueError):
    """An address that cannot stand in an SMTP command; the text says why."""


class Envelope(NamedTuple):
    """`sender` is the return path, `recipient` one address; `content` the whole letter, CRLF only, dots not stuffed.

    `clean`: its maker promises that no line begins with a dot and that it ends with CRLF, so that nobody need look.
    """

    sender: str
    recipient: str
    content: bytes
    message_id: str = ""
    clean: bool = False


def wire_address(address: str) -> str:
    """`address` as it stands between the angle brackets: its domain as A-label, its local part as it is.

    Raises AddressError for what would break the command line (spaces, controls, brackets), or is too long. A local
    part outside ASCII is kept: it needs SMTPUTF8 (RFC 6531), which only the relay can tell.
    """
    local, at, domain = address.rpartition("@")
    if not at or not _ATOMS.match(local) or not _ATOMS.match(domain):
        raise AddressError("this is not an address that a letter can go to")
    wired = f"{local}@{ascii_domain(domain)}"
    if not wired.rpartition("@")[2].isascii():
        raise AddressError("the domain has no ASCII form (IDNA)")
    if len(local.encode()) > MAX_LOCAL or len(wired.encode()) > MAX_PATH:
        raise AddressError("the address is longer than SMTP allows")
    return wired
