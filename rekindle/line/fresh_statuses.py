"""Statuses made fresh before an audience is decided: `run`, `plan` and `send` refresh first (LANGUAGE 2.3)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from ..store.engine import Connection, Store
from ..store.latest import latest_facts
from ..store.remembered import recall, remember
from ..store.statuses import last_refresh
from ..workspace.load import Workspace
from .refresh import refresh

LASTS = timedelta(hours=1)
"""So long a `run` leaves statuses alone where nothing has come in: cron may start it every minute."""
_KEY = "refreshed with"


def refresh_statuses(store: Store, workspace: Workspace, as_of: datetime, now: datetime) -> None:
    """Write what the ladders say at `as_of` to the history, recorded at `now`; without ladders nothing is written."""
    if workspace.ladders:
        refresh(store, workspace, as_of, now)


def keep_statuses_fresh(store: Store, workspace: Workspace, now: datetime) -> None:
    """Refresh at `now`, unless that was done within the hour and the day, and neither facts nor files changed since."""
    if not workspace.ladders:
        return
    with store.reading() as connection:
        mark = f"{_files_mark(workspace)} {latest_facts(connection)}"
        fresh = mark == recall(connection, _KEY) and _is_fresh(connection, workspace, now)
    if not fresh:
        refresh(store, workspace, now, now)
        with store.writing() as connection:
            remember(connection, _KEY, mark)


def _is_fresh(connection: Connection, workspace: Workspace, now: datetime) -> bool:
    zone = workspace.configuration.timezone
    for ladder in workspace.ladders:
        last = last_refresh(connection, ladder.name)
        if (
            last is None
            or not last <= now < last + LASTS
            or last.astimezone(zone).date() != now.astimezone(zone).date()
        ):
            return False
    return True


def _files_mark(workspace: Workspace) -> str:
    texts = "\0".join(f"{name}\0{text}" for name, text in sorted(workspace.files.items()) if name.endswith(".yml"))
    return hashlib.sha256(texts.encode()).hexdigest()[:16]
