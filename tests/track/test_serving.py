"""The tracker on a real socket: inside another program, as the command, and against rude connections."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from rekindle.model.error import RelayError
from rekindle.seal import Purpose
from rekindle.store.opening import open_store
from rekindle.track import protocol
from rekindle.track.serving import Tracker, listening_socket, url_of
from tests.track.conftest import BROWSER, Ground

WORKSPACE = {
    "rekindle.yml": "organisation: {name: Faktura, address: 'Moscow'}\nfrom: Faktura <hello@faktura.example>\n"
    "timezone: Europe/Moscow\ntopics: {offers: Offers, news: News}\n",
    ".env": "REKINDLE_SECRET_KEY=0123456789abcdef-test\n",
}


@pytest.fixture
def tracker(on_sqlite: Ground) -> Iterator[Tracker]:
    """The real server over it."""
    ground = on_sqlite
    with Tracker(ground.store, ground.sealer, ground.configuration, journal=ground.journal, now=ground.now) as running:
        yield running


def fetch(url: str, method: str = "GET", data: bytes | None = None) -> int:
    """The status of one request by a reader."""
    request = urllib.request.Request(url, data, {"User-Agent": BROWSER}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def talk(url: str, said: bytes, timeout: float = 10.0) -> bytes:
    """What the server answers to these octets until it closes."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout) as line:
        line.sendall(said)
        heard = b""
        while piece := line.recv(65536):
            heard += piece
    return heard


def test_another_program_runs_the_tracker_and_finds_everything_in_the_store(on_sqlite: Ground) -> None:
    ground = on_sqlite
    with Tracker(ground.store, ground.sealer, ground.configuration, journal=ground.journal, now=ground.now) as tracker:
        assert fetch(f"{tracker.url}/o/{ground.seal(Purpose.OPEN, ground.to_anna)}.gif") == 200
        assert tracker.fold()
        assert ground.events() == [("opened", ground.to_anna, False, "")]
        for number in range(20):
            fetch(f"{tracker.url}/o/{ground.seal(Purpose.OPEN, ground.to_boris)}.gif?{number}")
    assert len(ground.events()) == 21
    with pytest.raises(OSError, match="refused"):
        fetch(f"{tracker.url}/health")


def test_a_slow_head_is_not_waited_for(on_sqlite: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that bring nothing, half a head, or half a second head are closed; a kept-alive reader is not."""
    monkeypatch.setattr(protocol, "HEAD_PATIENCE", 0.3)
    ground = on_sqlite
    with Tracker(ground.store, ground.sealer, ground.configuration, journal=ground.journal, now=ground.now) as tracker:
        whole = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
        assert talk(tracker.url, b"", 5) == b""
        assert talk(tracker.url, b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ", 5) == b""
        assert talk(tracker.url, whole + b"GET /hea", 5).count(b"HTTP/1.1 200") == 1
        host, port = tracker.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 5) as line:
            for _ in range(3):
                line.sendall(whole)
                assert line.recv(65536).startswith(b"HTTP/1.1 200")
                time.sleep(0.5)


def test_a_large_head_is_refused(tracker: Tracker) -> None:
    # just above the 16 KB that are taken: a server that closes with octets unread may reset, and lose its answer
    assert talk(tracker.url, b"GET /health HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_a_body_that_never_ends_is_not_taken(tracker: Tracker, on_sqlite: Ground) -> None:
    word = on_sqlite.seal(Purpose.UNSUBSCRIBE, on_sqlite.to_anna)
    head = f"POST /u/{word} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    assert talk(tracker.url, head + b"1000\r\n" + b"x" * 4096 + b"\r\n10\r\n" + b"y" * 16).startswith(b"HTTP/1.1 413")
    assert on_sqlite.consents() == []


def test_the_server_does_not_say_what_it_is(tracker: Tracker) -> None:
    heard = talk(tracker.url, b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").lower()
    assert (b"\r\nserver:" in heard, b"uvicorn" in heard) == (False, False)


def test_a_taken_port_is_told_with_what_to_do() -> None:
    with listening_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert url_of(taken) == f"http://127.0.0.1:{port}"
        with pytest.raises(RelayError, match=rf"127\.0\.0\.1:{port}: Address already in use; .*--port"):
            listening_socket("127.0.0.1", port)


def test_an_unknown_host_is_told() -> None:
    with pytest.raises(RelayError, match=r"cannot listen on no\.such\.host\.invalid"):
        listening_socket("no.such.host.invalid", 0)


class Served:
    """`rekindle serve` as a process of its own."""

    def __init__(self, root: Path) -> None:
        entry = "import sys; from rekindle.commands import main; sys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", entry, "-C", str(root), "serve", "--port", "0"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("REKINDLE_")}
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        assert self.process.stderr is not None
        self.words = self.process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", self.words)
        assert found, self.words + self.process.stderr.read()
        self.url = found[0]

    def stop(self, number: int) -> tuple[int, str]:
        """Send the signal; the exit code and what was said."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=20)
        return self.process.returncode, said


@pytest.fixture
def shop(workspace: Callable[[Mapping[str, str]], Path]) -> Iterator[Ground]:
    """A workspace whose store has the ground in it."""
    root = workspace(WORKSPACE)
    store = open_store(f"sqlite:///{root / 'rekindle.db'}")
    yield Ground(store, root)
    store.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_where_it_listens_and_stops_gracefully(shop: Ground, number: int) -> None:
    served = Served(shop.folder)
    for turn in range(30):
        fetch(f"{served.url}/o/{shop.seal(Purpose.OPEN, shop.to_anna)}.gif?{turn}")
    fetch(f"{served.url}/u/{shop.seal(Purpose.UNSUBSCRIBE, shop.to_boris)}", "POST", b"List-Unsubscribe=One-Click")
    code, said = served.stop(number)
    assert (code, served.words.startswith("listening on http://127.0.0.1:")) == (0, True)
    assert said == "stopped\n"
    assert sorted({kind for kind, _, _, _ in shop.events()}) == ["opened", "unsubscribed"]
    assert len(shop.events()) == 31
    assert (shop.folder / "rekindle.db.events.jsonl").read_bytes() == b""


def test_a_killed_tracker_loses_nothing(shop: Ground) -> None:
    served = Served(shop.folder)
    for turn in range(50):
        fetch(f"{served.url}/o/{shop.seal(Purpose.OPEN, shop.to_anna)}.gif?{turn}")
    code, _ = served.stop(signal.SIGKILL)
    again = Served(shop.folder)
    again.stop(signal.SIGTERM)
    assert (code, len(shop.events())) == (-signal.SIGKILL, 50)


def test_a_port_in_use_is_exit_4(shop: Ground, rekindle: Callable[..., object]) -> None:
    with listening_socket("127.0.0.1", 0) as taken:
        ran = rekindle("-C", shop.folder, "serve", "--port", taken.getsockname()[1])
    assert ran.code == 4  # type: ignore[attr-defined]
    assert "Address already in use; stop what listens there or choose another with --port" in ran.err  # type: ignore[attr-defined]


def test_serving_without_a_secret_is_refused_with_what_to_do(
    workspace: Callable[[Mapping[str, str]], Path], rekindle: Callable[..., object]
) -> None:
    ran = rekindle("-C", workspace({"rekindle.yml": WORKSPACE["rekindle.yml"]}), "serve")
    assert "REKINDLE_SECRET_KEY is missing" in ran.err  # type: ignore[attr-defined]
    assert ran.code == 1  # type: ignore[attr-defined]


def test_a_folder_for_the_journal_that_is_not_writable_is_told(shop: Ground, rekindle: Callable[..., object]) -> None:
    (shop.folder / "rekindle.db.events.jsonl").mkdir()
    ran = rekindle("-C", shop.folder, "serve", "--port", "0")
    assert "cannot open the journal" in ran.err  # type: ignore[attr-defined]
    assert ran.code == 3  # type: ignore[attr-defined]
