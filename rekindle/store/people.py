"""People whom rows about something else name: orders, activities, letters of the past. Unknown ones become contacts."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.address import address_key
from ..model.draft import ContactDraft, PointDraft
from .staged_contacts import StagedContacts

REMEMBERED = 100_000

Named = tuple[int, str, str]
"""(line, external id, address)."""


def person_draft(line: int, external_id: str, email: str) -> ContactDraft:
    """What such a row says about the person: an id, and an address that counts where the contact has none."""
    points = (PointDraft("email", address_key(email), email),) if email else ()
    return ContactDraft(line, external_id, points, (), {})


class PeopleSeen:
    """Remembers who has been resolved: files name the same buyers over and over."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], int] = {}

    def resolve(self, contacts: StagedContacts, named: Sequence[Named]) -> list[int]:
        """The contact ids of some thousand people, in order."""
        if len(self._ids) > REMEMBERED:
            self._ids.clear()
        unseen = {(external_id, email): line for line, external_id, email in reversed(named)
                  if (external_id, email) not in self._ids}  # fmt: skip
        drafts = [person_draft(line, *who) for who, line in sorted(unseen.items(), key=lambda item: item[1])]
        for draft, contact_id in zip(drafts, contacts.add(drafts), strict=True):
            self._ids[draft.external_id, draft.points[0].value if draft.points else ""] = contact_id
        return [self._ids[external_id, email] for _, external_id, email in named]
