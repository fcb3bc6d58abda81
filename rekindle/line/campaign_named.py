"""Finding a campaign by the name that a person gave."""

from __future__ import annotations

from ..model.campaign import Campaign
from ..model.error import UsageError
from ..model.problem import did_you_mean
from ..workspace.load import Workspace


def campaign_named(workspace: Workspace, name: str) -> Campaign:
    """The campaign of this name. Raises UsageError that names the nearest ones."""
    if name in workspace.campaigns:
        return workspace.campaigns[name]
    hint = did_you_mean(name, workspace.campaigns)
    raise UsageError(f"there is no campaign '{name}' in campaigns/" + (f"; {hint}" if hint else ""))
