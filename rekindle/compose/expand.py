"""Includes written out: one text out of many files, each stretch of which knows where it came from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping

from ..model.problem import Position, Problem, did_you_mean
from .tokens import JINJA_TAG, Piece

_INCLUDE = re.compile(
    r"""\{%[-+]?\s*include\s+(?:"([^"]+)"|'([^']+)')(\s+ignore\s+missing)?(?:\s+with\s+context)?\s*[-+]?%\}"""
)
MAX_EXPANDED = 2_000_000
MAX_DEPTH = 20
FOLDER = "templates/"


class SourceFiles:
    """The files of a letter, and the places in them."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self._starts: dict[str, list[int]] = {}

    def position(self, file: str, offset: int) -> Position:
        """Line and column (from 1) of `offset` in `file`."""
        starts = self._starts.get(file)
        if starts is None:
            starts = self._starts[file] = _line_starts(self.files[file])
        line = bisect_right(starts, offset)
        return Position(FOLDER + file, line, offset - starts[line - 1] + 1)


def _line_starts(text: str) -> list[int]:
    return [0] + [match.end() for match in re.finditer("\n", text)]


class Expansion:
    """What `template` is when every plain include is written out; `complete` where no other kind of include is left."""

    def __init__(self, sources: SourceFiles, template: str) -> None:
        self.sources = sources
        self.pieces: list[Piece] = []
        self.problems: list[Problem] = []
        self.reached: list[str] = []
        self._size = 0
        self._expand(template, ())
        if self.problems:
            self.pieces = []

    @property
    def text(self) -> str:
        """The whole, as one template."""
        return "".join(piece.text for piece in self.pieces)

    def position(self, offset: int) -> Position:
        """Where the character at `offset` of the whole was written."""
        for piece in self.pieces:
            if offset < len(piece.text):
                return self.sources.position(piece.file, piece.offset + offset)
            offset -= len(piece.text)
        last = self.pieces[-1]
        return self.sources.position(last.file, last.offset + len(last.text))

    def _expand(self, file: str, way: tuple[str, ...]) -> None:
        text = self.sources.files[file]
        if file not in self.reached:
            self.reached.append(file)
        end = 0
        for tag in JINJA_TAG.finditer(text):
            include = _INCLUDE.fullmatch(tag[0])
            if include is None:
                continue
            self._take(text[end : tag.start()], file, end)
            end = tag.end()
            self._include(include[1] or include[2], bool(include[3]), (*way, file), tag.start())
        self._take(text[end:], file, end)

    def _include(self, name: str, optional: bool, way: tuple[str, ...], offset: int) -> None:
        at = self.sources.position(way[-1], offset)
        if name not in self.sources.files:
            if not optional:
                hint = did_you_mean(name, self.sources.files)
                self.problems.append(Problem(at, f"there is no templates/{name}", hint))
        elif name in way:
            self.problems.append(Problem(at, f"these files include each other: {' -> '.join((*way, name))}"))
        elif len(way) >= MAX_DEPTH or self._size > MAX_EXPANDED:
            if not self.problems:
                self.problems.append(Problem(at, "includes write out to more than 2 MB or 20 levels"))
        else:
            self._expand(name, way)

    def _take(self, text: str, file: str, offset: int) -> None:
        if text:
            self._size += len(text)
            self.pieces.append(Piece(text, file, offset))
