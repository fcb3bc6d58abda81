"""Contacts as the store keeps them, read back as values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, select
from sqlalchemy.types import TypeEngine

from ..model.address import address_key
from ..model.contact import AttributeValue, Contact
from .bundle import bundle_columns, bundled
from .prepared import prepared
from .tables import contact, contact_attribute, contact_point, contact_reference, contact_tag

CHUNK = 500
"""Ids in one IN list: PostgreSQL and SQLite both plan such a list by the primary key."""

_IDS: Mapping[str, TypeEngine[Any]] = {"id": BigInteger()}

_FIELDS = Contact._fields[2:-2]
"""Those of a contact's fields that are columns of its row, in order, without its id and since when it exists."""


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """`ids` in pieces short enough for one IN list."""
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def asked_ids(dialect: str) -> Select[int]:
    """Inside a statement for `rows_of`: the ids that it is asked for."""
    return select(bundle_columns(dialect, _IDS)["id"])


def rows_of(connection: Connection, maker: Callable[[str], Select[Any]], ids: Sequence[int]) -> list[list[Any]]:
    """The rows of a statement about these ids (one at least, `chunks`): compiled once, letters are made from it."""
    values = bundled(connection.dialect.name, [*_IDS], [[each] for each in ids])
    return prepared(connection, maker).read(connection, **values)


def load_contacts(
    connection: Connection, ids: Sequence[int], *, tags: bool = True, attributes: bool = True
) -> dict[int, Contact]:
    """The contacts with these ids, by id; an id that the store does not know is left out.

    `created_at` of the answer is the moment since which the contact exists (LANGUAGE 1), given or not. Who does not
    look at `tags` or at declared `attributes` may do without them.
    """
    found: dict[int, Contact] = {}
    for piece in chunks(ids):
        tagged = _tags(connection, piece) if tags else {}
        described = _attributes(connection, piece) if attributes else {}
        for row in rows_of(connection, _contacts_statement, piece):
            row += (tagged.get(row[0], ()), described.get(row[0], {}))
            found[row[0]] = Contact._make(row)
    return found


def find_contact(connection: Connection, email_or_id: str) -> Contact | None:
    """The contact with this address (any of its addresses), external id or, written `#17`, own id; lowest id first.

    None where no contact is known so.
    """
    contact_id = _find_id(connection, email_or_id.strip())
    return None if contact_id is None else load_contacts(connection, [contact_id]).get(contact_id)


def _find_id(connection: Connection, text: str) -> int | None:
    if text.startswith("#") and text[1:].isascii() and text[1:].isdigit() and len(text) < 20:  # no id is longer
        return int(text[1:])
    by_address = (
        select(contact_point.c.contact_id)
        .where(contact_point.c.kind == "email", contact_point.c.key == address_key(text))
        .order_by(contact_point.c.is_primary.desc(), contact_point.c.contact_id)
        .limit(1)
    )
    by_reference = (
        select(contact_reference.c.contact_id)
        .where(contact_reference.c.external_id == text)
        .order_by((contact_reference.c.source != "main"), contact_reference.c.contact_id)
        .limit(1)
    )
    found: int | None = connection.scalar(by_address if "@" in text else by_reference)
    return found


def _contacts_statement(dialect: str) -> Select[Any]:
    """The columns as Contact takes them, by position: every letter of a mailing is made from such a row."""
    columns = [contact.c[name] for name in _FIELDS]
    return select(contact.c.id, contact.c.exists_from, *columns).where(contact.c.id.in_(asked_ids(dialect)))


def _tags(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    rows = rows_of(connection, _tags_statement, ids)
    return {owner: tuple([tag for _, tag in group]) for owner, group in groupby(rows, key=itemgetter(0))}


def _tags_statement(dialect: str) -> Select[Any]:
    return (
        select(contact_tag.c.contact_id, contact_tag.c.tag)
        .where(contact_tag.c.contact_id.in_(asked_ids(dialect)))
        .order_by(contact_tag.c.contact_id, contact_tag.c.folded)
    )


def _attributes(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, AttributeValue]]:
    found: dict[int, dict[str, AttributeValue]] = {}
    rows = rows_of(connection, _attributes_statement, ids)
    for (owner, name), group in groupby(rows, key=itemgetter(0, 1)):
        found.setdefault(owner, {})[name] = _attribute([row[2:] for row in group])
    return found


def _attributes_statement(dialect: str) -> Select[Any]:
    columns = contact_attribute.c
    return (
        select(
            columns.contact_id, columns.name, columns.position, columns.value, columns.number, columns.day, columns.flag
        )
        .where(columns.contact_id.in_(asked_ids(dialect)))
        .order_by(columns.contact_id, columns.name, columns.position)
    )


def _attribute(rows: Sequence[Sequence[Any]]) -> AttributeValue:
    """One declared attribute: a list stands at places from 1, every other kind at place 0."""
    position, text, *typed = rows[0]
    if position > 0:
        return tuple([row[1] for row in rows])
    value: AttributeValue = next((each for each in typed if each is not None), text)
    return value
