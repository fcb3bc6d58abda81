"""What decides about each contact of a campaign's occasion, in the terms of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, union

from ..plan.arms import Arm

Contacts = Select[Any]
"""A statement that gives ids of contacts, each once."""


@dataclass(frozen=True, slots=True)
class AudienceRules:
    """What decides about each contact, in the terms of the store. Moments are aware; spans are from < t <= as_of.

    `members` of the segments; `offers` as (index, who it is for: None, everyone) in the order in which they are tried;
    `capped` as (letters, since); `had_since`: who had this campaign after that is not taken again (None: all are);
    `ladder_steps`: where above 1, nor is who waits for a later one of so many steps;
    `outranked_by`: campaigns of higher priority, whose mailings of `day` (start, end) come first.
    """

    campaign: str
    period: str
    topic: str
    as_of: datetime
    members: Contacts
    salt: str
    arms: Sequence[Arm]
    excluded: Contacts | None = None
    handed_over: Contacts | None = None
    capped: tuple[int, datetime] | None = None
    had_since: datetime | None = None
    ladder_steps: int = 0
    outranked_by: Sequence[str] = ()
    day: tuple[datetime, datetime] | None = None
    offers: Sequence[tuple[int, Contacts | None]] = ()


def any_of(statements: Sequence[Contacts]) -> Contacts:
    """Who is in any of these, each once."""
    if len(statements) == 1:
        return statements[0]
    together = union(*statements).subquery()
    return select(together.c[0])
