"""Who a row is about: a contact is known by its id in the source, else by address, else by phone (COMMANDS 1).

Address and phone never lead to a contact that the row contradicts: one that the same source knows under another id,
or, by phone, one that has an address where the row has a different one. So people who share a mailbox or an office line
stay apart. Of several contacts with one address the first to have had it is meant: so the same file leads to the same
contacts every time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Index,
    Select,
    Table,
    Text,
    exists,
    literal_column,
    or_,
    select,
    union_all,
)

from .contacts import CHUNK
from .staging import Stage, stage_tables
from .tables import Id, contact_point, contact_reference

stage_key = Table(
    "staged_key",
    stage_tables,
    Column("id", Id, nullable=False),  # in the order in which it was learned
    Column("kind", Text, nullable=False),  # reference | email | phone
    Column("key", Text, nullable=False),
    Column("contact_id", Id, nullable=False),
    Index("ix_staged_key_key", "kind", "key"),
    Index("ix_staged_key_contact", "contact_id", "kind"),
)
"""What the file itself has taught about who is known by what."""


class Person(NamedTuple):
    """What one row says about who it means; keys as in contact_point."""

    external_id: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]


@dataclass
class _Known:
    """What is known about the people of one batch."""

    references: dict[str, int] = field(default_factory=dict)
    points: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    referred: set[int] = field(default_factory=set)
    """Contacts that the source knows under an id."""
    addressed: set[int] = field(default_factory=set)
    """Contacts that have an address."""


class Resolver:
    """Gives each person a contact id, in the order in which they come; unknown ones get the next free ids."""

    def __init__(self, stage: Stage, source: str) -> None:
        self._stage = stage
        self._source = source
        self._next_id = stage.last_contact_id + 1
        self._learned = 0

    @property
    def made(self) -> int:
        """How many contacts are new."""
        return self._next_id - self._stage.last_contact_id - 1

    def resolve(self, people: Sequence[Person]) -> list[int]:
        """The contact id of each person; a few thousand at a time."""
        known = self._look_up(people)
        learned: dict[tuple[str, str, int], None] = {}
        ids = [self._one(person, known, learned) for person in people]
        self._stage.add(stage_key, [(self._learned + place, *each) for place, each in enumerate(learned)])
        self._learned += len(learned)
        return ids

    def _one(self, person: Person, known: _Known, learned: dict[tuple[str, str, int], None]) -> int:
        contact_id = _match(person, known)
        if contact_id is None:
            contact_id = self._next_id
            self._next_id += 1
        if person.external_id and known.references.setdefault(person.external_id, contact_id) == contact_id:
            known.referred.add(contact_id)
            learned["reference", person.external_id, contact_id] = None
        if person.emails:
            known.addressed.add(contact_id)
        for kind, key in _points(person):
            owners = known.points.setdefault((kind, key), [])
            if contact_id not in owners:
                owners.append(contact_id)
                learned[kind, key, contact_id] = None
        return contact_id

    def _look_up(self, people: Sequence[Person]) -> _Known:
        known = _Known()
        references = {person.external_id for person in people if person.external_id}
        for key, contact_id in self._rows(self._by_reference(piece) for piece in _pieces(references)):
            known.references[key] = contact_id
        for kind in ("email", "phone"):
            keys = {key for person in people for found, key in _points(person) if found == kind}
            statements = (self._by_point(table, kind, piece) for piece in _pieces(keys) for table in _POINT_TABLES)
            for key, contact_id, referred, addressed in self._rows(statements):
                owners = known.points.setdefault((kind, key), [])
                if contact_id not in owners:
                    owners.append(contact_id)
                known.referred.update([contact_id] if referred else ())
                known.addressed.update([contact_id] if addressed else ())
        return known

    def _rows(self, statements: Iterable[Any]) -> Iterator[Any]:
        for statement in statements:
            yield from self._stage.connection.execute(statement)

    def _by_reference(self, keys: Sequence[str]) -> Any:
        held = select(contact_reference.c.external_id, contact_reference.c.contact_id).where(
            contact_reference.c.source == self._source, contact_reference.c.external_id.in_(keys)
        )
        staged = select(stage_key.c.key, stage_key.c.contact_id).where(
            stage_key.c.kind == "reference", stage_key.c.key.in_(keys)
        )
        return union_all(held, staged)

    def _by_point(self, table: Table, kind: str, keys: Sequence[str]) -> Select[Any]:
        """Who is known by these, first come first; whether the source knows them, and whether they have an address."""
        owner = table.c.contact_id
        referred = or_(
            _exists(contact_reference, owner, contact_reference.c.source == self._source),
            _exists(stage_key.alias(), owner, kind="reference"),
        )
        addressed = or_(*(_exists(each.alias(), owner, kind="email") for each in _POINT_TABLES))
        return (
            select(table.c.key, owner, referred, addressed)
            .where(table.c.kind == kind, table.c.key.in_(keys))
            .order_by(table.c.id)
        )


_POINT_TABLES = (contact_point, stage_key)


def _exists(
    table: FromClause, owner: ColumnElement[int], where: ColumnElement[bool] | None = None, *, kind: str = ""
) -> ColumnElement[bool]:
    found = exists(literal_column("1")).select_from(table).where(table.c.contact_id == owner)
    return found.where(table.c.kind == kind if where is None else where)


def _match(person: Person, known: _Known) -> int | None:
    if person.external_id in known.references:
        return known.references[person.external_id]
    for kind, key in _points(person):
        for owner in known.points.get((kind, key), ()):
            if person.external_id and owner in known.referred:
                continue
            if kind == "phone" and person.emails and owner in known.addressed:
                continue
            return owner
    return None


def _points(person: Person) -> list[tuple[str, str]]:
    return [("email", key) for key in person.emails] + [("phone", key) for key in person.phones]


def _pieces(keys: set[str]) -> Iterator[list[str]]:
    ordered = sorted(keys)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))
