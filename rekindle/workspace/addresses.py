"""The kinds of values that name a mailbox or a place in the web."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..model.address import MAX_LOCAL, Mailbox, ascii_domain
from ..model.document import Node
from ..seal import RETURN_SIZE
from .reading import Reading, quoted, scalar

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_MAILBOX = re.compile(r"(?P<name>.*?)\s*<(?P<address>[^<>]*)>", re.DOTALL)
RETURN_HINT = "give return_path a short address, such as bounces@example.com"
ADDRESS_HINT = "write it like hello@example.com"
MAILBOX_HINT = "write it like Our shop <hello@example.com>"


def is_address(text: str) -> bool:
    """Whether `text` can be the address of our own letters: RFC 5321 sizes, plain local part, domain with a dot."""
    local, at, domain = text.rpartition("@")
    labels = ascii_domain(domain).split(".")
    return (
        bool(at)
        and len(local) <= MAX_LOCAL
        and len(domain) <= 253
        and _LOCAL.fullmatch(local) is not None
        and is_domain(domain)
        and len(labels) > 1
    )


def return_path_fault(address: str) -> str:
    """Why no letter can come back to `address`, which gets `+` and the letter's word before its @; '' where it can."""
    room = MAX_LOCAL - RETURN_SIZE - 1
    if len(address.rpartition("@")[0]) <= room:
        return ""
    return f"{quoted(address)} has more than {room} characters before the @: no room for each letter's own word"


def is_domain(text: str) -> bool:
    """Whether every label of `text` may stand in the DNS as a host's name."""
    return all(_LABEL.fullmatch(label) for label in ascii_domain(text).split("."))


@dataclass(frozen=True, slots=True)
class Address:
    """A bare e-mail address."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, "an e-mail address", ADDRESS_HINT)
        if found is None:
            return None
        if not is_address(found.text.strip()):
            reading.fault(node.at, f"{quoted(found.text)} is not an e-mail address", ADDRESS_HINT)
            return None
        return found.text.strip()


@dataclass(frozen=True, slots=True)
class NamedMailbox:
    """`Name <address>` or a bare address."""

    def __call__(self, node: Node, reading: Reading) -> Mailbox | None:
        found = scalar(node, reading, "a sender", MAILBOX_HINT)
        if found is None:
            return None
        text = found.text.strip()
        match = _MAILBOX.fullmatch(text)
        name, address = (match["name"].strip().strip('"'), match["address"].strip()) if match else ("", text)
        if not is_address(address):
            reading.fault(node.at, f"{quoted(address)} is not an e-mail address", MAILBOX_HINT)
            return None
        if any(ord(character) < 32 for character in name):
            reading.fault(node.at, "the sender's name holds a line break or a control character", MAILBOX_HINT)
            return None
        return Mailbox(address, name)


@dataclass(frozen=True, slots=True)
class Domain:
    """A receiving domain, as A-label."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, "a domain such as example.com")
        if found is None:
            return None
        if not is_domain(found.text):
            reading.fault(node.at, f"{quoted(found.text)} is not a domain", "write it like example.com")
            return None
        return ascii_domain(found.text)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An http or https address with a host."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, "a web address")
        if found is None:
            return None
        text = found.text.strip()
        if not is_web_address(text):
            reading.fault(node.at, f"{quoted(text)} is not a web address", "write it like https://example.com")
            return None
        return text


def is_web_address(text: str) -> bool:
    """Whether `text` is http(s)://host..., without blanks."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
