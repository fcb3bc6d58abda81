"""Orders as an import stages them: rows of one number become one order.

Rows of one order mostly stand together, so such a run is summed up in memory and staged as one row; orders whose runs
lie apart are put together afterwards, by number. Items are staged as they come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, Table, Text, select

from ..model.draft import ItemDraft, OrderDraft, Refusal
from ..model.folding import fold
from .staging import Stage, stage_tables
from .tables import Id
from .types import Day, Moment

EXACT = 10**12
"""Quantity and price are in millionths, so their product is in units of 10**-12."""

MILLION = 1_000_000
PAGE = 2_000
_MARKS = 2**64

staged_item = Table(
    "staged_item",
    stage_tables,
    Column("place", Integer, primary_key=True),  # in the file
    Column("run", Integer, nullable=False),
    Column("product", Text, nullable=False),
    Column("product_folded", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("category_folded", Text, nullable=False),
    Column("quantity", BigInteger),
    Column("price", BigInteger),
)
staged_run = Table(
    "staged_run",
    stage_tables,
    Column("run", Integer, primary_key=True),
    Column("number", Text, nullable=False, index=True),
    Column("line", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("placed_at", Moment),
    Column("placed_on", Day),
    Column("amount", BigInteger),
    Column("status", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("discount", BigInteger),
    Column("cost", BigInteger),
    Column("sum", Text, nullable=False),  # exact, in 10**-12: it may not fit an integer of the database
    Column("items", Integer, nullable=False),
    Column("priced", Integer, nullable=False),  # how many of the items have a price
    Column("mark", Text, nullable=False),
    Column("conflict", Text, nullable=False),
)
staged_order = Table(
    "staged_order",
    stage_tables,
    Column("number", Text, primary_key=True),
    Column("line", Integer, nullable=False, index=True),
    Column("rows", Integer, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("placed_at", Moment),
    Column("placed_on", Day),
    Column("amount", BigInteger),
    Column("status", Text),
    Column("code", Text),
    Column("code_folded", Text),
    Column("discount", BigInteger),
    Column("cost", BigInteger),
    Column("items_digest", Text),
    # found out afterwards
    Column("contact_id", Id),
    Column("order_id", Id),
    Column("change", Text),  # new | changed | unchanged
)
"""One order each; NULL where the file says nothing."""


@dataclass
class OrderRun:
    """Neighbouring rows of one number, or all of them put together."""

    number: str
    line: int
    rows: int = 0
    external_id: str = ""
    email: str = ""
    placed_at: datetime | None = None
    placed_on: date | None = None
    amount: int | None = None
    status: str = ""
    code: str = ""
    discount: int | None = None
    cost: int | None = None
    sum: int = 0
    items: int = 0
    priced: int = 0
    mark: int = 0
    conflict: str = ""

    def take(self, draft: OrderDraft) -> None:
        """Add what a row says about the order itself."""
        self.external_id = self._same("external_id", draft.external_id)
        self.email = self._same("email", draft.email)
        self.amount = self._same("amount", draft.amount)
        self.status = self._same("status", draft.status)
        self.code = self._same("code", draft.code)
        self.discount = self._same("discount", draft.discount)
        self.cost = self._same("cost", draft.cost)
        self.placed(draft.placed_at, draft.day)

    def _same(self, name: str, value: Any) -> Any:
        held = getattr(self, name)
        if value in (None, ""):
            return held
        if held not in (None, "") and held != value:
            self.conflict = self.conflict or f"the rows of order {self.number} differ in {name}"
        return value if held in (None, "") else held

    def placed(self, moment: datetime | None, day: date | None) -> None:
        """Of several times the earliest counts (COMMANDS 1)."""
        if moment is not None and (self.placed_at is None or moment < self.placed_at):
            self.placed_at, self.placed_on = moment, day

    def join(self, other: Any) -> None:
        """Add a later run of the same number, as it was staged."""
        for name in ("external_id", "email", "amount", "status", "code", "discount", "cost"):
            setattr(self, name, self._same(name, getattr(other, name)))
        self.placed(other.placed_at, other.placed_on)
        self.rows += other.rows
        self.sum += int(other.sum)
        self.items += other.items
        self.priced += other.priced
        self.mark += int(other.mark)
        self.conflict = self.conflict or other.conflict

    def staged(self, run: int) -> tuple[Any, ...]:
        """The run as a row of `staged_run`."""
        return (
            run, self.number, self.line, self.rows, self.external_id, self.email, self.placed_at, self.placed_on,
            self.amount, self.status, self.code, self.discount, self.cost, str(self.sum), self.items, self.priced,
            str(self.mark % _MARKS), self.conflict,
        )  # fmt: skip


class StagedRuns:
    """Takes rows of orders in and stages runs and items."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._count = 0
        self._places = 0
        self._run: OrderRun | None = None
        self._head: tuple[Any, ...] = ()
        self._runs: list[tuple[Any, ...]] = []
        self._items: list[tuple[Any, ...]] = []

    def add(self, drafts: Sequence[OrderDraft]) -> None:
        """Stage rows, in file order."""
        items = self._items
        for draft in drafts:
            run = self._run
            if run is None or draft.number != run.number:
                run = self._open(draft.number, draft.line)
                self._head = ()
            head = draft[2:11]
            if head != self._head:
                run.take(draft)
                self._head = head
            run.rows += 1
            item = draft.item
            if item is not None:
                mark, total = _weigh(item)
                run.items += 1
                run.mark += mark
                if total is not None:
                    run.priced += 1
                    run.sum += total
                self._places += 1
                items.append((self._places, self._count, *item))
        if len(items) + len(self._runs) >= PAGE:
            self._write()

    def refuse(self, refusal: Refusal) -> None:
        """A row of an order was refused for a fault: then the order is not taken at all."""
        run = self._open(refusal.number, refusal.line)
        run.conflict = f"line {refusal.line} of order {refusal.number} was refused: {refusal.reason}"
        self._close()

    def finish(self) -> None:
        """Stage what is still in hand."""
        self._close()
        self._write()
        self._stage.settle()

    def _open(self, number: str, line: int) -> OrderRun:
        self._close()
        self._count += 1
        self._run = OrderRun(number, line)
        return self._run

    def _close(self) -> None:
        if self._run is not None:
            self._runs.append(self._run.staged(self._count))
            self._run = None

    def _write(self) -> None:
        self._stage.add(staged_item, self._items)
        self._stage.add(staged_run, self._runs)
        self._items.clear()
        self._runs.clear()


@lru_cache(maxsize=100_000)
def _weigh(item: ItemDraft) -> tuple[int, int | None]:
    """A number that tells the item from others, and its exact total in 10**-12 (None without a price)."""
    digest = hashlib.blake2b(repr(tuple(item)).encode(), digest_size=8).digest()
    quantity = MILLION if item.quantity is None else item.quantity
    total = None if item.price is None else quantity * item.price
    return int.from_bytes(digest), total


def joined_runs(stage: Stage) -> Iterator[OrderRun]:
    """Every order of the file, by number, its runs put together; read by pages, so that memory stays flat."""
    columns = staged_run.c
    distinct = select(columns.number).distinct().order_by(columns.number).limit(PAGE)
    last = ""
    while True:
        numbers = stage.connection.scalars(distinct.where(columns.number > last)).all()
        if not numbers:
            return
        last = numbers[-1]
        runs = select(staged_run).where(columns.number.in_(numbers)).order_by(columns.number, columns.line)
        rows = stage.connection.execute(runs).all()
        for number, group in groupby(rows, key=lambda row: row.number):
            run: OrderRun | None = None
            for row in group:
                run = run or OrderRun(number, row.line)
                run.join(row)
            assert run is not None
            yield run


def order_row(run: OrderRun, amount: int | None) -> tuple[Any, ...]:
    """An order as a row of `staged_order`."""
    digest = f"{run.items}-{run.mark % _MARKS:016x}" if run.items else None
    code = run.code or None
    return (
        run.number, run.line, run.rows, run.external_id, run.email, run.placed_at, run.placed_on, amount,
        run.status or None, code, fold(run.code) if code else None, run.discount, run.cost, digest, None, None, None,
    )  # fmt: skip
