"""What every session of PostgreSQL is told when it begins."""

from __future__ import annotations

from typing import Any

SET_MEMORY = "64MB"
"""What PostgreSQL may take for a sort, twice that for a set of members: of one that it thinks too large for its memory
it would ask the whole question anew for every contact. Four million members fit."""

_ENOUGH_FOR_SETS = (
    "SELECT set_config('work_mem', %(enough)s, false) "
    "WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes(%(enough)s)"
)


def prepare_session(connection: Any, _record: Any) -> None:
    """Times in UTC, and memory for sets, unless the server gives more by itself."""
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute(_ENOUGH_FOR_SETS, {"enough": SET_MEMORY})
    connection.commit()
