"""Staged orders compared with the store and merged into it, by set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    Text,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from ..model.draft import OrderDraft, Refusal
from ..model.money import half_even, minor_digits
from ..model.order import OrderStatus
from .contact_merge import recompute_existence, touch
from .people import PeopleSeen
from .staged_contacts import StagedContacts
from .staged_orders import EXACT, OrderRun, StagedRuns, joined_runs, order_row, staged_item, staged_order, staged_run
from .staging import Stage, stage_tables
from .tables import Id, order_item, orders

PAGE = 2_000
LARGEST = 2**63 - 1
"""Minor units are whole numbers of 64 bits on both databases."""
COMPARED = ("contact_id", "placed_at", "amount", "status", "code", "discount", "cost", "items_digest")

staged_owner = Table(
    "staged_owner", stage_tables, Column("number", Text, primary_key=True), Column("contact_id", Id, nullable=False)
)


class OrderIntake:
    """Takes the rows of an orders file in; afterwards knows what they come to, and writes it."""

    def __init__(self, stage: Stage, source: str, currency: str) -> None:
        self._stage = stage
        self._source = source
        self._unit = EXACT // 10 ** minor_digits(currency)
        self._runs = StagedRuns(stage)
        self.contacts = StagedContacts(stage, source)

    def add(self, drafts: Sequence[OrderDraft]) -> None:
        """Stage some thousand rows, in file order."""
        self._runs.add(drafts)

    def refuse(self, refusal: Refusal) -> None:
        """Note that a row of an order was refused for a fault."""
        if refusal.number:
            self._runs.refuse(refusal)

    def settle(self) -> dict[str | int, str]:
        """Make orders of rows, and find out whose they are. Comes back: why orders are refused, by number."""
        self._runs.finish()
        faults: dict[str | int, str] = {}
        page: list[OrderRun] = []
        for run in joined_runs(self._stage):
            page.append(run)
            if len(page) == PAGE:
                self._stage_orders(page, faults)
                page = []
        self._stage_orders(page, faults)
        self._find_owners()
        self.contacts.settle()
        self._compare()
        return faults

    def count(self) -> tuple[int, int, int]:
        """File rows: (new, changed, unchanged)."""
        columns = staged_order.c
        statement = select(columns.change, func.sum(columns.rows)).group_by(columns.change)
        found = {change: int(rows) for change, rows in self._stage.connection.execute(statement)}
        return found.get("new", 0), found.get("changed", 0), found.get("unchanged", 0)

    def merge(self, run_id: int, now: datetime) -> None:
        """Write new orders and changed ones with their items."""
        self._insert_orders(run_id)
        self._update_orders(run_id)
        self._replace_items()
        moved = staged_order.c.change != "unchanged"
        named = select(staged_order.c.contact_id).where(moved, staged_order.c.contact_id.is_not(None))
        held = select(orders.c.contact_id).join(staged_order, staged_order.c.order_id == orders.c.id).where(moved)
        owners = named.union(held)
        touch(self._stage, owners, run_id, now)
        recompute_existence(self._stage, owners)

    def _stage_orders(self, page: Sequence[OrderRun], faults: dict[str | int, str]) -> None:
        known = self._known([run.number for run in page if not _is_whole(run)])
        rows = []
        for run in page:
            amount = self._amount(run)
            too_large = "the sum of the order is too large" if amount and abs(amount) > LARGEST else ""
            fault = run.conflict or too_large or ("" if run.number in known else _lacking(run))
            if fault:
                faults[run.number] = fault
            else:
                rows.append(order_row(run, amount))
        self._stage.add(staged_order, rows)

    def _known(self, numbers: Sequence[str]) -> set[str]:
        """Which of these orders the store has already: their rows need not say everything again."""
        statement = select(orders.c.number).where(orders.c.source == self._source, orders.c.number.in_(numbers))
        return set(self._stage.connection.scalars(statement)) if numbers else set()

    def _amount(self, run: OrderRun) -> int | None:
        if run.amount is not None:
            return run.amount
        return half_even(run.sum, self._unit) if _is_priced(run) else None

    def _find_owners(self) -> None:
        """Resolve the orders' contacts in the order in which the file first names them."""
        columns = staged_order.c
        seen = PeopleSeen()
        last = 0
        while True:
            page = select(columns.number, columns.line, columns.external_id, columns.email).where(columns.line > last)
            rows = self._stage.connection.execute(page.order_by(columns.line).limit(PAGE)).all()
            if not rows:
                break
            last = rows[-1].line
            named = [row for row in rows if row.external_id or row.email]
            ids = seen.resolve(self.contacts, [(row.line, row.external_id, row.email) for row in named])
            self._stage.add(staged_owner, [(row.number, owner) for row, owner in zip(named, ids, strict=True)])
        owner = select(staged_owner.c.contact_id).where(staged_owner.c.number == columns.number).scalar_subquery()
        self._stage.do(update(staged_order).values(contact_id=owner))

    def _compare(self) -> None:
        staged, held = staged_order.c, orders.c
        same_number = and_(held.source == self._source, held.number == staged.number)
        order_id = select(held.id).where(same_number).scalar_subquery()
        self._stage.do(update(staged_order).values(order_id=order_id))
        differs = or_(*(and_(staged[n].is_not(None), staged[n].is_distinct_from(held[n])) for n in COMPARED))
        is_changed = exists().where(held.id == staged.order_id, differs)
        change = case((staged.order_id.is_(None), "new"), (is_changed, "changed"), else_="unchanged")
        self._stage.do(update(staged_order).values(change=change))
        self._stage.settle()

    def _insert_orders(self, run_id: int) -> None:
        staged = staged_order.c
        values: dict[str, ColumnElement[Any]] = {
            "source": literal(self._source),
            "number": staged.number,
            "contact_id": staged.contact_id,
            "placed_at": staged.placed_at,
            "placed_on": staged.placed_on,
            "amount": staged.amount,
            "status": func.coalesce(staged.status, OrderStatus.PAID.value),
            "code": func.coalesce(staged.code, ""),
            "code_folded": func.coalesce(staged.code_folded, ""),
            "discount": staged.discount,
            "cost": staged.cost,
            "items_digest": func.coalesce(staged.items_digest, ""),
            "import_run_id": literal(run_id),
        }
        fresh = select(*values.values()).where(staged.change == "new").order_by(staged.line)
        self._stage.do(insert(orders).from_select(list(values), fresh))
        same_number = and_(orders.c.source == self._source, orders.c.number == staged.number)
        order_id = select(orders.c.id).where(same_number).scalar_subquery()
        self._stage.do(update(staged_order).where(staged.change == "new").values(order_id=order_id))

    def _update_orders(self, run_id: int) -> None:
        staged = staged_order.c
        names = ("contact_id", "placed_at", "placed_on", "amount", "status", "code", "code_folded", "discount", "cost",
                 "items_digest")  # fmt: skip
        values: dict[str, Any] = {name: func.coalesce(staged[name], orders.c[name]) for name in names}
        changed = and_(orders.c.id == staged.order_id, staged.change == "changed")
        self._stage.do(update(orders).where(changed).values(**values, import_run_id=run_id))

    def _replace_items(self) -> None:
        """The items of an order have no identity of their own: the file's stand in place of those that were there."""
        staged = staged_order.c
        replaced = select(staged.order_id).where(staged.change == "changed", staged.items_digest.is_not(None))
        self._stage.do(delete(order_item).where(order_item.c.order_id.in_(replaced)))
        names = ("product", "product_folded", "category", "category_folded", "quantity", "price")
        rows = (
            select(staged.order_id, *(staged_item.c[name] for name in names))
            .join_from(staged_item, staged_run, staged_run.c.run == staged_item.c.run)
            .join(staged_order, staged.number == staged_run.c.number)
            .where(staged.change != "unchanged")
            .order_by(staged_item.c.place)
        )
        self._stage.do(insert(order_item).from_select(["order_id", *names], rows))


def _is_priced(run: OrderRun) -> bool:
    return run.items > 0 and run.priced == run.items


def _is_whole(run: OrderRun) -> bool:
    return not run.conflict and not _lacking(run)


def _lacking(run: OrderRun) -> str:
    """What a new order cannot do without."""
    if not run.external_id and not run.email:
        return "external_id and e-mail are both empty: there is nobody whose order it could be"
    if run.placed_at is None:
        return "placed_at is empty"
    if run.amount is None and not _is_priced(run):
        return "there is neither an amount nor a price on every row to sum it up from"
    return ""
