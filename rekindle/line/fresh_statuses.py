"""Statuses made fresh before an audience is decided: `run`, `plan` and `send` refresh first (LANGUAGE 2.3)."""

from __future__ import annotations

from datetime import datetime

from ..store.engine import Store
from ..workspace.load import Workspace
from .refresh import refresh


def refresh_statuses(store: Store, workspace: Workspace, as_of: datetime, now: datetime) -> None:
    """Write what the ladders say at `as_of` to the history, recorded at `now`; without ladders nothing is written."""
    if workspace.ladders:
        refresh(store, workspace, as_of, now)
