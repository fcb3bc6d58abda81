"""DKIM signatures (RFC 6376; RSA of RFC 8301, Ed25519 of RFC 8463): relaxed/relaxed, made by `cryptography`.

Every List-* header, Feedback-ID and all that a reader sees is signed; From and Subject once more than they stand there,
so that nobody adds another. There is no `l=`: nothing may be appended to a signed letter.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..model.error import MissingExtraError, RekindleError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

SIGNED = (
    "from", "sender", "reply-to", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post",
    "list-id", "feedback-id", "mime-version", "content-type", "precedence",
)  # fmt: skip
"""Headers that are signed where they stand in a letter."""

ONCE_MORE = ("from", "subject")
"""Signed once more than they occur: a second one, put in on the way, breaks the signature (RFC 6376 8.15)."""

SMALLEST_RSA = 1024

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)\r\n")
_RUNS = re.compile(rb"[ \t]+")
_ENDS = re.compile(rb"[ \t]+(?=\r\n)")


class DkimKeyError(RekindleError):
    """A key that cannot be used for signing; the text says which and why."""


class _Private(Protocol):
    def sign(self, octets: bytes) -> bytes: ...


@dataclass(frozen=True)
class _Key:
    algorithm: str
    selector: str
    private: _Private


class DkimSigner:
    """Signs letters for `domain` with one key, or with several (RSA for all, Ed25519 beside it)."""

    def __init__(self, domain: str, keys: Sequence[tuple[str, bytes]]) -> None:
        """`keys`: (selector, private key in PEM). Raises DkimKeyError, MissingExtraError without `cryptography`."""
        self._domain = domain
        self._keys = tuple(_key(selector, pem) for selector, pem in keys)

    def signed(self, content: bytes) -> bytes:
        """`content` (a whole letter, CRLF only) with its signatures before it."""
        head, _, body = content.partition(b"\r\n\r\n")
        body_hash = b64encode(sha256(relaxed_body(body)).digest()).decode("ascii")
        names, canonical = _signed_fields(head + b"\r\n")
        return b"".join([self._field(key, names, canonical, body_hash) for key in self._keys] + [content])

    def _field(self, key: _Key, names: Sequence[str], canonical: bytes, body_hash: str) -> bytes:
        tags = (
            f"v=1; a={key.algorithm}; c=relaxed/relaxed;",
            f"d={self._domain}; s={key.selector};",
            *_folded("h=" + ":".join(names) + ";", ":"),
            f"bh={body_hash};",
            "b=",
        )
        unsigned = ("DKIM-Signature: " + "\r\n ".join(tags)).encode("ascii")
        asked = canonical + relaxed_field(b"DKIM-Signature", unsigned.partition(b":")[2])
        signature = b64encode(key.private.sign(asked)).decode("ascii")
        lines = [signature[start : start + 72] for start in range(0, len(signature), 72)]
        return unsigned + "\r\n ".join(lines).encode("ascii") + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376 3.4.4: runs of white space are one space, none at a line's end, no empty lines at the end."""
    if b"  " in body or b"\t" in body or b" \r\n" in body:
        body = _ENDS.sub(b"", _RUNS.sub(b" ", body + b"\r\n"))
    body = body.rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def relaxed_field(name: bytes, value: bytes) -> bytes:
    """RFC 6376 3.4.2, without the line end: the name in small letters, the value unfolded, white space as one space."""
    return name.lower() + b":" + _RUNS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" \t")


def _signed_fields(head: bytes) -> tuple[list[str], bytes]:
    """The names for `h=` and the canonical fields, the last of a name first (RFC 6376 5.4.2)."""
    fields = [(match[1].lower().decode("ascii"), match[1], match[2]) for match in _FIELD.finditer(head)]
    names, canonical = [], []
    for wanted in SIGNED:
        for name, written, value in reversed(fields):
            if name == wanted:
                names.append(name)
                canonical.append(relaxed_field(written, value) + b"\r\n")
    return [*names, *ONCE_MORE], b"".join(canonical)


def _folded(text: str, at: str) -> list[str]:
    """`text` in lines of fewer than 72 characters, broken after `at`."""
    lines: list[str] = []
    line = ""
    for part in re.findall(f"[^{at}]*{at}|[^{at}]+", text):
        if len(line) + len(part) > 71:
            lines, line = [*lines, line], ""
        line += part
    return [*lines, line]


def dkim_signer(keys: str, selectors: str, domain: str) -> DkimSigner | None:
    """The signer that the settings describe: files of keys and their selectors, each split at commas; None without.

    Raises DkimKeyError where they cannot be read or do not go together.
    """
    if not keys:
        return None
    files, names = ([part.strip() for part in text.split(",") if part.strip()] for text in (keys, selectors))
    if len(files) != len(names):
        raise DkimKeyError(
            f"REKINDLE_DKIM_KEY names {len(files)} keys and REKINDLE_DKIM_SELECTOR {len(names)} selectors;"
            " each key has a selector, split at commas in the same order"
        )
    try:
        return DkimSigner(domain, [(name, Path(file).read_bytes()) for name, file in zip(names, files, strict=True)])
    except OSError as error:
        raise DkimKeyError(f"REKINDLE_DKIM_KEY: {error.filename}: {error.strerror}") from error


def _key(selector: str, pem: bytes) -> _Key:
    try:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise MissingExtraError("DKIM", "dkim") from error
    try:
        return _usable(selector, load_pem_private_key(pem, None))
    except (ValueError, TypeError) as error:
        raise DkimKeyError(
            f"the DKIM key of selector '{selector}' is no private key in PEM without a password"
        ) from error


def _usable(selector: str, key: PrivateKeyTypes) -> _Key:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if isinstance(key, Ed25519PrivateKey):
        return _Key("ed25519-sha256", selector, _Ed25519(key))
    if not isinstance(key, RSAPrivateKey):
        raise DkimKeyError(f"the DKIM key of selector '{selector}' is neither RSA nor Ed25519")
    if key.key_size < SMALLEST_RSA:
        raise DkimKeyError(f"the DKIM key of selector '{selector}' has {key.key_size} bits; 2048 are right (RFC 8301)")
    return _Key("rsa-sha256", selector, _Rsa(key))


class _Rsa:
    def __init__(self, key: RSAPrivateKey) -> None:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        self._key, self._padding, self._hash = key, PKCS1v15(), SHA256()

    def sign(self, octets: bytes) -> bytes:
        return self._key.sign(octets, self._padding, self._hash)


class _Ed25519:
    """Signs the SHA-256 of what is to be signed (RFC 8463 3)."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def sign(self, octets: bytes) -> bytes:
        return self._key.sign(sha256(octets).digest())
