"""The journal: a file beside the database that takes what readers do, so that a busy store delays and loses nothing.

Lines are appended whole (O_APPEND, one write) and folded into the store by one thread (folder.py). A process that dies
leaves its lines for the next one; folding a line twice adds nothing. Each process has a journal of its own, held by a
lock: FILE, FILE.1, FILE.2 ...
"""

from __future__ import annotations

import fcntl
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from ..model.error import StoreError

LARGEST = 256 * 1024 * 1024
"""Octets after which opens and clicks are no longer taken (a store away for days); unsubscribing always is."""

READ_SIZE = 256 * 1024
MOST_JOURNALS = 64


class JournalError(StoreError):
    """The journal cannot be written: no room, no right, or no file."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole lines from the head of what is not folded yet, and how many octets they are."""

    lines: tuple[bytes, ...]
    size: int


class Journal:
    """One journal file, held by this process. Safe for many writing threads and one that folds."""

    def __init__(self, path: Path) -> None:
        """Open or create `path` (mode 0600). Raises BlockingIOError where another process holds it."""
        self.path = path
        self._lock = threading.Lock()
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise
        self._folded = 0
        self._cut = 0
        self._size = os.fstat(self._descriptor).st_size
        self.torn = self._set_torn_aside()

    @property
    def waiting(self) -> int:
        """Octets that are not folded yet."""
        return self._size - self._folded

    @property
    def folded_to(self) -> int:
        """How far folding has come, in the octets ever appended; compare with what `append` gave."""
        return self._cut + self._folded

    def append(self, line: bytes, *, durable: bool = False) -> int:
        """Add one line; the position of its end. `durable`: on the disk when this returns, and taken when full too.

        Raises JournalError; then nothing of the line is in the file.
        """
        with self._lock:
            if not durable and self._size >= LARGEST:
                raise JournalError(f"{self.path} is full: the store has not taken anything in for long")
            self._write(line)
            end = self._cut + self._size
        if durable:
            self._sync()
        return end

    def read(self, most: int) -> Batch:
        """At most `most` whole lines that are not folded yet."""
        head = os.pread(self._descriptor, min(READ_SIZE, self.waiting), self._folded)
        lines = head.splitlines(keepends=True)[:most]
        if lines and not lines[-1].endswith(b"\n") and len(head) < READ_SIZE:
            lines.pop()
        return Batch(tuple(lines), sum(map(len, lines)))

    def settle(self, batch: Batch) -> None:
        """These lines are in the store; the file is emptied when nothing else is left in it."""
        with self._lock:
            self._folded += batch.size
            if self._folded == self._size:
                os.ftruncate(self._descriptor, 0)
                self._cut += self._size
                self._folded = self._size = 0

    def set_aside(self, lines: bytes) -> Path:
        """Keep what cannot be folded in a file of its own, to be looked at by a person; its path."""
        aside = self.path.with_name(self.path.name + ".aside")
        descriptor = os.open(aside, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(lines if lines.endswith(b"\n") else lines + b"\n")
        return aside

    def close(self) -> None:
        """Give the file back; what is not folded stays in it."""
        os.close(self._descriptor)

    def _write(self, line: bytes) -> None:
        try:
            written = os.write(self._descriptor, line)
        except OSError as error:
            raise JournalError(f"{self.path}: {error.strerror}") from error
        if written < len(line):
            os.ftruncate(self._descriptor, self._size)
            raise JournalError(f"{self.path}: the disk is full")
        self._size += written

    def _sync(self) -> None:
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise JournalError(f"{self.path}: {error.strerror}") from error

    def _set_torn_aside(self) -> bool:
        """A last line without its end was being written when the process died: kept aside, not taken for a record."""
        tail_start = max(0, self._size - READ_SIZE)
        tail = os.pread(self._descriptor, READ_SIZE, tail_start)
        if not tail or tail.endswith(b"\n"):
            return False
        torn = tail[tail.rfind(b"\n") + 1 :]
        self.set_aside(torn)
        self._size -= len(torn)
        os.ftruncate(self._descriptor, self._size)
        return True


def take_journals(path: Path) -> list[Journal]:
    """A journal for this process first, then those that dead processes left lines in. Raises JournalError."""
    held: list[Journal] = []
    for number in range(MOST_JOURNALS):
        candidate = path if number == 0 else path.with_name(f"{path.name}.{number}")
        if held and not candidate.exists():
            break
        try:
            held.append(Journal(candidate))
        except BlockingIOError:
            continue
        except OSError as error:
            raise JournalError(f"cannot open the journal {candidate}: {error.strerror}") from error
    if not held:
        raise JournalError(f"{MOST_JOURNALS} processes hold journals at {path}; stop one of them")
    return held


def journal_path(database: str | None, folder: Path) -> Path:
    """Where the journal lies: beside an SQLite file, in `folder` where the store is elsewhere (None)."""
    return Path(f"{database}.events.jsonl") if database else folder / "rekindle.events.jsonl"
