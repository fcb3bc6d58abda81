"""Activities: what contacts did outside letters; taken in by set, the same one never twice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, Table, Text, exists, func, insert, literal, not_, select

from ..model.draft import ActivityDraft, Refusal
from ..model.folding import fold
from .contact_merge import recompute_existence, touch
from .people import PeopleSeen
from .staged_contacts import StagedContacts
from .staging import Stage, stage_tables
from .tables import Id, activity
from .types import Moment

staged_activity = Table(
    "staged_activity",
    stage_tables,
    Column("line", Integer, nullable=False),
    Column("contact_id", Id, nullable=False),
    Column("kind", Text, nullable=False),
    Column("kind_folded", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("amount", BigInteger),
    Column("detail", Text, nullable=False),
    Column("fingerprint", Text, nullable=False, index=True),
)


class ActivityIntake:
    """Takes the rows of an activities file in; afterwards knows what they come to, and writes it."""

    def __init__(self, stage: Stage, source: str) -> None:
        self._stage = stage
        self._seen = PeopleSeen()
        self.contacts = StagedContacts(stage, source)

    def add(self, drafts: Sequence[ActivityDraft]) -> None:
        """Stage some thousand rows, in file order."""
        ids = self._seen.resolve(self.contacts, [(draft.line, draft.external_id, draft.email) for draft in drafts])
        self._stage.add(staged_activity, [_row(owner, draft) for owner, draft in zip(ids, drafts, strict=True)])

    def refuse(self, refusal: Refusal) -> None:
        """A refused row concerns no other."""

    def settle(self) -> dict[str | int, str]:
        """No activity is refused once its row could be read."""
        self.contacts.settle()
        return {}

    def count(self) -> tuple[int, int, int]:
        """File rows: (new, changed, unchanged); an activity never changes, it is another one."""
        staged = staged_activity.c
        rows = int(self._stage.connection.scalar(select(func.count()).select_from(staged_activity)) or 0)
        fresh = select(func.count(staged.fingerprint.distinct())).where(_is_new())
        new = int(self._stage.connection.scalar(fresh) or 0)
        return new, 0, rows - new

    def merge(self, run_id: int, now: datetime) -> None:
        """Write the activities that are new."""
        staged = staged_activity.c
        first = select(func.min(staged.line)).group_by(staged.fingerprint)
        names = ("contact_id", "kind", "kind_folded", "occurred_at", "amount", "detail", "fingerprint")
        rows = select(*(staged[name] for name in names), literal(run_id)).where(_is_new(), staged.line.in_(first))
        self._stage.do(insert(activity).from_select([*names, "import_run_id"], rows.order_by(staged.line)))
        owners = select(activity.c.contact_id).where(activity.c.import_run_id == run_id).distinct()
        touch(self._stage, owners, run_id, now)
        recompute_existence(self._stage, owners)


def _is_new() -> Any:
    return not_(exists().where(activity.c.fingerprint == staged_activity.c.fingerprint))


def _row(contact_id: int, draft: ActivityDraft) -> tuple[Any, ...]:
    kind = fold(draft.kind)
    parts = (contact_id, kind, draft.occurred_at.isoformat(), draft.amount, draft.detail)
    fingerprint = hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()
    return (
        draft.line, contact_id, draft.kind, kind, draft.occurred_at, draft.amount, draft.detail, fingerprint,
    )  # fmt: skip
