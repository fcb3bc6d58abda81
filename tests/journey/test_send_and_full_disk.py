"""A real full disk in the middle of a mailing: sending stops before the next letter, and goes on when there is room."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mailing_rows import FILES, made_mailing
from smtp_server import SmtpServer

from rekindle.store.mailings import tally
from rekindle.store.opening import open_store
from rekindle.store.verify import ledger_faults

CONNECTIONS = 4


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    if not _mount("-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)):
        pytest.skip("a file system can be mounted by root only")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _send(root: Path, url: str, server: SmtpServer, workers: int) -> subprocess.CompletedProcess[str]:
    door = str(Path(__file__).parents[2] / "cli.py")
    words = ["-C", str(root), "--database", url, "--now", "2026-11-01T09:00", "send", "winback", "--period", "2026-11"]
    environment = {
        **os.environ,
        "REKINDLE_SMTP_URL": server.url,
        "REKINDLE_SECRET_KEY": "0123456789abcdef",
        "REKINDLE_PUBLIC_URL": "https://mail.shop.example",
    }
    command = [sys.executable, door, *words, "--yes", "--workers", str(workers)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize("workers", [1, 2])
def test_it_stops_clean_and_goes_on_when_there_is_room(
    small_disk: Path, serve: Callable[..., SmtpServer], workspace: Callable[..., Path], workers: int
) -> None:
    """LEDGER 6: exit 3 and words about the disk; nothing twice, nothing lost, in doubt only what was in hand."""
    server, root = serve(keep_letters=False), workspace(FILES)
    url = f"sqlite:///{small_disk / 'store.db'}"
    store = open_store(url)
    made_mailing(store, [f"r{n}@x.test" for n in range(1500)])
    store.close()
    used = sum(path.stat().st_size for path in small_disk.iterdir())
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    (small_disk / "ballast").write_bytes(b"x" * max(0, free - 300_000))
    full = _send(root, url, server, workers)
    stopped_at = len(server.accepted())
    (small_disk / "ballast").unlink()
    assert _mount("-o", "remount,size=40m", str(small_disk)), used
    done = _send(root, url, server, workers)
    store = open_store(url)
    with store.reading() as connection:
        ledger, faults = tally(connection, 1), ledger_faults(connection, 1)
    store.close()
    assert (full.returncode, "disk" in full.stderr) == (3, True), full.stderr
    assert 0 < stopped_at < 1500
    assert max(Counter(to for to, _ in server.accepted()).values()) == 1, "a letter twice"
    assert (ledger.sent + ledger.unknown, ledger.waiting, faults) == (1500, 0, []), ledger
    assert ledger.unknown <= CONNECTIONS
    assert done.returncode == (5 if ledger.unknown else 0)
