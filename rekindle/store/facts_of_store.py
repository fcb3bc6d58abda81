"""Facts about the store as a whole: where, which revision, how many rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, literal, select, union_all

from .engine import Store
from .tables import metadata
from .upgrade import revision


def store_facts(store: Store) -> dict[str, Any]:
    """`{"url", "revision", "rows": {table: n}}`; the URL without its password."""
    counts = union_all(
        *(select(literal(table.name), func.count()).select_from(table) for table in metadata.sorted_tables)
    )
    with store.reading() as connection:
        return {
            "url": store.engine.url.render_as_string(hide_password=True),
            "revision": revision(connection),
            "rows": {row[0]: row[1] for row in connection.execute(counts)},
        }
