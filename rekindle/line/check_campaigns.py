"""Campaigns looked at for what their own file does not show: a topic that no contact of the store has consented to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..model.problem import Problem
from ..store.engine import Connection, Store
from ..store.reach import anyone_consents
from ..store.segments import base_count
from ..workspace.load import Workspace
from ..workspace.places import place_of
from .asking import asking


def check_campaigns(store: Store, workspace: Workspace, as_of: datetime) -> list[Problem]:
    """Warnings about campaigns that the store's contacts show at `as_of` (aware); none while there are no contacts."""
    with store.reading() as connection:
        if not base_count(connection, asking(workspace, as_of)):
            return []
        return list(_without_consent(connection, workspace, as_of))


def _without_consent(connection: Connection, workspace: Workspace, as_of: datetime) -> Iterator[Problem]:
    topics = {campaign.topic for campaign in workspace.campaigns.values()}
    refused = {topic for topic in topics if not anyone_consents(connection, topic, as_of)}
    for name, campaign in workspace.campaigns.items():
        if campaign.topic in refused:
            at = place_of(workspace.files, f"campaigns/{name}.yml", "topic")
            hint = "nobody would get a letter; `import contacts` takes consents in the column consent"
            yield Problem(at, f"no contact has consented to '{campaign.topic}'", hint, warning=True)
