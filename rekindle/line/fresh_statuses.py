"""Statuses made fresh before an audience is decided: `run`, `plan` and `send` refresh first (LANGUAGE 2.3)."""

from __future__ import annotations

from datetime import datetime

from ..store.engine import Store
from ..workspace.load import Workspace


def refresh_statuses(store: Store, workspace: Workspace, as_of: datetime) -> None:
    """Write what changed on the ladders up to `as_of` to the history; without ladders there is nothing to do."""
    if not workspace.ladders:
        return
    from .refresh import refresh

    refresh(store, workspace, as_of)
