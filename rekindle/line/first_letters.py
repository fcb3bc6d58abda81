"""The first letters of a mailing tried before it is made: a template that fits nobody must not use its period up."""

from __future__ import annotations

from collections.abc import Mapping

from ..compose.letter import CompiledLetter
from ..model.audience import Verdict
from ..model.error import ProblemsError
from ..model.letter import UnrenderableError
from ..model.problem import Position, Problem
from ..store.audiences import Audience, audience_pages
from ..store.engine import Connection
from .letter_facts import FactsDesk

TRIED = 50
"""So many chosen contacts without one letter among them are a fault of the template, not of the contacts."""


def refuse_if_none_can_be_made(
    connection: Connection, desk: FactsDesk, letters: Mapping[str, CompiledLetter], audience: Audience
) -> None:
    """Raise ProblemsError where the first chosen contacts (all of them, where they are few) have no letter.

    One letter that can be made is enough; whose letter fails later has a delivery that says so.
    """
    failed: dict[tuple[Position, str], list[int]] = {}
    members = next(audience_pages(connection, audience, [Verdict.CHOSEN], TRIED), [])
    arms = {member.contact_id: member.arm for member in members}
    for facts in desk.gather(connection, list(arms), {member.contact_id: member.offer for member in members}, arms):
        try:
            letters[arms[facts.contact.contact_id]].fill(facts)
        except UnrenderableError as error:
            at = error.at or Position(f"campaigns/{desk.campaign.name}.yml")
            failed.setdefault((at, error.reason), []).append(error.contact_id)
        else:
            return
    if failed:
        hint = f"no mailing was made; `rekindle plan {desk.campaign.name}` tries every letter"
        raise ProblemsError([_problem(at, reason, ids, hint) for (at, reason), ids in failed.items()])


def _problem(at: Position, reason: str, contact_ids: list[int], hint: str) -> Problem:
    others = f" and {len(contact_ids) - 1} more" if len(contact_ids) > 1 else ""
    return Problem(at, f"no letter can be made: contact #{contact_ids[0]}{others}: {reason}", hint)
