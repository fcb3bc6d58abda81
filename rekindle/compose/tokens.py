"""Jinja tags as inert words, so that what knows only MJML or HTML can work on a template without harming it.

A printing tag becomes a lower-case ASCII word (`rkt12t`), which an XML parser, an attribute and a CSS inliner leave
alone; a block tag in running content becomes a comment of that word, which survives inside tables, where bare text
would be thrown out. Each word leads back to the tag and to the place where the marketer wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..model.problem import Position


def _quote(mark: str) -> str:
    """A string, or the quotation mark alone where none closes it: one of the two, so that nothing is tried twice."""
    rest = rf"[^{mark}\\]*+(?:\\.[^{mark}\\]*+)*{mark}"
    return rf"{mark}(?:{rest}|(?!{rest}))"


_QUOTES = rf"{_quote(chr(34))}|{_quote(chr(39))}"
# alternatives that exclude each other instead of possessive groups, which Python 3.11.0 to 3.11.4 get wrong (gh-106052)
JINJA_TAG = re.compile(
    r"\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}"
    r"|\{#.*?#\}"
    rf"|\{{\{{(?:[^\"'}}]++|{_QUOTES}|\}}(?!\}}))*\}}\}}"
    rf"|\{{%(?:[^\"'%]++|{_QUOTES}|%(?!\}}))*%\}}",
    re.DOTALL,
)
_OPENING = re.compile(r"(\{[{%][-+]?)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an expanded template: `text` as it stands in `file` from `offset` on."""

    text: str
    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class JinjaTag:
    """One tag of a template, and where it was written."""

    text: str
    at: Position

    @property
    def prints(self) -> bool:
        """Whether it prints a value (`{{ .. }}`), rather than steering (`{% .. %}`)."""
        return self.text.startswith("{{")

    @property
    def steers(self) -> bool:
        """Whether it is a block tag; `raw` only quotes text."""
        return self.text.startswith("{%") and not self.is_raw

    @property
    def is_raw(self) -> bool:
        """Whether it is a whole `{% raw %}` block."""
        return bool(re.match(r"\{%[-+]?\s*raw\b", self.text))

    @property
    def word(self) -> str:
        """The first word of a block tag: if, for, set .."""
        match = re.match(r"\{%[-+]?\s*(\w+)", self.text)
        return match[1] if match else ""


class Tokens:
    """The tags of one template and their words."""

    def __init__(self, pieces: list[Piece], line_starts: Callable[[str, int], Position]) -> None:
        source = "".join(piece.text for piece in pieces)
        mark = "rkt"
        while mark in source.lower():
            mark += "t"
        self._mark = mark
        self.tags: list[JinjaTag] = []
        self.word_pattern = re.compile(rf"{mark}(\d+)t")
        self._restore_pattern = re.compile(rf"<!--{mark}(\d+)t-->|{mark}(\d+)t")
        self.text = "".join(self._shielded(piece, line_starts) for piece in pieces)

    def _shielded(self, piece: Piece, position: Callable[[str, int], Position]) -> str:
        def replace(match: re.Match[str]) -> str:
            if match[0].startswith("{#"):
                return ""
            self.tags.append(JinjaTag(match[0], position(piece.file, piece.offset + match.start())))
            return self.word(len(self.tags) - 1)

        return JINJA_TAG.sub(replace, piece.text)

    def add(self, text: str, at: Position) -> str:
        """The word of a new tag of ours."""
        self.tags.append(JinjaTag(text, at))
        return self.word(len(self.tags) - 1)

    def word(self, number: int) -> str:
        """The word that stands for tag `number`."""
        return f"{self._mark}{number}t"

    def comment(self, number: int) -> str:
        """The comment that stands for tag `number` in running content."""
        return f"<!--{self.word(number)}-->"

    def in_text(self, text: str) -> list[JinjaTag]:
        """The tags whose words stand in `text`, in order."""
        return [self.tags[int(match[1])] for match in self.word_pattern.finditer(text)]

    def bare(self, text: str) -> str:
        """`text` with every word, commented or not, as its original tag on one spot; lines move with it."""
        return self._restore_pattern.sub(lambda match: self.tags[int(match[1] or match[2])].text, text)

    def restore(self, text: str) -> tuple[str, dict[int, Position]]:
        """The template behind `text`, and for each of its lines that begins inside a tag, where that was written.

        Each tag is broken right after its opening, which prints nothing, so that what it holds has lines of its own.
        """
        places: dict[int, Position] = {}
        parts: list[str] = []
        line, end = 1, 0
        for match in self._restore_pattern.finditer(text):
            tag = self.tags[int(match[1] or match[2])]
            body = tag.text if tag.is_raw else _OPENING.sub(r"\1" + "\n", tag.text, count=1)
            between = text[end : match.start()]
            line += between.count("\n")
            for number in range(line + 1, line + body.count("\n") + 1):
                places[number] = tag.at
            line += body.count("\n")
            parts += [between, body]
            end = match.end()
        parts.append(text[end:])
        return "".join(parts), places
