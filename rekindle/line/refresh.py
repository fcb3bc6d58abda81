"""Refreshing the statuses: every ladder of a workspace computed at a moment, what changed written to the history."""

from __future__ import annotations

from datetime import datetime

from ..store.engine import Store
from ..store.statuses import refresh_ladder
from ..workspace.load import Workspace
from .asking import asking


def refresh(store: Store, workspace: Workspace, as_of: datetime, recorded_at: datetime | None = None) -> dict[str, int]:
    """How many statuses changed, by ladder. One transaction; a second time for the same moment changes nothing."""
    with store.writing() as connection:
        return {
            ladder.name: refresh_ladder(connection, ladder, asking(workspace, as_of), recorded_at or as_of)
            for ladder in workspace.ladders
        }
