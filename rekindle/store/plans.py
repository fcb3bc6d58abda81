"""Plans: what was planned, with the hashes by which a later `send --plan` sees that something has drifted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from ..model.error import InputError
from .tables import plan


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """One plan. `summary` is what `plan --json` printed; `unrenderable` the contacts no letter can be made for."""

    hash: str
    campaign: str
    period: str
    as_of: datetime
    planned_at: datetime
    definition_hash: str
    audience_hash: str
    summary: str
    unrenderable: Sequence[int] = ()


def keep_plan(connection: Connection, made: StoredPlan) -> None:
    """Store a plan; the same plan made again (same hash) only becomes as fresh as its last making."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {name: getattr(made, name) for name in StoredPlan.__slots__}
    values["unrenderable"] = json.dumps(list(made.unrenderable))
    again = {"planned_at": made.planned_at, "summary": made.summary}
    statement = dialect.insert(plan).values(**values)
    connection.execute(statement.on_conflict_do_update(index_elements=["hash"], set_=again))


def get_plan(connection: Connection, plan_hash: str) -> StoredPlan:
    """The plan with this hash. Raises InputError where there is none."""
    columns = [plan.c[name] for name in StoredPlan.__slots__]
    row = connection.execute(select(*columns).where(plan.c.hash == plan_hash)).first()
    if row is None:
        raise InputError(f"there is no plan {plan_hash}; `rekindle plan CAMPAIGN` makes one and says its hash")
    values = dict(row._mapping)
    return StoredPlan(**{**values, "unrenderable": tuple(json.loads(values["unrenderable"]))})
