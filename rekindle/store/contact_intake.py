"""A contacts file into the store: staged, compared, merged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..model.draft import ContactDraft, Refusal
from .contact_changes import count_rows
from .staged_contacts import StagedContacts
from .staging import Stage


class ContactIntake:
    """Takes the rows of a contacts file in; afterwards knows what they come to. `merge_contacts` writes them."""

    def __init__(self, stage: Stage, source: str) -> None:
        self._stage = stage
        self.contacts = StagedContacts(stage, source)

    def add(self, drafts: Sequence[ContactDraft]) -> None:
        """Stage some thousand rows, in file order."""
        self.contacts.add(drafts)

    def refuse(self, refusal: Refusal) -> None:
        """A refused row concerns no other."""

    def settle(self) -> dict[str | int, str]:
        """No contact is refused once its row could be read."""
        self.contacts.settle()
        return {}

    def count(self) -> tuple[int, int, int]:
        """File rows: (new, changed, unchanged)."""
        return count_rows(self._stage)

    def merge(self, _run_id: int, _now: datetime) -> None:
        """Contacts are written before everything else, of whatever kind the file is."""
