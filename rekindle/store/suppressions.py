"""Suppressions: addresses and domains that are not to be mailed. One standing row for each (kind, key, topic)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from ..model.suppression import Suppression, SuppressionKind, SuppressionReason
from .fresh import add_fresh
from .functions import by_code
from .tables import suppression


def suppress(connection: Connection, wanted: Suppression, delivery_id: int | None = None) -> bool:
    """Suppress one address or domain. False where it already stands suppressed for that topic: it is not doubled."""
    return suppress_all(connection, [wanted], delivery_id) == 1


def suppress_all(connection: Connection, wanted: Sequence[Suppression], delivery_id: int | None = None) -> int:
    """Suppress many in one statement; how many are new. `delivery_id`: the delivery that brought it about."""
    rows = [
        {
            "kind": one.kind.value,
            "key": one.key,
            "topic": one.topic,
            "reason": one.reason.value,
            "since": one.since,
            "note": one.note,
            "delivery_id": delivery_id,
        }
        for one in wanted
    ]
    unique = ("kind", "key", "topic")
    return len(add_fresh(connection, suppression, rows, unique=unique, where=suppression.c.lifted_at.is_(None)))


def lift(
    connection: Connection,
    kind: SuppressionKind,
    key: str,
    at: datetime,
    *,
    topic: str | None = "",
    reason: SuppressionReason | None = None,
) -> int:
    """End what stands for `key`; how many rows. `topic` None: of every topic; `reason`: only such ones.

    The row stays, with the moment when it was lifted: history is appended.
    """
    standing = [
        suppression.c.kind == kind.value,
        suppression.c.key == key,
        suppression.c.lifted_at.is_(None),
        suppression.c.since <= at,
    ]
    if topic is not None:
        standing.append(suppression.c.topic == topic)
    if reason is not None:
        standing.append(suppression.c.reason == reason.value)
    return connection.execute(update(suppression).where(*standing).values(lifted_at=at)).rowcount


def standing_suppressions(connection: Connection, as_of: datetime, key: str | None = None) -> list[Suppression]:
    """What stands at `as_of`, by kind, key and topic; of one `key` alone where it is given."""
    statement = (
        select(suppression)
        .where(suppression.c.since <= as_of, or_(suppression.c.lifted_at.is_(None), suppression.c.lifted_at > as_of))
        .order_by(suppression.c.kind, by_code(suppression.c.key), suppression.c.topic, suppression.c.id)
    )
    if key is not None:
        statement = statement.where(suppression.c.key == key)
    return [
        Suppression(SuppressionKind(row.kind), row.key, _reason(row.reason), row.since, row.topic, row.note)
        for row in connection.execute(statement)
    ]


def _reason(word: str) -> SuppressionReason:
    known = word in SuppressionReason.__members__.values()
    return SuppressionReason(word) if known else SuppressionReason.IMPORTED
