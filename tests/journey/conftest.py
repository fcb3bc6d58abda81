"""The real command in a process of its own, at a shop with a store and a relay that misbehaves on request."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest
from mailing_rows import FILES
from smtp_server import SmtpServer

from rekindle.store.engine import Store

ENTRY = str(Path(__file__).parents[2] / "cli.py")
SEND = ("send", "winback", "--period", "2026-11", "--yes")
CONNECTIONS = 4
"""Those of the workspace in mailing_rows: so many letters are in hand at a time."""

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what does not depend on the database: the test runs once."""


@dataclass
class Shop:
    """What is needed to call the command, and every process that was begun and may have to be ended."""

    root: Path
    store: Store
    database_url: str
    server: SmtpServer
    environment: dict[str, str]
    _begun: list[subprocess.Popen[str]] = field(default_factory=list)

    def words(self, *arguments: str, now: str = "2026-11-01T09:00") -> list[str]:
        """What follows the name of the command."""
        return ["-C", str(self.root), "--database", self.database_url, "--now", now, *arguments]

    def begin(
        self,
        *arguments: str,
        stdin: int | None = None,
        stdout: int | IO[str] = subprocess.PIPE,
        stderr: int | IO[str] = subprocess.PIPE,
    ) -> subprocess.Popen[str]:
        """`rekindle ARGUMENTS`, running in a session of its own, as at a terminal of its own."""
        process = subprocess.Popen(
            [sys.executable, ENTRY, *self.words(*arguments)],
            env=self.environment,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
        self._begun.append(process)
        return process

    def call(self, *arguments: str, now: str = "2026-11-01T09:00") -> subprocess.CompletedProcess[str]:
        """`rekindle ARGUMENTS` at that moment, from its beginning to its end."""
        command = [sys.executable, ENTRY, *self.words(*arguments, now=now)]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)

    def end_all(self) -> None:
        """A test that failed leaves nobody behind."""
        for process in self._begun:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.communicate()


@pytest.fixture
def shop(
    store: Store, database_url: str, serve: Callable[..., SmtpServer], workspace: Callable[..., Path]
) -> Iterator[Shop]:
    """On SQLite and on PostgreSQL."""
    server = serve(keep_letters=False)
    settings = {
        "REKINDLE_SMTP_URL": server.url,
        "REKINDLE_SECRET_KEY": "0123456789abcdef",
        "REKINDLE_PUBLIC_URL": "https://mail.shop.example",
    }
    made = Shop(workspace(FILES), store, database_url, server, {**os.environ, **settings})
    yield made
    server.release()
    made.end_all()


def wait_until(happens: Callable[[], object], what: str, seconds: float = 30.0) -> None:
    """Until it has happened; a test that waits in vain fails and says for what."""
    until = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > until:
            pytest.fail(f"in vain waited for: {what}")
        time.sleep(0.005)


def is_alive(pid: int) -> bool:
    """Whether this process can still do anything: one that nobody has buried yet cannot."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return told.rpartition(")")[2].split()[0] not in ("Z", "X")
