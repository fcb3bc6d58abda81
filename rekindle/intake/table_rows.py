"""Rows of a delimited text: the header, then each row with its line and its raw text, as a stream."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from ..model.error import InputError
from ..model.spreadsheet import live
from .source_file import SourceFile

DELIMITERS = (",", ";", "\t", "|")
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_EXCEL_HINT = re.compile(r'"?sep=(.)"?\s*\Z', re.IGNORECASE)
_SHOWN = 2_000
"""Characters of a broken row that are kept as its raw text: a quote never closed may run to the end of the file."""


class Row(NamedTuple):
    """One row: the `line` where it begins (from 1), its `raw` text, its cells; `fault` where it could not be split."""

    line: int
    raw: str
    cells: list[str]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The header of a file and the way to go through its rows, from the start each time."""

    header: tuple[str, ...]
    delimiter: str
    source: SourceFile
    header_line: int

    def rows(self) -> Iterator[Row]:
        """Every row below the header; rows of only empty cells are passed over, as a spreadsheet's blank lines are."""
        with self.source.opened() as stream:
            for row in split_rows(stream, self.delimiter):
                if row.line > self.header_line and (row.fault or any(row.cells)):
                    yield row if "'" not in row.raw else row._replace(cells=[live(cell) for cell in row.cells])


def open_table(
    source: SourceFile, known: Callable[[str], bool], delimiter: str = "", header_row: int | None = None
) -> Table:
    """The table of `source`. The delimiter is the one under which the header has most `known` names, then most names.

    `header_row` counts lines from 1; without it the first line with anything in it is the header. Raises InputError.
    """
    with source.opened() as stream:
        lines = ((number, line) for number, line in enumerate(stream, start=1) if line.strip("\ufeff \t\r\n"))
        for number, line in lines:
            hint = _EXCEL_HINT.match(line.strip("\ufeff"))
            if hint and header_row is None:
                delimiter = delimiter or hint[1]
                continue
            if header_row is None or number >= header_row:
                chosen = delimiter or _likeliest_delimiter(line, known)
                row = next(split_rows(chain([line], stream), chosen))
                if row.fault:
                    raise InputError(f"{source.path}: the header in line {number} cannot be read: {row.fault}")
                last_line = number + row.raw.count("\n") - 1 if row.raw.endswith("\n") else number
                return Table(tuple(cell.strip("\ufeff \t\r\n") for cell in row.cells), chosen, source, last_line)
    raise InputError(f"{source.path}: there is no header row")


def _likeliest_delimiter(line: str, known: Callable[[str], bool]) -> str:
    def merit(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([line], delimiter=delimiter))
        except csv.Error:
            return 0, 0
        return sum(known(cell.strip("\ufeff \t\r\n")) for cell in cells), len(cells)

    return max(DELIMITERS, key=merit)


def split_rows(lines: Iterator[str], delimiter: str) -> Iterator[Row]:
    """Rows of CSV text (RFC 4180, quotes doubled). A row whose quotes do not match comes with a `fault`, and reading
    goes on at the next line, so that one stray quote does not swallow the file.
    """
    line_number = 1
    kept: list[str] = []
    while True:
        reader = csv.reader(_recorded(lines, kept), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                yield Row(line_number, kept[0] if len(kept) == 1 else "".join(kept), cells)
                line_number += len(kept)
                kept.clear()
            return
        except csv.Error as error:
            broken, *rest = kept
            kept.clear()
            yield Row(line_number, broken[:_SHOWN], [], _in_words(error, broken))
            line_number += 1
            lines = chain(rest, lines)


def _recorded(lines: Iterator[str], kept: list[str]) -> Iterator[str]:
    for line in lines:
        kept.append(line)
        yield line


def _in_words(error: csv.Error, line: str) -> str:
    text = str(error)
    if "expected after" in text:
        return "a quoted cell goes on after its closing quote"
    if "field limit" in text and len(line) > csv.field_size_limit():
        return f"a cell has more than {csv.field_size_limit():,} characters"
    if "unexpected end" in text or "field limit" in text:
        return "a quote is opened and never closed"
    return f"the row cannot be split into cells ({text})"


def delimiter_name(delimiter: str) -> str:
    """A delimiter in a word."""
    return DELIMITER_NAMES.get(delimiter, f"'{delimiter}'")


def header_names(header: Sequence[str]) -> str:
    """The header as a message shows it."""
    return ", ".join(name or "(no name)" for name in header)
