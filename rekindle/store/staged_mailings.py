"""Rows of mailings of the past as an import stages them, and how they stand to what the store has."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Integer, Table, Text, and_, case, exists, not_, or_

from .staging import stage_tables
from .tables import Id, audience_member, event, mailing
from .types import Moment

staged_member = Table(
    "staged_member",
    stage_tables,
    Column("line", Integer, nullable=False, index=True),
    Column("campaign", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("contact_id", Id, nullable=False),
    Column("email", Text, nullable=False),
    Column("arm", Text, nullable=False),
    Column("sent_at", Moment),
    Column("mailing_id", Id),
    Column("first_line", Integer),  # of the rows about this contact in this mailing
    Column("change", Text),
    Index("ix_staged_member_owner", "contact_id", "campaign", "period"),
)
staged_event = Table(
    "staged_event",
    stage_tables,
    Column("line", Integer, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
)


def same_occasion() -> ColumnElement[bool]:
    """The mailing of a staged row: the same campaign and period, its first step."""
    staged = staged_member.c
    return and_(mailing.c.campaign == staged.campaign, mailing.c.period == staged.period, mailing.c.step == 1)


def own_mailing() -> ColumnElement[bool]:
    """A mailing of that name that rekindle made itself."""
    return exists().where(mailing.c.id == staged_member.c.mailing_id, not_(mailing.c.imported))


def other_arm() -> ColumnElement[bool]:
    """The contact stands in that mailing with another arm, in the store or by an earlier row of the file."""
    staged, other = staged_member.c, staged_member.alias()
    held = and_(audience_member.c.mailing_id == staged.mailing_id, audience_member.c.contact_id == staged.contact_id)
    return or_(
        exists().where(held, audience_member.c.arm != staged.arm),
        exists().where(other.c.line == staged.first_line, other.c.arm != staged.arm),
    )


def is_fault() -> ColumnElement[bool]:
    """A staged row that cannot be taken as history."""
    return or_(own_mailing(), other_arm())


def has_event() -> ColumnElement[bool]:
    """The store has heard of that event for this contact in this mailing."""
    staged = staged_member.c
    return exists().where(
        event.c.mailing_id == staged.mailing_id,
        event.c.contact_id == staged.contact_id,
        event.c.kind == staged_event.c.kind,
    )


def change() -> Any:
    """Of a contact's rows in one mailing the first is new; later ones, and known ones, change it where they add."""
    staged, held = staged_member.c, audience_member.c
    member = and_(held.mailing_id == staged.mailing_id, held.contact_id == staged.contact_id)
    adds_event = exists().where(staged_event.c.line == staged.line, not_(has_event()))
    is_first = staged.line == staged.first_line
    corrected = held.counted_from.is_distinct_from(staged.sent_at)
    other_moment = and_(is_first, staged.sent_at.is_not(None), exists().where(member, corrected))
    is_new = and_(is_first, not_(exists().where(member)))
    return case((is_new, "new"), (or_(adds_event, other_moment), "changed"), else_="unchanged")


def is_moved() -> ColumnElement[bool]:
    """A staged row that adds or corrects something."""
    return staged_member.c.change.in_(["new", "changed"])


def is_first_new() -> ColumnElement[bool]:
    """The row that makes a contact a member of the mailing."""
    return and_(staged_member.c.change == "new", staged_member.c.line == staged_member.c.first_line)
