"""A letter: the composed content for one contact, and the files that it is composed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .error import RekindleError
from .problem import Position


@dataclass(frozen=True, slots=True)
class LetterSource:
    """What a letter is made from, frozen into the mailing when it starts.

    `template` names an entry of `files` (file name in templates/ -> its text, every file reachable by include too).
    The `.._at` are where the campaign says so, for problems; without them the problem names only the part.
    """

    subject: str
    preheader: str
    template: str
    files: Mapping[str, str]
    subject_at: Position | None = None
    preheader_at: Position | None = None
    template_at: Position | None = None


class Letter(NamedTuple):
    """The content for one contact: two bodies complete with tracked links; headers are added by compose/mime.

    `.._pieces`: the bodies as they were put together, of texts that other letters have too; or whole, as one piece.
    """

    subject: str
    preheader: str
    html_pieces: Sequence[str]
    text_pieces: Sequence[str]
    contact_id: int = 0

    @property
    def html(self) -> str:
        """The HTML body."""
        return "".join(self.html_pieces)

    @property
    def text(self) -> str:
        """The text body."""
        return "".join(self.text_pieces)


class UnrenderableError(RekindleError):
    """The letter of this one contact cannot be made; everybody else's can (LEDGER 5).

    `reason` says what is missing or wrong and what to do, `at` where the template wants it.
    """

    def __init__(self, contact_id: int, reason: str, at: Position | None = None) -> None:
        self.contact_id = contact_id
        self.reason = reason
        self.at = at
        where = f"{at}: " if at else ""
        super().__init__(f"{where}contact {contact_id}: {reason}")
