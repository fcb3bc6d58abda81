"""The latest facts: a mark that is another one once something has come in."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from .tables import activity, consent, contact, delivery, event, import_run, orders, suppression


def latest_facts(connection: Connection) -> str:
    """The newest of each kind of fact, in a line; each is asked of the end of an index."""
    newest = [select(func.max(table.c.id)).scalar_subquery() for table in _KINDS]
    newest.append(select(func.max(delivery.c.sent_at)).where(delivery.c.sent_at.is_not(None)).scalar_subquery())
    return " ".join(str(value) for value in connection.execute(select(*newest)).one())


_KINDS = (contact, import_run, orders, activity, event, consent, suppression)
