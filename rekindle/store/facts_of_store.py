"""Facts about the store as a whole: where, which revision, how many rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, literal, select, union_all

from .engine import Store
from .home import why_no_home
from .tables import metadata
from .upgrade import revision


def store_facts(store: Store) -> dict[str, Any]:
    """`{"url", "revision", "sends", "why_not", "rows": {table: n}}`; the URL without its password.

    `sends`: whether this is the real store and no copy; `why_not` in words.
    """
    counts = union_all(
        *(select(literal(table.name), func.count()).select_from(table) for table in metadata.sorted_tables)
    )
    why_not = why_no_home(store)
    with store.reading() as connection:
        return {
            "url": store.engine.url.render_as_string(hide_password=True),
            "revision": revision(connection),
            "sends": not why_not,
            "why_not": why_not,
            "rows": {row[0]: row[1] for row in connection.execute(counts)},
        }
