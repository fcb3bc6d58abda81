"""Suppressions brought in by files: added by set, never lifted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, Table, Text, and_, exists, func, insert, literal, not_, or_, select

from ..model.draft import Refusal, SuppressionDraft
from .staging import Stage, stage_tables
from .tables import suppression
from .types import Moment

staged_suppression = Table(
    "staged_suppression",
    stage_tables,
    Column("line", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("note", Text, nullable=False),
)


def merge_suppressions(stage: Stage, run_id: int) -> None:
    """Write those staged suppressions that do not stand yet; of several for one address the first in the file."""
    staged = staged_suppression.c
    first = select(func.min(staged.line)).where(is_new_suppression()).group_by(staged.kind, staged.key, staged.topic)
    names = ("kind", "key", "topic", "reason", "since", "note")
    rows = select(*(staged[name] for name in names), literal(run_id)).where(
        is_new_suppression(), staged.line.in_(first)
    )
    stage.do(insert(suppression).from_select([*names, "import_run_id"], rows.order_by(staged.line)))


def is_new_suppression() -> Any:
    """A staged suppression that adds something: none stands, and none that began no earlier was lifted by a person."""
    staged, held = staged_suppression.c, suppression.c
    same = and_(held.kind == staged.kind, held.key == staged.key, held.topic == staged.topic)
    return not_(exists().where(same, or_(held.lifted_at.is_(None), held.lifted_at > staged.since)))


class SuppressionIntake:
    """Takes the rows of a suppressions file in; afterwards knows what they come to, and writes it."""

    contacts = None
    """Nobody becomes a contact by being suppressed."""

    def __init__(self, stage: Stage, now: datetime) -> None:
        self._stage = stage
        self._now = now

    def add(self, drafts: Sequence[SuppressionDraft]) -> None:
        """Stage some thousand rows."""
        rows = [
            (draft.line, draft.kind, draft.key, draft.topic, draft.reason, draft.since or self._now, draft.note)
            for draft in drafts
        ]
        self._stage.add(staged_suppression, rows)

    def refuse(self, refusal: Refusal) -> None:
        """A refused row concerns no other."""

    def settle(self) -> dict[str | int, str]:
        """No suppression is refused once its row could be read."""
        self._stage.settle()
        return {}

    def count(self) -> tuple[int, int, int]:
        """File rows: (new, changed, unchanged); what stands suppressed stays as it is."""
        staged = staged_suppression.c
        rows = int(self._stage.connection.scalar(select(func.count()).select_from(staged_suppression)) or 0)
        fresh = select(staged.kind, staged.key, staged.topic).where(is_new_suppression()).distinct().subquery()
        new = int(self._stage.connection.scalar(select(func.count()).select_from(fresh)) or 0)
        return new, 0, rows - new

    def merge(self, run_id: int, _now: datetime) -> None:
        """Write what is new."""
        merge_suppressions(self._stage, run_id)
