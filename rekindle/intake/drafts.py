"""Rows into drafts: each row of a file becomes what it says, or a refusal with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..model.draft import (
    ActivityDraft,
    ContactDraft,
    ImportKind,
    MailingDraft,
    OrderDraft,
    Refusal,
    SuppressionDraft,
)
from .contact_rows import contact_reader
from .layout import Cells, Layout
from .order_rows import order_reader
from .other_rows import activity_reader, mailing_reader, suppression_reader
from .table_rows import Row, Table
from .terms import Terms
from .values import LONGEST_NAME, BadValueError

Draft = ContactDraft | OrderDraft | ActivityDraft | SuppressionDraft | MailingDraft

READERS: dict[ImportKind, Callable[[Layout, Terms], Callable[[int, Cells], Any]]] = {
    ImportKind.CONTACTS: contact_reader,
    ImportKind.ORDERS: order_reader,
    ImportKind.ACTIVITIES: activity_reader,
    ImportKind.SUPPRESSIONS: suppression_reader,
    ImportKind.MAILINGS: mailing_reader,
}


def read_drafts(table: Table, layout: Layout, kind: ImportKind, terms: Terms) -> Iterator[tuple[Row, Draft | Refusal]]:
    """Every row of the table with its draft or refusal, in file order, one at a time."""
    read = READERS[kind](layout, terms)
    cells_of = layout.cells
    for row in table.rows():
        cells = cells_of(row)
        if isinstance(cells, Refusal):
            yield row, cells
            continue
        try:
            yield row, read(row.line, cells)
        except BadValueError as error:
            yield (
                row,
                Refusal(row.line, str(error), row.raw, number=_number(cells) if kind is ImportKind.ORDERS else ""),
            )


def _number(cells: Cells) -> str:
    """The order that a refused row belonged to; none where each of its rows is refused for the number itself."""
    number = cells[0].strip()
    return number if len(number) <= LONGEST_NAME else ""
