"""Base64 put together of kept pieces: whatever the pieces, it decodes to the text, in lines that RFC 2045 allows."""

from __future__ import annotations

import base64
import quopri

from hypothesis import given
from hypothesis import strategies as st

from rekindle.compose import quoted, splice
from rekindle.compose.pieces import is_hole, pieces_of, pieces_of_text, text_of
from rekindle.compose.quoted import quoted_printable, spliced_quoted
from rekindle.compose.splice import LONG, base64_lines, spliced_base64
from rekindle.compose.values import MARK

WORDS = st.text(alphabet="aЖ€😀 \n", max_size=20)
LONG_ONES = st.integers(min_value=LONG - 2, max_value=LONG + 120).flatmap(
    lambda size: st.sampled_from(["Ж", "a", "aЖ\n", "€", "😀\n"]).map(lambda sign: (sign * size)[:size])
)
PIECES = st.lists(st.one_of(WORDS, LONG_ONES), max_size=12)


@given(PIECES)
def test_it_says_what_the_pieces_say(pieces: list[str]) -> None:
    """Whatever stands before a kept piece shifts it by one, two or no octets of its group."""
    encoded = spliced_base64(pieces)
    lines = encoded.split(b"\r\n")
    assert base64.b64decode(encoded.replace(b"\r\n", b""), validate=True).decode() == "".join(pieces).replace(
        "\n", "\r\n"
    )
    assert all(0 < len(line) <= 76 and len(line) % 4 == 0 for line in lines) or encoded == b""
    assert all(b"=" not in line for line in lines[:-1])


LINES = st.integers(min_value=0, max_value=LONG + 300).flatmap(
    lambda size: st.sampled_from(["a", "word =\n", ".\n", ". \n\n", "." * 200 + "\n", "=.\t"]).map(
        lambda sign: (sign * size)[:size]
    )
)


@given(st.lists(LINES, max_size=8))
def test_quoted_pieces_are_the_octets_of_the_whole(pieces: list[str]) -> None:
    """Whatever stands before and after a kept piece's lines."""
    whole = spliced_quoted(pieces)
    assert whole == quoted_printable("".join(pieces))
    assert quopri.decodestring(whole).decode() == "".join(pieces).replace("\n", "\r\n")
    assert not any(line.startswith(b".") or len(line) > 76 for line in whole.split(b"\r\n"))


@given(st.binary(max_size=12_000))
def test_lines_of_a_whole(octets: bytes) -> None:
    lines = base64_lines(octets).split(b"\r\n")
    assert base64.b64decode(b"".join(lines), validate=True) == octets
    assert all(len(line) == 76 for line in lines[:-1])
    assert len(lines[-1]) <= 76


@given(st.lists(st.one_of(WORDS, LONG_ONES, st.integers(0, 30)), max_size=12))
def test_pieces_are_the_text_and_its_holes(parts: list[str | int]) -> None:
    """Cut as it was printed, or as one text: the same holes in the same places."""
    chunks = [part if isinstance(part, str) else f"{MARK}{part}{MARK}" for part in parts]
    whole = "".join(chunks)
    for pieces in (pieces_of(chunks), pieces_of([whole]), pieces_of_text(whole)):
        assert text_of(pieces) == whole
        assert [int(piece[1:]) for piece in pieces if is_hole(piece)] == [n for n in parts if isinstance(n, int)]
        assert "".join(piece for piece in pieces if not is_hole(piece)) == "".join(
            p for p in parts if isinstance(p, str)
        )


def test_of_one_contact_s_own_text_nothing_is_kept() -> None:
    """A letter whose layout depends on the contact is long, and no other is like it: a million must fit the memory."""
    text = f"Anna, {MARK}1{MARK} " + "a line of hers\n" * 3_000
    pieces = pieces_of_text(text)
    kept = (splice._known.cache_info().misses, quoted._known.cache_info().misses)
    spliced_base64([piece for piece in pieces if not is_hole(piece)])
    spliced_quoted([piece for piece in pieces if not is_hole(piece)])
    assert (splice._known.cache_info().misses, quoted._known.cache_info().misses) == kept
    assert text_of(pieces) == text
