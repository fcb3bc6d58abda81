"""Seals: what we sealed opens, and nothing else does."""

from __future__ import annotations

import base64
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekindle.seal import Purpose, Sealed, Sealer

KEY = b"a key of the tests, long enough"
SEALER = Sealer(KEY)
DELIVERIES = st.integers(0, 2**56 - 1)
LINKS = st.integers(0, 2**48 - 1)
PURPOSES = st.sampled_from(list(Purpose))


@given(PURPOSES, DELIVERIES, LINKS)
def test_a_seal_opens_to_what_was_sealed(purpose: Purpose, delivery_id: int, link_id: int) -> None:
    word = SEALER.seal(purpose, delivery_id, link_id)
    assert SEALER.open(purpose, word) == Sealed(delivery_id, link_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}|[A-Za-z0-9_-]{40}", word)


def test_the_same_ids_give_the_same_word_in_every_process() -> None:
    """Deterministic: a letter made twice is the same letter, so a resend keeps its links."""
    assert SEALER.seal(Purpose.OPEN, 7) == "ARRun-WjFY9jj1c0ksWJsE1Sk-xxF0aw"


@given(DELIVERIES, st.lists(st.integers(1, 2**48 - 1), max_size=5))
def test_clicks_spelt_together_are_the_words_of_each(delivery_id: int, link_ids: list[int]) -> None:
    words = [SEALER.seal(Purpose.CLICK, delivery_id, link_id) for link_id in link_ids]
    assert SEALER.clicks(delivery_id, link_ids) == words


def test_a_flipped_bit_never_opens() -> None:
    """Each of the 240 bits of a click's seal is covered by the MAC."""
    raw = base64.urlsafe_b64decode(SEALER.seal(Purpose.CLICK, 12345, 678))
    opened = []
    for bit in range(len(raw) * 8):
        forged = bytearray(raw)
        forged[bit // 8] ^= 1 << bit % 8
        opened.append(SEALER.open(Purpose.CLICK, base64.urlsafe_b64encode(forged).decode()))
    assert opened == [None] * 240


def test_a_seal_of_one_purpose_opens_for_no_other() -> None:
    """A click's word must not work as an unsubscribe link."""
    for made in Purpose:
        word = SEALER.seal(made, 5, 6)
        assert [purpose for purpose in Purpose if SEALER.open(purpose, word)] == [made]


@pytest.mark.parametrize(
    "word",
    [
        "",
        "A",
        "=" * 32,
        "A" * 31,
        "A" * 33,
        "A" * 32,
        "A" * 40,
        "б" * 32,
        "A" * 28 + "\n\n\n\n",
        "A+/A" * 8,
        "A" * 10_000,
        "\x00" * 32,
    ],
)
def test_what_is_no_seal_opens_to_nothing(word: str) -> None:
    assert SEALER.open(Purpose.OPEN, word) is None


def test_a_seal_has_one_spelling() -> None:
    """Neither the other base64 alphabet nor padding nor spaces are taken."""
    words = (SEALER.seal(Purpose.OPEN, number) for number in range(200))
    word = next(word for word in words if "-" in word and "_" in word)
    others = [word + "=", word + "====", word.replace("-", "+"), word.replace("_", "/"), f" {word}", word + "\n"]
    assert [SEALER.open(Purpose.OPEN, other) for other in others] == [None] * 6


def test_neighbouring_ids_have_nothing_in_common() -> None:
    """Ids cannot be read or counted from seals: behind the key's version two words agree no more than by chance."""
    raws = [base64.urlsafe_b64decode(SEALER.seal(Purpose.OPEN, number)) for number in range(2000)]
    assert len(set(raws)) == 2000
    same = sum(one == other for a, b in pairwise(raws) for one, other in zip(a[1:], b[1:], strict=True))
    assert same / (1999 * 23) == pytest.approx(1 / 256, abs=0.002)


def test_another_key_opens_nothing() -> None:
    assert Sealer(b"another key of the tests").open(Purpose.OPEN, SEALER.seal(Purpose.OPEN, 5)) is None


def test_an_older_key_still_opens_its_seals() -> None:
    """An unsubscribe link never dies of a changed key."""
    old = Sealer(b"the key of last year", version=1)
    new = Sealer(KEY, version=2, older={1: b"the key of last year"})
    assert new.open(Purpose.UNSUBSCRIBE, old.seal(Purpose.UNSUBSCRIBE, 9)) == Sealed(9)
    assert new.open(Purpose.UNSUBSCRIBE, new.seal(Purpose.UNSUBSCRIBE, 9)) == Sealed(9)
    assert old.open(Purpose.UNSUBSCRIBE, new.seal(Purpose.UNSUBSCRIBE, 9)) is None


@pytest.mark.parametrize(("delivery_id", "link_id"), [(-1, 0), (2**56, 0), (1, 2**48), (1, -1)])
def test_ids_that_do_not_fit_are_refused(delivery_id: int, link_id: int) -> None:
    with pytest.raises(OverflowError):
        SEALER.seal(Purpose.CLICK, delivery_id, link_id)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 octets"):
        Sealer(b"short")
