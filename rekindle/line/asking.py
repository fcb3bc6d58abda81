"""How a workspace asks the store: its segments, catalogue, timezone and currency at one moment."""

from __future__ import annotations

from datetime import datetime

from ..store.where import Asking
from ..workspace.load import Workspace


def asking(workspace: Workspace, as_of: datetime) -> Asking:
    """What a condition of `workspace` needs beside itself to become SQL, at `as_of` (aware)."""
    return Asking(
        as_of=as_of,
        zone=workspace.configuration.timezone,
        catalogue=workspace.catalogue,
        segments=workspace.segments,
        currency=workspace.configuration.currency,
    )
