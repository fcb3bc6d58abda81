"""Offers: which of a few contacts a condition holds for, asked of the store."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from ..model.segment import Condition
from ..segment.asking import Asking
from .segments import members_statement
from .tables import contact
from .where_alive import with_lifetimes


def holds_for(connection: Connection, condition: Condition, asking: Asking, contact_ids: Collection[int]) -> set[int]:
    """Those of `contact_ids` (at most a batch) for whom the condition holds, by one statement."""
    asking = with_lifetimes(connection, asking, [condition])
    members = members_statement(condition, asking, connection.dialect)
    return set(connection.scalars(members.where(contact.c.id.in_(sorted(contact_ids)))))
