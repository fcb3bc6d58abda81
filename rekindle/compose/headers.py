"""Header fields as octets: folded where RFC 5322 allows, encoded words where RFC 2047 allows, and nowhere else.

The standard library's encoder breaks long List-Unsubscribe fields and IDN addresses; hence this one, which knows only
what letters need and is held against other decoders by tests.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from ..model.address import Mailbox, ascii_domain

LINE = 78
"""A line should have no more characters (RFC 5322 2.1.1) .."""
WORD = 75
""".. and an encoded word must not (RFC 2047 2)."""
_OCTETS_IN_WORD = (WORD - len("=?utf-8?b??=")) // 4 * 3
_SPECIALS = re.compile(r"[()<>\[\]:;@\\,.\"]")
_LOOKS_ENCODED = re.compile(r"=\?|\?=")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_ATOMS = re.compile(r"[^\x00-\x20\x7f()<>\[\]\\,;:\"@]+\Z")


class HeaderError(ValueError):
    """A value that may not stand in this header; the text says why."""


def clean_value(name: str, value: str) -> str:
    """`value` if it has no line break and no other control character. Raises HeaderError."""
    found = _FORBIDDEN.search(value)
    if found:
        raise HeaderError(f"{name}: the character U+{ord(found[0]):04X} may not stand in a header")
    return value


def unstructured(name: str, value: str) -> bytes:
    """A field of free text (Subject), folded; what is not printable ASCII as encoded words, spaces kept exactly."""
    clean_value(name, value)
    if _is_plain(value):
        return _folded(name, value.split(" "))
    return _joined(name, _encoded_words(value, LINE - len(name) - 2))


def _is_plain(value: str) -> bool:
    """Whether `value` survives as it is: ASCII, no run of spaces that folding loses, nothing like an encoded word."""
    return (
        value.isascii()
        and "\t" not in value
        and "  " not in value
        and value == value.strip()
        and not _LOOKS_ENCODED.search(value)
        and all(len(word) <= 900 for word in value.split(" "))
    )


def _encoded_words(value: str, first: int) -> list[str]:
    """`value` as encoded words of whole characters, one for each line; `first` is the room on the first line."""
    octets = value.encode()
    room = max((min(WORD, first) - len("=?utf-8?b??=")) // 4 * 3, 12)
    words, start = [], 0
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:  # within a character
            end -= 1
        words.append(_word(octets[start:end]))
        start, room = end, _OCTETS_IN_WORD
    words.append(_word(octets[start:]))
    return words


def _word(octets: bytes) -> str:
    return f"=?utf-8?b?{b2a_base64(octets, newline=False).decode()}?="


def _joined(name: str, lines: list[str]) -> bytes:
    return f"{name}: {(chr(13) + chr(10) + ' ').join(lines)}\r\n".encode("ascii")


def _folded(name: str, words: list[str]) -> bytes:
    """`words` with single spaces between, broken before a word that would run over the line."""
    lines, line = [], f"{name}: {words[0]}"
    for word in words[1:]:
        if len(line) + 1 + len(word) > LINE:
            lines.append(line)
            line = f" {word}"
        else:
            line += f" {word}"
    lines.append(line)
    return ("\r\n".join(lines) + "\r\n").encode()


def address_spec(name: str, address: str, *, utf8: bool = False) -> str:
    """`address` with its domain as A-label; `utf8`: the part before the @ may be outside ASCII (RFC 6532).

    Raises HeaderError where it cannot stand in the header.
    """
    clean_value(name, address)
    local, at, domain = address.rpartition("@")
    if not at or not _ATOMS.match(local):
        raise HeaderError(f"{name}: '{address}' is not an address")
    if not (utf8 or local.isascii()):
        raise HeaderError(f"{name}: the part of '{address}' before the @ is not ASCII, which needs SMTPUTF8")
    wired = _wired(domain)
    if not wired:
        raise HeaderError(f"{name}: '{domain}' is not a domain")
    return f"{local}@{wired}"


@lru_cache(maxsize=1024)
def _wired(domain: str) -> str:
    """`domain` as A-label, or nothing where it is none; many readers have the same few."""
    wired = ascii_domain(domain)
    return wired if wired.isascii() and _DOMAIN.fullmatch(wired) else ""


def mailbox(name: str, box: Mailbox, *, utf8: bool = False) -> bytes:
    """A field of one mailbox (From, To, Reply-To): the name as atoms, a quoted string or encoded words.

    `utf8`: as `address_spec` has it, for a letter that only a relay with SMTPUTF8 is given.
    """
    spec = address_spec(name, box.address, utf8=utf8)
    if _PLAIN_NAME.fullmatch(box.name) and len(field := f"{name}: {box.name} <{spec}>") <= LINE:
        return f"{field}\r\n".encode()  # as most are, and as is found below at greater length
    shown = clean_value(name, box.name).strip()
    if not shown:
        return _folded(name, [spec if len(name) + len(spec) < LINE else f"<{spec}>"])
    if not _is_plain(shown) or len(shown) > LINE - 20:
        return _folded(name, [*_encoded_words(shown, LINE - len(name) - 2), f"<{spec}>"])
    if _SPECIALS.search(shown):
        shown = '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _folded(name, [*shown.split(" "), f"<{spec}>"])


def token_field(name: str, *tokens: str) -> bytes:
    """A field of tokens that must come through as they are (List-Unsubscribe, Message-ID): folded only between them.

    Raises HeaderError for a token with a space or anything outside printable ASCII.
    """
    written = "".join(tokens)
    if not written.isascii() or not written.isprintable() or " " in written:
        raise HeaderError(f"{name}: {written!a} may not stand in this header")
    return (f"{name}: " + ",\r\n ".join(tokens) + "\r\n").encode("ascii")


def list_id(label: str, identifier: str) -> bytes:
    """List-Id (RFC 2919): a stable identifier `<topic.domain>`, and before it a name for people where it is ASCII.

    Encoded words have no place in List-* fields: mailboxes take the field as it stands.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}", identifier):
        raise HeaderError(f"List-Id: '{identifier}' may not stand in this header")
    shown = clean_value("List-Id", label).strip()
    if not shown or not _is_plain(shown):
        return _folded("List-Id", [f"<{identifier}>"])
    quoted = '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"' if _SPECIALS.search(shown) else shown
    return _folded("List-Id", [*quoted.split(" "), f"<{identifier}>"])


def date_field(moment: datetime) -> bytes:
    """Date (RFC 5322 3.3) in UTC. `moment` is aware."""
    return _date_field(int(moment.timestamp()))


@lru_cache(maxsize=4)
def _date_field(second: int) -> bytes:
    """Many letters leave in the same second."""
    return f"Date: {format_datetime(datetime.fromtimestamp(second, UTC))}\r\n".encode("ascii")
