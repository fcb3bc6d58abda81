"""Which values of a field the store has ever seen: for the check of segments, so that a misspelt one is found."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, func, select

from ..model.contact import TEXT_FIELDS
from .functions import by_code
from .tables import activity, contact, contact_attribute, contact_tag, mailing, order_item
from .where_frame import among_texts

OFFERED = 300
"""So many values, the most frequent, are looked at for one that may have been meant."""

Values = tuple[ColumnElement[str], ColumnElement[str], list[ColumnElement[bool]]]


def seen_values(connection: Connection, field: str, folded: Collection[str]) -> set[str]:
    """Those of the folded values that some row has."""
    column, _, mine = _values(field)
    return set(connection.scalars(select(column).where(among_texts(column, folded), *mine).distinct()))


def frequent_values(connection: Connection, field: str) -> list[str]:
    """The values of the field as given, the most frequent first."""
    column, given, mine = _values(field)
    found = select(func.min(by_code(given))).where(column != "", *mine).group_by(column)
    found = found.order_by(func.count().desc(), by_code(column))
    return list(connection.scalars(found.limit(OFFERED)))


def _values(field: str) -> Values:
    """The folded column, the column as given, and which rows are the field's.

    Also of `activity`, `campaign`, `product` and `category`.
    """
    if field == "activity":
        return activity.c.kind_folded, activity.c.kind, []
    if field in ("product", "category"):
        return order_item.c[f"{field}_folded"], order_item.c[field], []
    if field == "campaign":
        return mailing.c.campaign, mailing.c.campaign, []
    if field == "tags":
        return contact_tag.c.folded, contact_tag.c.tag, []
    if field in TEXT_FIELDS:
        return contact.c[f"{field}_folded"], contact.c[field], []
    return contact_attribute.c.folded, contact_attribute.c.value, [contact_attribute.c.name == field]
