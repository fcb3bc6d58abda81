"""`resend`: the letter of an occasion once more to those who were sent it and did not open or click it."""

from __future__ import annotations

from datetime import datetime

from ..model.campaign import Campaign
from ..model.error import InputError, UsageError
from ..model.mailing import Mailing, MailingState
from ..store.audiences import audience_of
from ..store.engine import Store
from ..store.mailings import find_mailing, frozen_files, insert_mailing, last_mailing, step_mailing
from ..store.rungs import Rung, queue_rung, take_up_rung
from ..workspace.freeze import thaw
from ..workspace.load import Workspace
from .audience_rules import window_terms
from .campaign_named import campaign_named
from .first_letters import refuse_if_none_can_be_made
from .letter_facts import FactsDesk
from .letters import compile_letters
from .new_mailing import new_mailing

FOLLOW_UP = 2
"""A follow-up is the second step of its occasion: one ledger of its own, and the report counts it for the same arms."""
ANSWERS: dict[str, tuple[str, ...]] = {"not-opened": ("opened", "clicked"), "not-clicked": ("clicked",)}
"""What `--to` may be, and what since the first letter keeps a contact from the second."""


def make_follow_up(
    store: Store, workspace: Workspace, campaign_name: str, to: str, *, period: str | None, now: datetime
) -> Mailing:
    """The follow-up of a period (None: the latest), made at `now` where there is none, else as it stands.

    Its letter is made from the files as they are now; contacts keep arm and offer. Raises UsageError for a campaign
    with steps, InputError where there is nothing to follow up, ProblemsError where a template is wrong.
    """
    campaign = campaign_named(workspace, campaign_name)
    if campaign.steps:
        raise UsageError(f"{campaign.name} has steps: they are its follow-ups, and `rekindle run` sends them")
    first = _first(store, campaign, period, now)
    with store.reading() as connection:
        standing = find_mailing(connection, campaign.name, first.period, FOLLOW_UP)
        begun = thaw(frozen_files(connection, first.mailing_id)).campaigns[campaign.name]
    if standing is not None:
        return standing
    if [one.name for one in begun.variants] != [one.name for one in campaign.variants] or (
        begun.offers != campaign.offers
    ):
        raise InputError(f"the variants or offers of {campaign.name} are others than in {first.period}: put them back")
    return _make(store, workspace, first, to, now)


def _first(store: Store, campaign: Campaign, period: str | None, now: datetime) -> Mailing:
    with store.reading() as connection:
        if period is None:
            first = last_mailing(connection, campaign.name, now)
        else:
            first = find_mailing(connection, campaign.name, period)
        frozen = "{}" if first is None else frozen_files(connection, first.mailing_id)
    if first is None or first.state is MailingState.CANCELLED:
        raise InputError(f"{campaign.name} has no mailing {period or 'yet'} that could be followed up")
    if frozen == "{}":
        raise InputError(f"{campaign.name} {first.period} was brought in from elsewhere: it cannot be followed up")
    return first


def _make(store: Store, workspace: Workspace, first: Mailing, to: str, now: datetime) -> Mailing:
    campaign = workspace.campaigns[first.campaign]
    letters = compile_letters(workspace, campaign)
    new = new_mailing(workspace, campaign, first.period, now, step=FOLLOW_UP)
    with store.writing() as connection:
        made = insert_mailing(connection, new)
        if made is None:  # somebody else was quicker
            standing = find_mailing(connection, campaign.name, first.period, FOLLOW_UP)
            assert standing is not None, "the insertion found it"
            return standing
        rung = Rung(campaign.name, first.period, FOLLOW_UP, ANSWERS[to])
        ids = (first.mailing_id, made.mailing_id)
        if take_up_rung(connection, rung, *ids, sent_by=now, now=now) == 0:
            raise InputError(
                f"{campaign.name} {first.period}: nobody is left who was sent the letter and has {_words(to)}"
            )
        desk = FactsDesk(workspace, campaign, now, first.period, FOLLOW_UP)
        refuse_if_none_can_be_made(connection, desk, letters, audience_of(made.mailing_id))
        queue_rung(connection, *ids, now, window_terms(workspace, campaign))
        return step_mailing(connection, made.mailing_id, MailingState.SENDING, now)


def _words(to: str) -> str:
    return to.replace("-", " ") + " it"
