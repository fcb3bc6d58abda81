"""The socket for file formats: a reader of tables for each, found by the file's ending."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from .source_file import look_at
from .table_rows import Table, open_table


class TableReader(Protocol):
    """Opens a file as a table. `known` says whether a header's name means something, which tells delimiters apart."""

    def __call__(
        self, path: Path, known: Callable[[str], bool], *, encoding: str, delimiter: str, header_row: int | None
    ) -> Table:
        """The table. Raises InputError."""


def open_csv(
    path: Path, known: Callable[[str], bool], *, encoding: str, delimiter: str, header_row: int | None
) -> Table:
    """CSV, packed with gzip or not; encoding and delimiter are found out where they are not given."""
    return open_table(look_at(path, encoding), known, delimiter, header_row)


FORMATS: dict[str, TableReader] = {".csv": open_csv, ".tsv": open_csv, ".tab": open_csv, ".txt": open_csv}


def format_of(path: Path) -> TableReader:
    """The reader for a file by its ending (before `.gz`); CSV where the ending says nothing."""
    ending = Path(path.stem).suffix if path.suffix.lower() == ".gz" else path.suffix
    return FORMATS.get(ending.lower(), open_csv)
