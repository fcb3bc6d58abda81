"""What an SQLite connection is given when it is opened: its file, pragmas, and the functions that our SQL calls."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from pathlib import Path
from typing import Any

from ..model.error import StoreError
from ..model.folding import fold
from ..model.sampling import sample_number
from .functions import SEGMENT_FUNCTIONS
from .gap_functions import GAP_AGGREGATES, GAP_FUNCTIONS

OLDEST = (3, 37)
"""Of SQLite's library: 3.35 knows every statement of ours and finds too few rows by its statistics."""

BUSY_TIMEOUT_MS = 10_000
CACHE_KIB = 65_536
SPARED_CACHE_KIB = 4_096


def create_private(path: Path) -> None:
    """Make the file with mode 0600 whatever the umask: it holds people's data."""
    if path.exists():
        return
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"cannot create the database {path}: {error.strerror}") from error


def only_what_exists(_dialect: Any, _record: Any, where: list[Any], options: dict[str, Any]) -> None:
    """A store moved away under a running process is missed in words, never begun anew as an empty file."""
    if not options.get("uri"):
        where[0], options["uri"] = f"{Path(where[0]).absolute().as_uri()}?mode=rw", True


def prepare_session(connection: sqlite3.Connection, _record: Any) -> None:
    """Pragmas and functions. Raises StoreError where the library is too old for our statements."""
    if sqlite3.sqlite_version_info < OLDEST:
        needed = ".".join(str(part) for part in OLDEST)
        raise StoreError(f"Python has SQLite {sqlite3.sqlite_version} here; rekindle needs {needed} or newer")
    # the driver's own BEGIN comes too late and is never IMMEDIATE: transactions are begun by Store
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        f"cache_size = -{CACHE_KIB}",
        "temp_store = MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    connection.create_function("rekindle_fold", 1, lambda text: fold(text) if text else "", deterministic=True)
    connection.create_function("rekindle_sample", 2, sample_number, deterministic=True)
    connection.create_function("md5", 1, lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
                               deterministic=True)  # fmt: skip

    for name, count, aggregate in GAP_AGGREGATES:
        connection.create_aggregate(name, count, aggregate)
    for name, count, function in (*SEGMENT_FUNCTIONS, *GAP_FUNCTIONS):
        connection.create_function(name, count, function, deterministic=True)


def keep_few_pages(connection: sqlite3.Connection, _record: Any) -> None:
    """For a long run that touches each row once."""
    connection.execute(f"PRAGMA cache_size = -{SPARED_CACHE_KIB}")
