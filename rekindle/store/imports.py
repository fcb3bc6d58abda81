"""Imports: what came in from which file, and which rows were refused and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, Table, Text, func, insert, literal, select

from ..model.draft import Refusal
from .staging import Stage, stage_tables
from .tables import import_refusal, import_run

staged_refusal = Table(
    "staged_refusal",
    stage_tables,
    Column("line", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by_rule", Boolean, nullable=False),
    Column("raw", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One import as the store remembers it; counts are rows of the file."""

    import_run_id: int
    kind: str
    source: str
    file_name: str
    sha256: str
    encoding: str
    map_name: str
    imported_at: datetime
    rows: int
    new: int
    changed: int
    unchanged: int
    refused: int


def stage_refusals(stage: Stage, refusals: Sequence[Refusal]) -> None:
    """Keep refused rows until the merge."""
    stage.add(staged_refusal, [(row.line, row.reason, row.by_rule, row.raw) for row in refusals])


def count_refusals(stage: Stage) -> tuple[int, int]:
    """(refused rows, those of them that a rule of the map refused)."""
    counts = select(func.count(), func.count().filter(staged_refusal.c.by_rule)).select_from(staged_refusal)
    refused, by_rule = stage.connection.execute(counts).one()
    return int(refused), int(by_rule)


def first_refusals(stage: Stage, limit: int) -> tuple[Refusal, ...]:
    """The first refused rows; those that a rule refused come last, for they were wanted so."""
    statement = select(staged_refusal).order_by(staged_refusal.c.by_rule, staged_refusal.c.line).limit(limit)
    rows = stage.connection.execute(statement)
    return tuple(Refusal(row.line, row.reason, row.raw, row.by_rule) for row in rows)


def add_import(stage: Stage, values: dict[str, Any]) -> int:
    """Record the import inside its transaction; its id comes back. `values`: the columns of import_run."""
    run_id = int(stage.connection.execute(insert(import_run).values(values).returning(import_run.c.id)).scalar_one())
    columns = staged_refusal.c
    rows = select(literal(run_id), columns.line, columns.reason, columns.by_rule, columns.raw).order_by(columns.line)
    names = ["import_run_id", "line", "reason", "by_rule", "raw"]
    stage.do(insert(import_refusal).from_select(names, rows))
    return run_id


def list_imports(connection: Connection) -> list[ImportRun]:
    """Every import, newest first."""
    rows = connection.execute(select(import_run).order_by(import_run.c.id.desc()))
    return [ImportRun(*row) for row in rows]


def find_import(connection: Connection, import_run_id: int) -> ImportRun | None:
    """One import by its id."""
    row = connection.execute(select(import_run).where(import_run.c.id == import_run_id)).one_or_none()
    return None if row is None else ImportRun(*row)


def refusals_of(connection: Connection, import_run_id: int) -> list[Refusal]:
    """The refused rows of an import, by line."""
    columns = import_refusal.c
    statement = select(columns.line, columns.reason, columns.raw, columns.by_rule)
    rows = connection.execute(
        statement.where(columns.import_run_id == import_run_id).order_by(columns.line, columns.id)
    )
    return [Refusal(*row) for row in rows]
