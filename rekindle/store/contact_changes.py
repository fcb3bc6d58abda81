"""What staged contacts would change: found by set, before anything is written."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
)

from ..model.consent import EVERY_TOPIC
from .staged_contacts import (
    VALUES,
    staged_attribute,
    staged_consent,
    staged_contact,
    staged_point,
    staged_reference,
    staged_tag,
)
from .staging import Stage, stage_tables
from .tables import Id, consent, contact, contact_attribute, contact_point, contact_reference, contact_tag

staged_change = Table("staged_change", stage_tables, Column("contact_id", Id, nullable=False, index=True))
"""Contacts of the store for which the file brings something that it does not have, perhaps several times."""

_COMPARED = tuple(name for name in VALUES if not name.endswith("_folded") and name not in ("email_domain",))


def find_contact_changes(stage: Stage, source: str, topics: Collection[str]) -> None:
    """Fill `staged_change`. A consent for all topics becomes one for each of `topics` where some were withdrawn."""
    _spell_out_topics(stage, topics)
    for statement in (
        _of_values(),
        _of_points(),
        _of_references(source),
        *_of_tags(),
        *_of_attributes(),
        select(staged_consent.c.contact_id).where(is_new_consent()),
    ):
        held = statement.subquery()
        rows = select(held.c.contact_id).where(held.c.contact_id <= stage.last_contact_id).distinct()
        stage.do(insert(staged_change).from_select(["contact_id"], rows))
    stage.settle()


def count_rows(stage: Stage) -> tuple[int, int, int]:
    """File rows about contacts: (new, changed, unchanged). Of a new contact the first row is new."""
    columns = staged_contact.c
    is_new = columns.contact_id > stage.last_contact_id
    is_changed = columns.contact_id.in_(select(staged_change.c.contact_id))
    distinct = columns.rows - columns.repeated
    found = stage.connection.execute(
        select(
            func.sum(case((is_new, 1), else_=0)),
            func.sum(case((is_new, distinct - 1), (is_changed, distinct), else_=0)),
            func.sum(case((or_(is_new, is_changed), columns.repeated), else_=columns.rows)),
        )
    ).one()
    new, changed, unchanged = (int(count or 0) for count in found)
    return new, changed, unchanged


def count_withheld(stage: Stage) -> int:
    """Consents of the file that are not taken, because the contact withdrew them."""
    withheld = select(func.count()).select_from(staged_consent).where(_is_withdrawn(staged_consent.c.topic))
    return int(stage.connection.scalar(withheld) or 0)


def is_new_consent() -> ColumnElement[bool]:
    """A staged consent that adds something: nothing was said about its topic yet, neither given nor withdrawn."""
    covering = consent.c.topic.in_([staged_consent.c.topic, EVERY_TOPIC])
    said = exists().where(consent.c.contact_id == staged_consent.c.contact_id, covering)
    return and_(not_(said), or_(staged_consent.c.topic != EVERY_TOPIC, not_(_has_withdrawn())))


def _has_withdrawn() -> ColumnElement[bool]:
    return exists().where(consent.c.contact_id == staged_consent.c.contact_id, not_(consent.c.given))


def _is_withdrawn(topic: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the latest entry that covers the topic is a withdrawal."""
    latest = (
        select(consent.c.given)
        .where(consent.c.contact_id == staged_consent.c.contact_id, consent.c.topic.in_([topic, EVERY_TOPIC]))
        .order_by(consent.c.occurred_at.desc(), consent.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return latest.is_(False)


def _spell_out_topics(stage: Stage, topics: Collection[str]) -> None:
    """`*` must not cover a topic that was withdrawn: then each topic is asked for by itself."""
    wide = and_(staged_consent.c.topic == EVERY_TOPIC, _has_withdrawn())
    names = [column.name for column in staged_consent.c]
    for topic in topics:
        columns = [literal(topic) if name == "topic" else staged_consent.c[name] for name in names]
        stage.do(insert(staged_consent).from_select(names, select(*columns).where(wide)))
    if topics:
        stage.do(delete(staged_consent).where(wide))


def _of_values() -> Select[Any]:
    staged = staged_contact.c
    differs = (and_(staged[name].is_not(None), staged[name].is_distinct_from(contact.c[name])) for name in _COMPARED)
    return (
        select(staged.contact_id)
        .join_from(staged_contact, contact, contact.c.id == staged.contact_id)
        .where(or_(*differs))
    )


def _of_points() -> Select[Any]:
    staged = staged_point.c
    held = exists().where(
        contact_point.c.contact_id == staged.contact_id,
        contact_point.c.kind == staged.kind,
        contact_point.c.key == staged.key,
    )
    return select(staged.contact_id).where(not_(held))


def _of_references(source: str) -> Select[Any]:
    held = exists().where(
        contact_reference.c.source == source, contact_reference.c.external_id == staged_reference.c.external_id
    )
    return select(staged_reference.c.contact_id).where(not_(held))


def _of_tags() -> tuple[Select[Any], Select[Any]]:
    """Tags that are not there yet, and tags that the file no longer names."""
    same = and_(contact_tag.c.contact_id == staged_tag.c.contact_id, contact_tag.c.tag == staged_tag.c.tag)
    return (
        select(staged_tag.c.contact_id).where(not_(exists().where(same))),
        select(contact_tag.c.contact_id).where(
            contact_tag.c.contact_id.in_(select(staged_tag.c.contact_id)), not_(exists().where(same))
        ),
    )


def _of_attributes() -> tuple[Select[Any], Select[Any]]:
    held, staged = contact_attribute.c, staged_attribute.c
    owner = and_(held.contact_id == staged.contact_id, held.name == staged.name)
    same = and_(owner, held.position == staged.position, held.folded == staged.folded, held.value == staged.value)
    return (
        select(staged.contact_id).where(not_(exists().where(same))),
        select(held.contact_id).where(exists().where(owner), not_(exists().where(same))),
    )
