"""Contacts as an import stages them: one wide row each, and their points, tags, attributes and consents beside it.

NULL means that the file says nothing. Several rows about one contact become one: of each column the last that says
something holds; tags and list attributes are replaced as a whole by the last row that gives them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, and_, delete, exists, func, select, update

from ..model.contact import TEXT_FIELDS, AttributeValue
from ..model.draft import ContactDraft, PointDraft
from ..model.folding import fold
from .identity import Person, Resolver
from .staging import Stage, stage_tables
from .tables import Id, contact, contact_attribute
from .types import Moment

OWN_TEXTS = tuple(name for name in TEXT_FIELDS if name not in ("email", "email_domain", "phone", "external_id"))
"""Text columns that a row gives by themselves; the others follow from its points and its id."""

DATES = ("created_at", "confirmed_at", "birthday", "next_contact_on")
EMAIL = ("email", "email_folded", "email_domain", "email_domain_folded", "address_key")
PHONE = ("phone", "phone_folded")
EXTERNAL_ID = ("external_id", "external_id_folded")
VALUES = (
    *EMAIL,
    *PHONE,
    *EXTERNAL_ID,
    *(column for name in OWN_TEXTS for column in (name, f"{name}_folded")),
    *DATES,
    "tracking",
)
"""The columns that contact and staged contact share."""

PAGE = 1_000

staged_contact = Table(
    "staged_contact",
    stage_tables,
    Column("contact_id", Id, nullable=False, index=True),
    Column("line", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("repeated", Integer, nullable=False),  # of those rows, how many say just what an earlier one says
    Column("digest", Text, nullable=False),
    # whether the address and the phone are only for a contact that has none yet
    Column("email_spare", Boolean, nullable=False),
    Column("phone_spare", Boolean, nullable=False),
    *(Column(name, contact.c[name].type) for name in VALUES),
)
staged_point = Table(
    "staged_point",
    stage_tables,
    Column("contact_id", Id, nullable=False, index=True),
    Column("line", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
)
staged_reference = Table(
    "staged_reference",
    stage_tables,
    Column("contact_id", Id, nullable=False),
    Column("external_id", Text, nullable=False),
)
staged_tag = Table(
    "staged_tag",
    stage_tables,
    Column("contact_id", Id, nullable=False, index=True),
    Column("line", Integer, nullable=False),
    Column("folded", Text, nullable=False),
    Column("tag", Text, nullable=False),
)
staged_attribute = Table(
    "staged_attribute",
    stage_tables,
    Column("contact_id", Id, nullable=False),
    Column("line", Integer, nullable=False),
    *(Column(column.name, column.type) for column in contact_attribute.c if column.name != "contact_id"),
    Index("ix_staged_attribute_owner", "contact_id", "name"),
)
staged_consent = Table(
    "staged_consent",
    stage_tables,
    Column("contact_id", Id, nullable=False, index=True),
    Column("line", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("topic", Text, nullable=False),
    Column("occurred_at", Moment),
    Column("source", Text, nullable=False),
)


class StagedContacts:
    """Takes drafts in, finds out whom they mean, and leaves one staged row for each contact."""

    def __init__(self, stage: Stage, source: str) -> None:
        self._stage = stage
        self.resolver = Resolver(stage, source)

    def add(self, drafts: Sequence[ContactDraft]) -> list[int]:
        """Stage some thousand drafts; the contact ids that they mean, in the same order."""
        ids = self.resolver.resolve([_person(draft) for draft in drafts])
        owned = list(zip(ids, drafts, strict=True))
        stage = self._stage
        stage.add(staged_contact, [_wide(owner, draft) for owner, draft in owned])
        stage.add(staged_point, [row for owner, draft in owned for row in _points(owner, draft)])
        stage.add(staged_reference, [(owner, draft.external_id) for owner, draft in owned if draft.external_id])
        stage.add(staged_tag, [row for owner, draft in owned for row in _tags(owner, draft)])
        stage.add(staged_attribute, [row for owner, draft in owned for row in _attributes(owner, draft)])
        stage.add(staged_consent, [row for owner, draft in owned for row in _consents(owner, draft)])
        return ids

    def settle(self) -> None:
        """Make one row of several about the same contact, and drop what a later row has replaced."""
        self._join_rows()
        later_tag = staged_tag.alias()
        last = select(func.max(later_tag.c.line)).where(later_tag.c.contact_id == staged_tag.c.contact_id)
        self._stage.do(delete(staged_tag).where(staged_tag.c.line < last.scalar_subquery()))
        later = staged_attribute.alias()
        same = and_(later.c.contact_id == staged_attribute.c.contact_id, later.c.name == staged_attribute.c.name)
        last = select(func.max(later.c.line)).where(same)
        self._stage.do(delete(staged_attribute).where(staged_attribute.c.line < last.scalar_subquery()))
        for names, spare in ((EMAIL, "email_spare"), (PHONE, "phone_spare"), (EXTERNAL_ID, "")):
            self._forget_spare(names, spare)
        self._stage.settle()

    def _forget_spare(self, names: Sequence[str], spare: str) -> None:
        """A spare address, phone or id is left away where the contact has one."""
        has_one = exists().where(contact.c.id == staged_contact.c.contact_id, contact.c[names[0]] != "")
        only_spare = [staged_contact.c[spare]] if spare else []
        self._stage.do(update(staged_contact).where(has_one, *only_spare).values(dict.fromkeys(names)))

    def _join_rows(self) -> None:
        columns = staged_contact.c
        last = 0
        while True:
            ids = self._stage.connection.scalars(
                select(columns.contact_id)
                .where(columns.contact_id > last)
                .group_by(columns.contact_id)
                .having(func.count() > 1)
                .order_by(columns.contact_id)
                .limit(PAGE)
            ).all()
            if not ids:
                return
            last = ids[-1]
            several = select(staged_contact).where(columns.contact_id.in_(ids))
            rows = self._stage.connection.execute(several.order_by(columns.contact_id, columns.line)).all()
            joined = [_joined(list(group)) for _, group in groupby(rows, key=lambda row: row.contact_id)]
            self._stage.do(delete(staged_contact).where(columns.contact_id.in_(ids)))
            self._stage.add(staged_contact, joined)


def _person(draft: ContactDraft) -> Person:
    keys = {kind: tuple(point.key for point in draft.points if point.kind == kind) for kind in ("email", "phone")}
    return Person(draft.external_id, keys["email"], keys["phone"])


def _wide(contact_id: int, draft: ContactDraft) -> list[Any]:
    """The staged row of one draft, in the order of the table's columns."""
    email, email_spare = _chosen(draft, "email")
    phone, phone_spare = _chosen(draft, "phone")
    row: list[Any] = [contact_id, draft.line, 1, 0, _digest(draft), email_spare, phone_spare]
    domain = email.value.rpartition("@")[2] if email else ""
    row += [email.value, fold(email.value), domain, fold(domain), email.key] if email else [None] * len(EMAIL)
    row += [phone.value, fold(phone.value)] if phone else [None, None]
    row += [draft.external_id, fold(draft.external_id)] if draft.external_id else [None, None]
    for name in OWN_TEXTS:
        text = draft.texts.get(name)
        row += (text, fold(text)) if text else (None, None)
    row += [getattr(draft, name) for name in DATES]
    row.append(draft.tracking)
    return row


def _chosen(draft: ContactDraft, kind: str) -> tuple[PointDraft | None, bool]:
    """The point that letters go to, and whether it is only for who has none."""
    for points, spare in ((draft.primary, False), (draft.points, True)):
        for point in points:
            if point.kind == kind:
                return point, spare
    return None, False


def _digest(draft: ContactDraft) -> str:
    return hashlib.blake2b(repr(draft[1:]).encode(), digest_size=12).hexdigest()


def _points(contact_id: int, draft: ContactDraft) -> list[tuple[Any, ...]]:
    return [(contact_id, draft.line, place, *point) for place, point in enumerate(draft.points)]


def _tags(contact_id: int, draft: ContactDraft) -> list[tuple[Any, ...]]:
    folded = {fold(tag): tag for tag in reversed(draft.tags)}
    return [(contact_id, draft.line, key, tag) for key, tag in folded.items() if key]


def _attributes(contact_id: int, draft: ContactDraft) -> list[tuple[Any, ...]]:
    given = ((name, row) for name, value in draft.attributes.items() for row in attribute_rows(value))
    return [(contact_id, draft.line, name, *row) for name, row in given]


def attribute_rows(value: AttributeValue) -> list[tuple[Any, ...]]:
    """How a declared attribute is kept: (position, value, folded, number, day, flag); the items of a list from 1."""
    if isinstance(value, tuple):
        return [(place, item, fold(item), None, None, None) for place, item in enumerate(value, start=1)]
    if isinstance(value, bool):
        return [(0, "true" if value else "false", "true" if value else "false", None, None, value)]
    if isinstance(value, Decimal):
        return [(0, f"{value:f}", f"{value.normalize():f}", value, None, None)]
    if isinstance(value, date):
        return [(0, value.isoformat(), value.isoformat(), None, value, None)]
    return [(0, value, fold(value), None, None, None)]


def _consents(contact_id: int, draft: ContactDraft) -> list[tuple[Any, ...]]:
    when, source = draft.consent_at, draft.consent_source
    topics = enumerate(dict.fromkeys(draft.consent))
    return [(contact_id, draft.line, place, topic, when, source) for place, topic in topics]


def _joined(rows: list[Any]) -> list[Any]:
    """One staged row of several about the same contact, in file order: of each column the last that says something."""
    first = rows[0]
    repeated = len(rows) - len({row.digest for row in rows}) + sum(row.repeated for row in rows)
    email, phone = _last_point(rows, "email"), _last_point(rows, "phone")
    joined: list[Any] = [first.contact_id, first.line, sum(row.rows for row in rows), repeated, first.digest]
    joined += [email.email_spare, phone.phone_spare]
    joined += [getattr(email, name) for name in EMAIL] + [getattr(phone, name) for name in PHONE]
    for name in VALUES[len(EMAIL) + len(PHONE) :]:
        given = [value for row in rows if (value := getattr(row, name)) is not None]
        joined.append(given[-1] if given else None)
    return joined


def _last_point(rows: list[Any], kind: str) -> Any:
    """The row whose address (or phone) holds: the last that names one outright, else the first that has a spare one."""
    given = [row for row in rows if getattr(row, kind) is not None]
    outright = [row for row in given if not getattr(row, f"{kind}_spare")]
    return outright[-1] if outright else given[0] if given else rows[0]
