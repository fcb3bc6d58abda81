"""The two ways to make a part: compiled once for all letters, or (where that is not provably the same) each time."""

from __future__ import annotations

import html as html_words
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..model.letter import UnrenderableError
from .cutting import LATE_BEGIN, LATE_END, cut_finished_html, cut_finished_text, with_frame
from .links import FIRST_LINK, PIXEL, LinkBook, LinkError, hole
from .mjml import MjmlError, mjml_to_html
from .part import Part
from .pieces import pieces_of, pieces_of_text, text_of
from .plaintext import text_from_html, tidy
from .tokens import Tokens
from .values import MARK

_PADDING = "&#847;&zwnj;&nbsp;" * 40
_HOLE = re.compile(rf"{MARK}(\d+){MARK}")


def preheader_block(words: str) -> str:
    """What a mailbox shows after the subject: hidden in the letter, padded so that no other text follows it there."""
    style = "display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all;font-size:1px;line-height:1px"
    return f'<div style="{style}">{words}{_PADDING}</div>'


class Maker(Protocol):
    """Makes one body of a letter in pieces (pieces.py)."""

    def parts(self, values: Mapping[str, Any], contact_id: int, book: LinkBook, html: list[str]) -> list[str]:
        """`html` is the finished HTML of the same letter, for a text made from it. Raises UnrenderableError."""


class Once:
    """The holes were cut at compile time; only Jinja runs for each letter."""

    def __init__(self, part: Part) -> None:
        self.part = part

    def parts(self, values: Mapping[str, Any], contact_id: int, book: LinkBook, html: list[str]) -> list[str]:
        """See Maker."""
        return pieces_of(self.part.chunks(values, contact_id))


class OnceText:
    """The text part made from HTML at compile time; where loops and branches leave empty lines, these are few."""

    def __init__(self, part: Part) -> None:
        self.part = part

    def parts(self, values: Mapping[str, Any], contact_id: int, book: LinkBook, html: list[str]) -> list[str]:
        """See Maker."""
        chunks = self.part.chunks(values, contact_id)
        text = "".join(chunks)
        return pieces_of_text(tidy(text)) if "\n\n\n" in text or " \n" in text else pieces_of(chunks)


class EachHtml:
    """Jinja first, then MJML where it is MJML, then the holes, for each letter."""

    def __init__(self, part: Part, *, mjml: bool, preheader: bool, language: str) -> None:
        self.part = part
        self._mjml = mjml
        self._preheader = preheader
        self._language = language

    def parts(self, values: Mapping[str, Any], contact_id: int, book: LinkBook, html: list[str]) -> list[str]:
        """See Maker."""
        source = self.part.render(values, contact_id)
        try:
            finished = mjml_to_html(source, self._language) if self._mjml else source
            finished = cut_finished_html(finished, book)
        except MjmlError as error:
            raise UnrenderableError(contact_id, f"MJML: {error}", self.part.at) from error
        except LinkError as error:
            raise UnrenderableError(contact_id, str(error), self.part.at) from error
        block = preheader_block(html_words.escape(values["_preheader"])) if self._preheader else ""
        return pieces_of_text(with_frame(finished, block))


class EachText:
    """A text template whose addresses are cut in each finished letter."""

    def __init__(self, part: Part) -> None:
        self.part = part

    def parts(self, values: Mapping[str, Any], contact_id: int, book: LinkBook, html: list[str]) -> list[str]:
        """See Maker."""
        text = self.part.render(values, contact_id)
        try:
            return pieces_of_text(cut_finished_text(text, book))
        except LinkError as error:
            raise UnrenderableError(contact_id, str(error), self.part.at) from error


class EachTextFromHtml:
    """The text part made from each letter's finished HTML."""

    def parts(self, values: Mapping[str, Any], contact_id: int, book: LinkBook, html: list[str]) -> list[str]:
        """See Maker."""
        page = text_of(html).replace(hole(PIXEL), "")
        return pieces_of_text(text_from_html(page, same=same_address(book)))


def same_address(book: LinkBook, tokens: Tokens | None = None) -> Callable[[str, str], bool]:
    """Whether the words of a link are its address: the one behind a hole, or the one that Jinja will print."""

    def same(words: str, address: str) -> bool:
        found = _HOLE.fullmatch(address)
        number = int(found[1]) - FIRST_LINK if found else -1
        if number >= 0:
            address = book.urls[number]
        elif tokens is not None:
            words, address = tokens.bare(words), tokens.bare(address)
            address = address.removeprefix(LATE_BEGIN).removesuffix(LATE_END)
        return words == address

    return same
