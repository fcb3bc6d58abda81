"""DKIM signatures (RFC 6376; RSA of RFC 8301, Ed25519 of RFC 8463): relaxed/relaxed, made by `cryptography`.

Every List-* header, Feedback-ID and all that a reader sees is signed; From and Subject once more than they stand there,
so that nobody adds another. There is no `l=`: nothing may be appended to a signed letter.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
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

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)\r\n")
_RUNS = re.compile(rb"[ \t]+")
_RANKS = {name: rank for rank, name in enumerate(SIGNED)}


class DkimKeyError(RekindleError):
    """A key that cannot be used for signing; the text says which and why."""


class _Private(Protocol):
    def sign(self, octets: bytes) -> bytes: ...


@dataclass(frozen=True)
class _Key:
    algorithm: str
    selector: str
    private: _Private


@dataclass(frozen=True)
class _Opening:
    """A signature up to the body's hash, as written and in canonical form: of all letters with the same fields."""

    written: bytes
    canonical: bytes


class DkimSigner:
    """Signs letters for `domain` with one key, or with several (RSA for all, Ed25519 beside it)."""

    def __init__(self, domain: str, keys: Sequence[tuple[str, bytes]]) -> None:
        """`keys`: (selector, private key in PEM). Raises DkimKeyError, MissingExtraError without `cryptography`."""
        self._domain = domain
        self._keys = tuple(_key(selector, pem) for selector, pem in keys)
        self._openings: dict[tuple[str, ...], tuple[_Opening, ...]] = {}

    def signed(self, head: Sequence[bytes], body: bytes) -> bytes:
        """The letter of `head` (each item one or more whole fields) and `body`, with its signatures before it.

        The last item of `head` ends with the empty line. `body` is canonical as it is (RFC 6376 3.4.4: white space is
        single spaces, none at a line's end, no empty lines at the end), which compose/mime promises of its bodies.
        """
        fields = [field for item in reversed(head) for field in _signed_fields(item)]
        fields.sort(key=_rank)  # stable: the last of a name first (RFC 6376 5.4.2)
        names = tuple([name for name, _ in fields])
        canonical = b"".join([field for _, field in fields])
        body_hash = b64encode(sha256(body).digest())
        openings = self._openings.get(names) or self._opened(names)
        pairs = zip(self._keys, openings, strict=True)
        signatures = [_field(key, opening, canonical, body_hash) for key, opening in pairs]
        return b"".join((*signatures, *head, body))

    def _opened(self, names: tuple[str, ...]) -> tuple[_Opening, ...]:
        """What each key's signature of these fields begins with."""
        listed = _folded("h=" + ":".join([*names, *ONCE_MORE]) + ";", ":")
        openings = []
        for key in self._keys:
            begun = [f"v=1; a={key.algorithm}; c=relaxed/relaxed;", f"d={self._domain}; s={key.selector};"]
            written = "\r\n ".join([*begun, *listed, "bh="]).encode("ascii")
            openings.append(_Opening(b"DKIM-Signature: " + written, relaxed_field(b"DKIM-Signature", written)))
        self._openings[names] = tuple(openings)
        return self._openings[names]


def _field(key: _Key, opening: _Opening, canonical: bytes, body_hash: bytes) -> bytes:
    signature = b64encode(key.private.sign(b"".join((canonical, opening.canonical, body_hash, b"; b="))))
    lines = [signature[start : start + 72] for start in range(0, len(signature), 72)]
    return b"".join((opening.written, body_hash, b";\r\n b=", b"\r\n ".join(lines), b"\r\n"))


def relaxed_field(name: bytes, value: bytes) -> bytes:
    """RFC 6376 3.4.2, without the line end: the name in small letters, the value unfolded, white space as one space."""
    return name.lower() + b":" + _RUNS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" \t")


@lru_cache(maxsize=64)
def _signed_fields(head: bytes) -> tuple[tuple[str, bytes], ...]:
    """Name and canonical form of the fields that are signed, the last one first. Most of a head is in every letter."""
    found = [(match[1].lower().decode("ascii"), match) for match in _FIELD.finditer(head)]
    known = [(name, relaxed_field(match[1], match[2]) + b"\r\n") for name, match in found if name in _RANKS]
    return tuple(reversed(known))


def _rank(field: tuple[str, bytes]) -> int:
    return _RANKS[field[0]]


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
