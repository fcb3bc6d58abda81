"""Refreshing the statuses: every ladder of a workspace computed at a moment, what changed written to the history."""

from __future__ import annotations

from datetime import datetime

from ..store.engine import Store
from ..store.statuses import changed_statuses, write_statuses
from ..workspace.load import Workspace
from .asking import asking


def refresh(store: Store, workspace: Workspace, as_of: datetime, recorded_at: datetime | None = None) -> dict[str, int]:
    """How many statuses changed, by ladder; a second time for the same moment changes nothing.

    The rules are read first and what they say is written afterwards, in one transaction: over many contacts reading
    takes longer than a sender at work could wait for the store.
    """
    asked = asking(workspace, as_of)
    with store.reading() as connection:
        found = [(ladder, changed_statuses(connection, ladder, asked)) for ladder in workspace.ladders]
    with store.writing() as connection:
        return {
            ladder.name: write_statuses(connection, ladder, changed, as_of, recorded_at or as_of)
            for ladder, changed in found
        }
