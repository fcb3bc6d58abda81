"""A row as a line of CSV that no spreadsheet calculates."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from ..model.spreadsheet import inert


def csv_line(cells: Iterable[object]) -> str:
    """The cells as one line without its end; texts made inert, numbers left as they are, None empty."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([inert(cell) if isinstance(cell, str) else cell for cell in cells])
    return line.getvalue()
