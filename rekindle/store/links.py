"""Links: where a sealed link may lead. A row once made never changes, so a sent letter's links never do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Executable, Text, bindparam, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from .bundle import bundle_columns, bundled
from .prepared import prepared
from .tables import link

_COLUMNS: Mapping[str, TypeEngine[Any]] = {"url": Text()}


def ensure_links(connection: Connection, mailing_id: int, urls: Iterable[str]) -> dict[str, int]:
    """The link ids of `urls` in this mailing, made where they are not there yet. Safe to call twice and by several."""
    wanted = sorted(set(urls))  # in one order, so that two senders never wait for each other's rows
    if not wanted:
        return {}
    found = _run(connection, _adding, mailing_id, wanted)
    there = [url for url in wanted if url not in found]
    return found | _run(connection, _asking, mailing_id, there) if there else found


def _run(
    connection: Connection, statement: Callable[[str], Executable], mailing_id: int, urls: Sequence[str]
) -> dict[str, int]:
    rows = bundled(connection.dialect.name, tuple(_COLUMNS), ((url,) for url in urls))
    return dict(prepared(connection, statement).run(connection, of_mailing=mailing_id, **rows))


def _adding(dialect: str) -> Executable:
    """Makes those that are not there, and gives these."""
    given = bundle_columns(dialect, _COLUMNS)
    # SQLite reads ON CONFLICT after a bare FROM as the condition of a join
    source = select(bindparam("of_mailing", type_=BigInteger), given["url"]).where(true())
    insertion: Any = (sqlite if dialect == "sqlite" else postgresql).insert(link)
    unless_there = insertion.from_select(["mailing_id", "url"], source).on_conflict_do_nothing(
        index_elements=["mailing_id", "url"]
    )
    made: Executable = unless_there.returning(link.c.url, link.c.id)
    return made


def _asking(dialect: str) -> Executable:
    given = bundle_columns(dialect, _COLUMNS)
    own = link.c.mailing_id == bindparam("of_mailing", type_=BigInteger)
    # looked up one by one: as a join, SQLite would read all links of the mailing for each that is asked for
    found = select(link.c.id).where(own, link.c.url == given["url"]).scalar_subquery()
    return select(given["url"], found)


def link_url(connection: Connection, link_id: int) -> str | None:
    """Where this link leads, or None where there is no such link."""
    return connection.scalar(select(link.c.url).where(link.c.id == link_id))


def known_links(connection: Connection, mailing_id: int, urls: Collection[str]) -> dict[str, int]:
    """The link ids of those of `urls` that the mailing has; nothing is made."""
    rows = connection.execute(
        select(link.c.url, link.c.id).where(link.c.mailing_id == mailing_id, link.c.url.in_(urls))
    )
    return {row.url: row.id for row in rows}
