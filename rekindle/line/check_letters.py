"""Letters tried on real contacts: which of them cannot be filled, for whom, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..model.campaign import Campaign
from ..model.letter import UnrenderableError
from ..model.problem import Position, Problem
from ..model.segment import AllOf, Condition, InSegment, NoneOf
from ..store.engine import Store
from ..store.segments import members_statement
from ..store.tried import emptiest_and_first
from ..store.where_alive import with_lifetimes
from .asking import asking
from .check_workspace import Checked
from .letter_facts import FactsDesk

TRIED = 100
"""Contacts of each campaign that its letters are filled for: half the emptiest, half the first."""


@dataclass(frozen=True)
class Tried:
    """What came of it: how many letters were filled, and a problem for each thing that was missing."""

    letters: int
    problems: tuple[Problem, ...]


def check_letters(store: Store, checked: Checked, as_of: datetime) -> Tried:
    """Fill every letter of a sound workspace for contacts that its campaign would be sent to at `as_of` (aware).

    One problem for each place and reason, with the number of contacts and one of them by its number in the store.
    """
    failed: dict[tuple[Position, str], list[int]] = {}
    letters = 0
    with store.reading() as connection:
        for campaign in checked.workspace.campaigns.values():
            mailed = _mailed(campaign)
            asked = with_lifetimes(connection, asking(checked.workspace, as_of), [mailed])
            members = members_statement(mailed, asked, connection.dialect)
            ids = emptiest_and_first(connection, members, TRIED)
            compiled = [letter for owner, letter in checked.letters if owner is campaign]
            desk = FactsDesk(checked.workspace, campaign, as_of)
            for facts in desk.gather(connection, ids):
                for letter in compiled:
                    letters += 1
                    try:
                        letter.fill(facts)
                    except UnrenderableError as error:
                        at = error.at or Position(f"campaigns/{campaign.name}.yml")
                        failed.setdefault((at, error.reason), []).append(error.contact_id)
    return Tried(letters, tuple(sorted(_problem(at, reason, ids) for (at, reason), ids in failed.items())))


def _mailed(campaign: Campaign) -> Condition:
    """Whom the campaign is for: its segments without those that it leaves out."""
    left_out = campaign.exclude + campaign.hand_over
    chosen = InSegment(campaign.segments)
    return AllOf((chosen, NoneOf((InSegment(left_out),)))) if left_out else chosen


def _problem(at: Position, reason: str, contact_ids: list[int]) -> Problem:
    who = sorted(set(contact_ids))
    others = f" and {len(who) - 1} more of those tried" if len(who) > 1 else ""
    return Problem(at, f"contact #{who[0]}{others}: {reason}")
