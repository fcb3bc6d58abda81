"""Waves: each contact's letter is due when the campaign's window is open, by the contact's own clock or by ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Connection, Table, case, func, literal, select

from ..model.audience import Verdict
from ..model.campaign import Window
from ..plan.window import next_open
from .tables import contact
from .types import Moment

OUTSIDE = "window"
"""The reason of a delivery that waits for its window."""


@dataclass(frozen=True, slots=True)
class WindowTerms:
    """A campaign's window and the workspace's timezone, which holds for contacts whose own is not known too."""

    window: Window
    zone: ZoneInfo

    def zone_of(self, timezone: str) -> ZoneInfo:
        """By which clock a contact with this timezone is written to."""
        return (named_zone(timezone) or self.zone) if self.window.contact_timezone else self.zone

    def opens_at(self, timezone: str, moment: datetime) -> datetime:
        """The first moment from `moment` on at which a contact with this timezone may be written to."""
        return next_open(self.window, self.zone_of(timezone), moment)

    def closed_for(self, timezones: Iterable[str], moment: datetime) -> dict[str, datetime]:
        """When the window opens for these timezones; those for which it is open at `moment` are not in it."""
        opens = {timezone: self.opens_at(timezone, moment) for timezone in set(timezones)}
        return {timezone: at for timezone, at in opens.items() if at > moment}


@cache
def named_zone(timezone: str) -> ZoneInfo | None:
    """The timezone of this name; None where there is none."""
    try:
        return ZoneInfo(timezone) if timezone else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_counts(connection: Connection, table: Table, mailing_id: int) -> dict[str, int]:
    """How many chosen members of an audience in `table` have which timezone ('' where none is known)."""
    mine = (table.c.mailing_id == mailing_id, table.c.verdict == Verdict.CHOSEN.value)
    counted = select(contact.c.timezone, func.count()).join(table, table.c.contact_id == contact.c.id).where(*mine)
    return {row[0]: row[1] for row in connection.execute(counted.group_by(contact.c.timezone))}


def due_column(terms: WindowTerms | None, timezones: Iterable[str], moment: datetime) -> ColumnElement[Any]:
    """When a letter to a row of `contact` is due, where it would be at `moment` without a window."""
    if terms is None:
        return literal(moment, Moment)
    # the zones that nobody knows would make the statement long for nothing: they are all the workspace's
    known = {timezone: terms.opens_at(timezone, moment) for timezone in timezones if named_zone(timezone)}
    usual = literal(terms.opens_at("", moment), Moment)
    if not known or not terms.window.contact_timezone:
        return usual
    opens = {timezone: literal(at, Moment) for timezone, at in known.items()}
    return case(opens, value=contact.c.timezone, else_=usual)
