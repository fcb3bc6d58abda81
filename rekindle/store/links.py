"""Links: where a sealed link may lead. A row once made never changes, so a sent letter's links never do."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, select

from .fresh import add_fresh
from .tables import link

CHUNK = 500
"""URLs asked for in one statement; SQLite takes 32,766 bound values, PostgreSQL 65,535."""


def ensure_links(connection: Connection, mailing_id: int, urls: Iterable[str]) -> dict[str, int]:
    """The link ids of `urls` in this mailing, made where they are not there yet. Safe to call twice and by several."""
    wanted = list(dict.fromkeys(urls))
    known: dict[str, int] = {}
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        known.update(known_links(connection, mailing_id, chunk))
        missing = [{"mailing_id": mailing_id, "url": url} for url in chunk if url not in known]
        if missing:
            add_fresh(connection, link, missing, unique=("mailing_id", "url"))
            known.update(known_links(connection, mailing_id, chunk))
    return known


def link_url(connection: Connection, link_id: int) -> str | None:
    """Where this link leads, or None where there is no such link."""
    return connection.scalar(select(link.c.url).where(link.c.id == link_id))


def known_links(connection: Connection, mailing_id: int, urls: Collection[str]) -> dict[str, int]:
    """The link ids of those of `urls` that the mailing has; nothing is made."""
    rows = connection.execute(
        select(link.c.url, link.c.id).where(link.c.mailing_id == mailing_id, link.c.url.in_(urls))
    )
    return {row.url: row.id for row in rows}
