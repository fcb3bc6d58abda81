"""Where a store lives, so that a copy of it, or one brought back from a backup, does not send (LEDGER 8).

SQLite: beside the file lies a folder (`rekindle.db-home`) that the store knows by a random mark and by the moment at
which it was made, which no way of copying keeps, and moving does. In it stands how often sending has gone on from
here: a file that was brought back in place of a newer one knows a lower number. PostgreSQL: the cluster,
its timeline, the database and the table, all of which a dump, a template and a recovery give anew.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from ..model.error import HeldError, StoreError
from .birth import birth
from .engine import Store
from .remembered import recall, remember

HOME = "home"
STRIDES = "strides"
"""How often sending has begun, gone on for a while or ended: written here and, after the commit, in the folder."""

WRITTEN_AS_COPY = "copy"
"""What stands for the home in a copy that rekindle itself has written."""

ADOPT = "`rekindle db adopt` makes this one the real one; stop the other first, or people are written to twice"

_OF_POSTGRES = text(
    "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/'"
    " || (SELECT timeline_id FROM pg_control_checkpoint())::text || '/'"
    " || (SELECT oid FROM pg_database WHERE datname = current_database())::text || '/'"
    " || (SELECT 'meta'::regclass::oid)::text"
)


class CopiedStoreError(HeldError):
    """The store is a copy, or was brought back from a backup: it does not send until a person adopts it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What an SQLite store knows of its folder; `machine` and `path`, which may change, are for words only."""

    mark: str
    born: int
    machine: str
    path: str


def move_in(store: Store, connection: Connection) -> None:
    """Let the store live where it is now. To be called in a writing transaction; not for a store in memory."""
    file = _file(store)
    if file is None:
        home = "" if store.is_sqlite else _cluster(connection)
    else:
        _write_folder(file, secrets.token_hex(16), _strides(connection))
        home = json.dumps(asdict(_look(file)))
    remember(connection, HOME, home)


def why_no_home(store: Store) -> str:
    """Why this store must not send, in words; empty where it may. One made before stores had a home may."""
    with store.reading() as connection:
        known = recall(connection, HOME)
        if not known:
            return ""
        if known == WRITTEN_AS_COPY:
            return "this store was written by `db backup`"
        if not store.is_sqlite:
            return "" if known == _cluster(connection) else "this database was copied, restored or recovered"
    file = _file(store)
    if file is None:
        return ""
    here = _here(file)
    with store.reading() as connection:  # after the folder: another process may have gone on meanwhile, the store first
        strides = _strides(connection)
    return _why_elsewhere(_Place(**json.loads(known)), here, strides)


def look_for_home(store: Store) -> None:
    """Raise CopiedStoreError where this store must not send; one that has no home yet gets this one."""
    why = why_no_home(store)
    if why:
        raise CopiedStoreError(f"{why}, and a copy does not send. {ADOPT}")
    with store.reading() as connection:
        is_new = recall(connection, HOME) is None
    if is_new:
        with store.writing() as connection:
            if recall(connection, HOME) is None:
                move_in(store, connection)


def stride(store: Store) -> None:
    """Sending goes on from here: from now on an older state of this file is known to be one.

    The store first, durably, the folder after it: a crash in between leaves the folder behind, which harms nothing.
    """
    file = _file(store)
    if file is None:
        return
    with store.owning() as connection, store.transaction(connection, durable=True):
        number, known = _strides(connection) + 1, recall(connection, HOME)
        remember(connection, STRIDES, str(number))
    if known and known != WRITTEN_AS_COPY:
        _write_number(_folder(file) / "strides", _Place(**json.loads(known)).mark, number)


def mark_as_copy(connection: Connection) -> None:
    """Let this store, a copy that we have written, not send."""
    remember(connection, HOME, WRITTEN_AS_COPY)


def _here(file: Path) -> tuple[_Place, int] | None:
    """The folder beside `file` and the number in it; None where there is none."""
    try:
        return _look(file), _read_number(_folder(file) / "strides")[1]
    except OSError:
        return None


def _why_elsewhere(home: _Place, here: tuple[_Place, int] | None, strides: int) -> str:
    if here is None or (home.mark, home.born) != (here[0].mark, here[0].born):
        return f"this store is a copy of the one at {home.path} on {home.machine}"
    return "this store was brought back from a backup: letters have left from here since" if here[1] > strides else ""


def _file(store: Store) -> Path | None:
    """The store's file; None for PostgreSQL and in memory."""
    name = store.engine.url.database
    return None if not store.is_sqlite or name in (None, "", ":memory:") else Path(str(name)).resolve()


def _folder(file: Path) -> Path:
    return file.with_name(f"{file.name}-home")


def _look(file: Path) -> _Place:
    """The folder beside `file` as it is. Raises OSError where there is none."""
    folder = _folder(file)
    return _Place(_read_number(folder / "strides")[0], birth(folder), platform.node(), str(file))


def _write_folder(file: Path, mark: str, number: int) -> None:
    folder = _folder(file)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make {folder}: {error.strerror}") from error
    _write_number(folder / "strides", mark, number)


def _write_number(path: Path, mark: str, number: int) -> None:
    """In place: on file systems that know no birth, a file put in its stead would change the folder."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.pwrite(descriptor, f"{mark} {number:020d}\n".encode("ascii"), 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from error


def _read_number(path: Path) -> tuple[str, int]:
    """What `_write_number` wrote; nothing of use where a loss of power has torn it."""
    mark, _, number = path.read_text(encoding="ascii", errors="replace").strip().partition(" ")
    return mark, int(number) if number.isdigit() else 0


def _strides(connection: Connection) -> int:
    return int(recall(connection, STRIDES) or 0)


def _cluster(connection: Connection) -> str:
    return str(connection.scalar(_OF_POSTGRES))
