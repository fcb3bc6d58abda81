"""Seals: the signed words in pixels and links, that only we can make and nobody can read or forge.

A seal is a synthetic-IV construction (after RFC 5297, with keyed BLAKE2b of RFC 7693 in place of AES): the tag is a
128-bit MAC over purpose and ids, the ids are hidden under a keystream drawn from that tag. The same ids always give the
same word, so that a letter made twice is the same letter; different ids give words that have nothing in common.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

_TAG_SIZE = 16
_DELIVERY_SIZE = 7
_LINK_SIZE = 6
_BODY_SIZE = _DELIVERY_SIZE + _LINK_SIZE
_HEAD = 1 + _TAG_SIZE
_SHORT = _HEAD + _DELIVERY_SIZE
_LONG = _SHORT + _LINK_SIZE
"""24 and 30 octets: multiples of three, so that base64 has no spare bits and one seal has one spelling."""
_CLICK = _LONG // 3 * 4

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [one + other for one in _BASE32 for other in _BASE32]
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")
"""Back to base64; what is no part of the URL alphabet becomes `!`, which strict decoding refuses."""


class Purpose(StrEnum):
    """What a seal is good for; a seal of one purpose does not open for another."""

    OPEN = "open"
    CLICK = "click"
    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    BROWSER = "browser"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a seal said: the delivery, and for a click the link (else 0)."""

    delivery_id: int
    link_id: int = 0


class _PurposeKeys:
    """The two keyed hashes of one purpose under one key, ready to be copied."""

    def __init__(self, root: bytes, purpose: Purpose) -> None:
        salt = purpose.encode()[:16]
        self.mac = blake2b(key=root, digest_size=_TAG_SIZE, person=b"rekindle mac", salt=salt)
        self.stream = blake2b(key=root, digest_size=_TAG_SIZE, person=b"rekindle stream", salt=salt)

    def tag(self, body: bytes) -> bytes:
        mac = self.mac.copy()
        mac.update(body)
        return mac.digest()

    def veil(self, tag: bytes, body: bytes) -> bytes:
        """`body` under (or freed from) the keystream of `tag`: XOR is its own inverse."""
        stream = self.stream.copy()
        stream.update(tag)
        size = len(body)
        mixed = int.from_bytes(body, "big") ^ int.from_bytes(stream.digest()[:size], "big")
        return mixed.to_bytes(size, "big")


def _keys(secret: bytes) -> dict[Purpose, _PurposeKeys]:
    if len(secret) < 16:
        raise ValueError("the key of the seals needs at least 16 octets")
    root = blake2b(secret, digest_size=32, person=b"rekindle seal").digest()
    return {purpose: _PurposeKeys(root, purpose) for purpose in Purpose}


class Sealer:
    """Makes and opens seals under `key` (>= 16 octets).

    `version` (0-255) stands readable in the first octet; `older` keeps the keys of earlier versions, whose seals still
    open: an unsubscribe link never dies of a changed key.
    """

    def __init__(self, key: bytes, version: int = 1, older: Mapping[int, bytes] | None = None) -> None:
        self._version = version
        self._prefix = bytes([version])
        self._rings = {number: _keys(secret) for number, secret in (older or {}).items()}
        self._rings[version] = self._ring = _keys(key)

    def seal(self, purpose: Purpose, delivery_id: int, link_id: int = 0) -> str:
        """The word for these ids: 32 characters of `[A-Za-z0-9_-]`, 40 where there is a link.

        Deterministic. Raises OverflowError for negative ids and for those of more than 56 (link: 48) bits.
        """
        return _spelt(self.sealed(purpose, delivery_id, link_id))

    def clicks(self, delivery_id: int, link_ids: Iterable[int]) -> list[str]:
        """The words of one delivery's links (none of them 0), as `seal` makes each, spelt all at once."""
        word = _spelt(b"".join([self.sealed(Purpose.CLICK, delivery_id, link_id) for link_id in link_ids]))
        return [word[start : start + _CLICK] for start in range(0, len(word), _CLICK)]

    def sealed(self, purpose: Purpose, delivery_id: int, link_id: int = 0) -> bytes:
        """The octets that `seal` spells: 24, or 30 where there is a link."""
        # what _PurposeKeys.tag and .veil do, written out: eight seals a letter, millions of letters
        body, number, size = delivery_id.to_bytes(_DELIVERY_SIZE), delivery_id, _DELIVERY_SIZE
        if link_id:
            body, number, size = body + link_id.to_bytes(_LINK_SIZE), number << 8 * _LINK_SIZE | link_id, _BODY_SIZE
        keys = self._ring[purpose]
        mac, stream = keys.mac.copy(), keys.stream.copy()
        mac.update(body)
        tag = mac.digest()
        stream.update(tag)
        mixed = number ^ int.from_bytes(stream.digest()) >> 8 * (_TAG_SIZE - size)
        return self._prefix + tag + mixed.to_bytes(size)

    def open(self, purpose: Purpose, word: str) -> Sealed | None:
        """What `word` says, or None where it is not, to the last bit, a seal of ours for this purpose."""
        raw = _octets(word)
        if len(raw) not in (_SHORT, _LONG):
            return None
        ring = self._rings.get(raw[0])
        if ring is None:
            return None
        keys, tag = ring[purpose], raw[1:_HEAD]
        body = keys.veil(tag, raw[_HEAD:])
        if not hmac.compare_digest(keys.tag(body), tag):
            return None
        return Sealed(int.from_bytes(body[:_DELIVERY_SIZE], "big"), int.from_bytes(body[_DELIVERY_SIZE:], "big"))


def _spelt(octets: bytes) -> str:
    return binascii.b2a_base64(octets, newline=False).translate(_TO_URL).decode("ascii")


def _octets(word: str) -> bytes:
    """The octets of a URL-safe word, or none where it is misspelt in any way."""
    try:
        return binascii.a2b_base64(word.encode("ascii").translate(_FROM_URL), strict_mode=True)
    except ValueError:
        return b""


RETURN_SIZE = 39
"""Characters of a return word."""


def return_word(sealer: Sealer, delivery_id: int) -> str:
    """The word of a return path and a Message-ID: the seal in lower-case base32, since mail servers may fold case."""
    # 24 octets fill 39 characters with a bit to spare, 25 fill 40 exactly
    number = int.from_bytes(sealer.sealed(Purpose.RETURN, delivery_id) + b"\0", "big")
    return "".join([_PAIRS[number >> shift & 0x3FF] for shift in range(190, -1, -10)])[:RETURN_SIZE]


def returned_delivery(sealer: Sealer, word: str) -> int | None:
    """The delivery that a `return_word` (in any case) stands for, or None where it is not ours."""
    folded = word.strip().upper()
    try:
        octets = base64.b32decode(folded + "=" * (-len(folded) % 8))
    except ValueError:
        return None
    sealed = sealer.open(Purpose.RETURN, base64.urlsafe_b64encode(octets).decode("ascii"))
    return None if sealed is None else sealed.delivery_id
