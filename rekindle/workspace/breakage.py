"""Broken YAML in plain words: what the scanner stumbled over, where, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..model.problem import Position, Problem

QUOTE_IT = "put the whole value in quotes"
INDENT = "indent with spaces, entries of one level equally far"


@dataclass(frozen=True, slots=True)
class _Saying:
    """One way to break YAML: how the scanner says it, and how we do. `opening`: point at where it was opened."""

    pattern: str
    message: str
    hint: str
    opening: bool = False


# the first that matches "context | problem"; the scanner's own words never reach the user
_SAYINGS = (
    _Saying(
        r"^while scanning a (double-)?quoted scalar \| found unexpected (end of stream|document separator)",
        "the quote opened here is never closed",
        "add the closing quote at the end of the text",
        opening=True,
    ),
    _Saying(
        r"found unknown escape character|expected escape sequence",
        "a backslash in double quotes begins an escape, and this is none",
        "use single quotes, or write the backslash twice",
    ),
    _Saying(
        r"^while parsing a flow sequence",
        "the list opened here with '[' is not closed, or a comma is missing in it",
        "write it like [a, b, c]",
        opening=True,
    ),
    _Saying(
        r"^while parsing a flow mapping",
        "what is opened here with '{' is not closed, or a comma is missing in it",
        "write it like {key: value, other: value}; put a text with {{ }} in quotes",
        opening=True,
    ),
    _Saying(
        r"found character '[@`%|>&*!]' that cannot start|^while scanning (an? (anchor|alias|tag)|a block scalar)",
        "a value may not begin with this character",
        QUOTE_IT,
    ),
    _Saying(
        r"^while parsing a block (mapping|collection) \| .*but found '(<scalar>|,|\]|\})'",
        "the value ends before this, and here is more text",
        QUOTE_IT,
    ),
    _Saying(
        r"^while parsing a block (mapping|collection) \|",
        "this line does not belong to what stands above it",
        INDENT,
    ),
    _Saying(
        r"sequence entries are not allowed here",
        "a list may not begin in the middle of a line",
        "begin it on the next line, or write it like [a, b]",
    ),
    _Saying(
        r"could not find expected ':'",
        "a ':' is missing after the key",
        "write it like key: value",
        opening=True,
    ),
    _Saying(
        r"but found ('[\]},]'|\('[\]}]',\))",
        "a closing bracket stands here without its opening one",
        "take it away, or " + QUOTE_IT,
    ),
    _Saying(
        r"directive|document start",
        "a line may not begin like this",
        "take the line away",
    ),
)


def broken(error: Any, text: str, file: str) -> Problem:
    """The problem that stands behind `error`, a marked error of the YAML scanner over `text`."""
    said = f"{error.context or ''} | {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    line = _line(text, mark.line)
    if "\t" in line[: mark.column + 1]:
        column = line.index("\t") + 1
        return Problem(Position(file, mark.line + 1, column), "a tab stands here where YAML wants spaces", INDENT)
    if "mapping values are not allowed" in said:
        return Problem(_position(file, mark), *_second_colon(line, mark.column))
    for saying in _SAYINGS:
        if re.search(saying.pattern, said):
            chosen = error.context_mark if saying.opening and error.context_mark else mark
            return Problem(_position(file, chosen), saying.message, saying.hint)
    return Problem(_position(file, mark), "this is not YAML that can be read", f"{INDENT}; {QUOTE_IT}")


def _second_colon(line: str, column: int) -> tuple[str, str]:
    """The value has a colon of its own, or the line above is no `key: value`, or this one is indented wrongly."""
    if re.search(r":\s", line[:column]):
        return "a second ': ' stands in this line", QUOTE_IT
    return (
        "a key is not expected here: the line above has no ':' after its key, or this line is indented too far",
        INDENT,
    )


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number] if number < len(lines) else ""


def _position(file: str, mark: Any) -> Position:
    return Position(file, mark.line + 1, mark.column + 1)
