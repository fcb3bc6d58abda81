"""Staged contacts into the store, by set; runs inside the one transaction of an import."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    select,
    update,
)

from ..model.contact import ContactKind
from .contact_changes import is_new_consent, staged_change
from .functions import by_code
from .staged_contacts import (
    VALUES,
    staged_attribute,
    staged_consent,
    staged_contact,
    staged_point,
    staged_reference,
    staged_tag,
)
from .staging import Stage
from .tables import (
    activity,
    consent,
    contact,
    contact_attribute,
    contact_point,
    contact_reference,
    contact_tag,
    contact_touch,
    delivery,
    orders,
    organisation,
)
from .types import Moment

_TEXT_VALUES = frozenset(name for name in VALUES if contact.c[name].type.python_type is str)


def merge_contacts(stage: Stage, run_id: int, source: str, now: datetime, proof: str) -> None:
    """Write new contacts and what changed on known ones; `proof` is kept with consents, beside their line."""
    _add_organisations(stage)
    _add_contacts(stage, run_id, now)
    _update_contacts(stage, run_id, now)
    _add_references(stage, source)
    _merge_points(stage)
    _replace_tags(stage)
    _replace_attributes(stage)
    _add_consents(stage, run_id, now, proof)
    fresh = select(staged_contact.c.contact_id).where(staged_contact.c.contact_id > stage.last_contact_id)
    touch(stage, select(staged_change.c.contact_id).union(fresh), run_id, now)


def touch(stage: Stage, owners: Any, run_id: int, now: datetime) -> None:
    """Note that the import brought something for these contacts (the condition `imported`)."""
    found = owners.subquery()
    known = exists().where(contact_touch.c.contact_id == found.c.contact_id, contact_touch.c.import_run_id == run_id)
    rows = select(found.c.contact_id, literal(run_id)).where(not_(known))
    stage.do(insert(contact_touch).from_select(["contact_id", "import_run_id"], rows))
    stage.do(update(contact).where(contact.c.id.in_(owners)).values(touched_at=now))


def _is_changed(owner: ColumnElement[int]) -> ColumnElement[bool]:
    return owner.in_(select(staged_change.c.contact_id))


def _add_organisations(stage: Stage) -> None:
    staged = staged_contact.c
    known = exists().where(organisation.c.name_folded == staged.organisation_folded)
    fresh = (
        select(func.min(by_code(staged.organisation)), staged.organisation_folded)
        .where(staged.organisation_folded != "", not_(known))
        .group_by(staged.organisation_folded)
        .order_by(func.min(staged.line))
    )
    stage.do(insert(organisation).from_select(["name", "name_folded"], fresh))


def _organisation_id() -> Any:
    return (
        select(organisation.c.id)
        .where(organisation.c.name_folded == staged_contact.c.organisation_folded)
        .scalar_subquery()
    )


def _add_contacts(stage: Stage, run_id: int, now: datetime) -> None:
    staged = staged_contact.c
    person = ContactKind.PERSON.value
    defaults = {"kind": person, "kind_folded": person}
    values: dict[str, Any] = {
        name: func.coalesce(staged[name], defaults.get(name, "")) if name in _TEXT_VALUES else staged[name]
        for name in VALUES
    }
    moment = literal(now, Moment)
    values |= {
        "id": staged.contact_id,
        "organisation_id": _organisation_id(),
        "first_seen_at": moment,
        "exists_from": func.coalesce(staged.created_at, moment),
        "touched_at": moment,
        "import_run_id": literal(run_id),
    }
    fresh = select(*values.values()).where(staged.contact_id > stage.last_contact_id).order_by(staged.contact_id)
    stage.do(insert(contact).from_select(list(values), fresh))


def _update_contacts(stage: Stage, run_id: int, now: datetime) -> None:
    staged = staged_contact.c
    values: dict[str, Any] = {name: func.coalesce(staged[name], contact.c[name]) for name in VALUES}
    values |= {
        "organisation_id": case(
            (staged.organisation_folded.is_(None), contact.c.organisation_id), else_=_organisation_id()
        ),
        "exists_from": func.coalesce(staged.created_at, contact.c.exists_from),
        "touched_at": literal(now, Moment),
        "import_run_id": literal(run_id),
    }
    stage.do(update(contact).where(contact.c.id == staged.contact_id, _is_changed(staged.contact_id)).values(values))


def _add_references(stage: Stage, source: str) -> None:
    staged = staged_reference.c
    known = exists().where(contact_reference.c.source == source, contact_reference.c.external_id == staged.external_id)
    fresh = select(literal(source), staged.external_id, func.min(staged.contact_id)).where(not_(known))
    columns = ["source", "external_id", "contact_id"]
    stage.do(insert(contact_reference).from_select(columns, fresh.group_by(staged.external_id)))


def _merge_points(stage: Stage) -> None:
    """Add the points that are new, in the order of the file, and mark those that letters and calls go to."""
    staged, held = staged_point.c, contact_point.c
    known = exists().where(held.contact_id == staged.contact_id, held.kind == staged.kind, held.key == staged.key)
    first = (
        select(staged.contact_id, staged.kind, staged.key, func.min(staged.line).label("line"))
        .group_by(staged.contact_id, staged.kind, staged.key)
        .subquery()
    )
    same = and_(
        first.c.contact_id == staged.contact_id,
        first.c.kind == staged.kind,
        first.c.key == staged.key,
        first.c.line == staged.line,
    )
    fresh = (
        select(staged.contact_id, staged.kind, staged.key, staged.value, literal(False))
        .join_from(staged_point, first, same)
        .where(not_(known))
        .order_by(staged.line, staged.place)
    )
    stage.do(insert(contact_point).from_select(["contact_id", "kind", "key", "value", "is_primary"], fresh))
    _write_as_chosen(stage)
    address = select(contact.c.address_key).where(contact.c.id == held.contact_id).scalar_subquery()
    phone = select(contact.c.phone).where(contact.c.id == held.contact_id).scalar_subquery()
    is_primary = case((held.kind == "email", held.key == address), else_=held.value == phone)
    touched = held.contact_id.in_(select(staged_point.c.contact_id))
    stage.do(update(contact_point).where(touched, held.is_primary != is_primary).values(is_primary=is_primary))


def _write_as_chosen(stage: Stage) -> None:
    """A phone may be written in several ways: the point is written as in the contact's own column."""
    staged, held = staged_point.c, contact_point.c
    chosen = exists().where(contact.c.id == staged.contact_id, staged.value.in_([contact.c.email, contact.c.phone]))
    same = and_(held.contact_id == staged.contact_id, held.kind == staged.kind, held.key == staged.key)
    stage.do(update(contact_point).where(same, held.value != staged.value, chosen).values(value=staged.value))


def _replace_tags(stage: Stage) -> None:
    _replace(stage, contact_tag, staged_tag, contact_tag.c.contact_id.in_(select(staged_tag.c.contact_id)))


def _replace_attributes(stage: Stage) -> None:
    staged, held = staged_attribute.c, contact_attribute.c
    given = exists().where(staged.contact_id == held.contact_id, staged.name == held.name)
    _replace(stage, contact_attribute, staged_attribute, given)


def _replace(stage: Stage, held: Table, staged: Table, given: ColumnElement[bool]) -> None:
    """What the file gives of a changed or new contact stands in place of what was there."""
    stage.do(delete(held).where(given, _is_changed(held.c.contact_id)))
    names = [column.name for column in held.c]
    rows = select(*(staged.c[name] for name in names)).where(
        (staged.c.contact_id > stage.last_contact_id) | _is_changed(staged.c.contact_id)
    )
    stage.do(insert(held).from_select(names, rows))


def _add_consents(stage: Stage, run_id: int, now: datetime, proof: str) -> None:
    staged = staged_consent.c
    first = (
        select(staged.contact_id, staged.topic, func.min(staged.line).label("line"))
        .group_by(staged.contact_id, staged.topic)
        .subquery()
    )
    same = and_(first.c.contact_id == staged.contact_id, first.c.topic == staged.topic, first.c.line == staged.line)
    moment = literal(now, Moment)
    values: dict[str, Any] = {
        "contact_id": staged.contact_id,
        "topic": staged.topic,
        "given": literal(True),
        "occurred_at": func.coalesce(staged.occurred_at, moment),
        "recorded_at": moment,
        "source": staged.source,
        "proof": literal(proof) + cast(staged.line, Text),
        "import_run_id": literal(run_id),
    }
    # looked at again here: somebody may have unsubscribed while the file was read
    rows = select(*values.values()).join_from(staged_consent, first, same).where(is_new_consent())
    stage.do(insert(consent).from_select(list(values), rows.order_by(staged.line, staged.place)))


def recompute_existence(stage: Stage, owners: Any) -> None:
    """Since when the contacts exist whose `created_at` no file gave: their first order, activity or letter, or else the
    moment when they were first seen, whichever is earlier (LANGUAGE 1).
    """
    earliest = [
        select(func.min(moment)).where(owner == contact.c.id).scalar_subquery()
        for moment, owner in (
            (orders.c.placed_at, orders.c.contact_id),
            (activity.c.occurred_at, activity.c.contact_id),
            (delivery.c.sent_at, delivery.c.contact_id),
        )
    ]
    seen = contact.c.first_seen_at
    # the least of all; min() of several arguments is NULL on SQLite as soon as one is
    least = _least(stage, *(func.coalesce(moment, seen) for moment in earliest), seen)
    stage.do(update(contact).where(contact.c.id.in_(owners), contact.c.created_at.is_(None)).values(exists_from=least))


def _least(stage: Stage, *moments: Any) -> Any:
    return func.min(*moments, type_=Moment) if stage.is_sqlite else func.least(*moments, type_=Moment)
