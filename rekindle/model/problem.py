"""A problem: a fault in the user's files, as a value with an address."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file: `file` relative to the workspace, `line` and `column` from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong at one place, and what to do about it.

    Printed as `file:line:column: message (hint)`. A warning (lint) never changes an exit code.
    """

    at: Position
    message: str
    hint: str = ""
    warning: bool = False

    def __str__(self) -> str:
        word = "warning: " if self.warning else ""
        tail = f" ({self.hint})" if self.hint else ""
        return f"{self.at}: {word}{self.message}{tail}"


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, empty where none is near."""
    near = difflib.get_close_matches(word, sorted(set(known)), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or the known words where none is near and they are few."""
    words = sorted(set(known))
    near = nearest(word, words)
    if near:
        return near
    if 0 < len(words) <= 12:
        return "known: " + ", ".join(words)
    return ""
