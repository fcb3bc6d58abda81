"""A row as a line of CSV that no spreadsheet calculates, and files of such lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..model.error import InputError
from ..model.spreadsheet import inert

WriteRow = Callable[[Iterable[object]], None]


def csv_line(cells: Iterable[object], delimiter: str = ",") -> str:
    """The cells as one line without its end; texts made inert, numbers left as they are, None empty."""
    line = io.StringIO()
    row = [inert(cell) if isinstance(cell, str) else cell for cell in cells]
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(row)
    return line.getvalue()


@contextmanager
def csv_file(file: Path, heads: Iterable[object], *, excel: bool = False) -> Iterator[WriteRow]:
    """Opens `file` with its heads and gives what writes a row. Raises InputError where it cannot be written.

    `excel`: as an Excel whose decimal mark is a comma opens it by a double click: semicolons, UTF-8 with a byte order
    mark. Without it programs read the file: commas, and no mark before the first head.
    """
    delimiter, encoding = (";", "utf-8-sig") if excel else (",", "utf-8")
    try:
        opened = file.open("w", encoding=encoding, newline="")
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from error
    with opened:

        def write_row(cells: Iterable[object]) -> None:
            opened.write(csv_line(cells, delimiter) + "\n")

        write_row(heads)
        yield write_row
