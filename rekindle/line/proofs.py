"""Proofs: every letter of an audience made once and thrown away, to know for whom one cannot be made, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from ..compose.letter import CompiledLetter
from ..compose.values import LetterFacts
from ..model.campaign import Campaign
from ..model.letter import UnrenderableError
from ..store.engine import Connection
from ..workspace.load import Workspace
from .letter_facts import FactsDesk, asked_of
from .letters import compile_letters


class Proofed(NamedTuple):
    """Whose letters are to be made: the arm (a held-out contact's too) and the index of the offer."""

    contact_id: int
    arm: str
    offer: int | None


class Failed(NamedTuple):
    """A letter that cannot be made: whose, of which step, what is missing or wrong, and where a template wants it."""

    contact_id: int
    step: int
    what: str
    at: str


class Proofs:
    """Makes the letters of all steps of one occasion. Raises ProblemsError where a template is wrong."""

    def __init__(self, workspace: Workspace, campaign: Campaign, as_of: datetime, period: str) -> None:
        self._letters = [
            compile_letters(workspace, campaign, step) for step in range(1, max(len(campaign.steps), 1) + 1)
        ]
        asked = asked_of(letter for letters in self._letters for letter in letters.values())
        self.desk = FactsDesk(workspace, campaign, as_of, period, asked=asked)

    def failures(self, connection: Connection, members: Sequence[Proofed]) -> list[Failed]:
        """Whose letters of these some hundred members fail, in their order, step by step.

        Of a contact without a first letter the later ones are not looked at: it gets none of them.
        """
        arms = {member.contact_id: member.arm for member in members}
        offers = {member.contact_id: member.offer for member in members}
        found: list[Failed] = []
        for facts in self.desk.gather(connection, list(arms), offers, arms):
            found.extend(self._of_contact(facts, arms[facts.contact.contact_id]))
        return found

    def _of_contact(self, facts: LetterFacts, arm: str) -> Iterable[Failed]:
        for step, letters in enumerate(self._letters, 1):
            own = facts if step == 1 else facts._replace(campaign={**facts.campaign, "step": step})
            try:
                _letter_of(letters, arm).fill(own)
            except UnrenderableError as error:
                yield Failed(error.contact_id, step, error.reason, "" if error.at is None else str(error.at))
                if step == 1:
                    return


def _letter_of(letters: dict[str, CompiledLetter], arm: str) -> CompiledLetter:
    # the held-out are tried too, by the first letter: else the arms would differ by who cannot be written to
    own = letters.get(arm)
    return next(iter(letters.values())) if own is None else own
