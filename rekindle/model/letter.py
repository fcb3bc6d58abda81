"""A letter: the composed content for one contact, and the files that it is composed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LetterSource:
    """What a letter is made from, frozen into the mailing when it starts.

    `template` names an entry of `files` (file name in templates/ -> its text, every file reachable by include too).
    """

    subject: str
    preheader: str
    template: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Letter:
    """The content for one contact: `html` and `text` complete with tracked links; headers are added by compose/mime."""

    subject: str
    preheader: str
    html: str
    text: str
