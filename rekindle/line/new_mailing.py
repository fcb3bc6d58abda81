"""A mailing as it is begun: the campaign and its files as they stand, frozen into it."""

from __future__ import annotations

from datetime import datetime

from ..model.campaign import Campaign
from ..model.mailing import MailingState
from ..store.mailings import NewMailing
from ..workspace.freeze import definition_hash, freeze
from ..workspace.load import Workspace


def new_mailing(
    workspace: Workspace,
    campaign: Campaign,
    period: str,
    now: datetime,
    *,
    step: int = 1,
    as_of: datetime | None = None,
) -> NewMailing:
    """The mailing of one step of one period, made at `now`, its audience as of `as_of` (default `now`).

    A ladder's later letters fall due contact by contact, long after their mailing was made: those do not expire.
    """
    expires = campaign.expires if step == 1 else None
    return NewMailing(
        campaign=campaign.name,
        period=period,
        step=step,
        as_of=as_of or now,
        created_at=now,
        state=MailingState.PLANNED,
        topic=campaign.topic,
        frozen=freeze(workspace, campaign),
        definition_hash=definition_hash(workspace, campaign),
        expires_at=None if expires is None else expires.after(now, workspace.configuration.timezone),
    )
