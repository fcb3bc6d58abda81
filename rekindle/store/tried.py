"""The contacts that a letter is tried on before it is sent."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Select, case, literal, select

from ..model.contact import TEXT_FIELDS
from .tables import contact


def emptiest_and_first(connection: Connection, members: Select[int], limit: int) -> list[int]:
    """Ids of up to `limit` of the `members` who have an address, ascending.

    Half of them are those of whom least is known, on whom a letter fails if it fails on anybody; half the first ones.
    """
    reachable = select(contact.c.id).where(contact.c.id.in_(members.correlate(None))).where(contact.c.address_key != "")
    emptiest = reachable.order_by(_known_fields(), contact.c.id).limit(limit // 2)
    first = reachable.order_by(contact.c.id).limit(limit - limit // 2)
    return sorted({*connection.scalars(emptiest), *connection.scalars(first)})


def _known_fields() -> ColumnElement[int]:
    """How many of a contact's text fields are filled."""
    total: ColumnElement[int] = literal(0)
    for name in TEXT_FIELDS:
        total = total + case((contact.c[name] != "", 1), else_=0)
    return total
