"""The tutorial is true: its files are written, its commands called in order, and what it shows is what comes out."""

from __future__ import annotations

import codecs
import io
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from rekindle.commands import main

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
PORT = "8025"
EXIT_CODES = {"import contacts clients.csv": 5}
"""Commands that the tutorial says end otherwise than with 0, by their last words."""
PIECE = re.compile(
    r"^<!-- (?P<what>file|add): (?P<name>\S+)(?: (?P<encoding>\S+))? -->\n```\w+\n(?P<content>.*?)^```$"
    r"|^<!-- read: (?P<readers>.*?) -->$|^```console\n(?P<console>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The click is ours to make, the shop's page is not ours to fetch."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Follow nothing."""


BROWSER = urllib.request.build_opener(_NoRedirect)


@dataclass
class Desk:
    """Somebody who follows the tutorial in a folder of their own."""

    folder: Path
    port: str
    servers: list[subprocess.Popen[str]] = field(default_factory=list)

    def follow(self, piece: re.Match[str]) -> None:
        """Do what one piece of the tutorial says."""
        if piece["console"]:
            for command, shown in commands(piece["console"].replace(PORT, self.port)):
                self.run(command, shown)
        elif piece["readers"]:
            for reader in piece["readers"].split("; "):
                self.read(*reader.split())
        else:
            self.write(piece)

    def write(self, piece: re.Match[str]) -> None:
        """Save a file, or add lines to one."""
        path, content = self.folder / piece["name"], piece["content"].replace(PORT, self.port)
        before = path.read_bytes() if piece["what"] == "add" else b""
        path.write_bytes(before + codecs.encode(content, piece["encoding"] or "utf-8"))

    def run(self, command: str, shown: str) -> None:
        """Call a command and hold its output against what the tutorial shows."""
        words = shlex.split(command)
        if words[0] == "cd":
            self.folder /= words[1]
            return
        if words[0] == "ls":
            code, said = 0, "".join(f"{path.name}\n" for path in sorted((self.folder / words[1]).iterdir()))
        elif words[-1] == "&":
            code, said = 0, self.start(words[1:-1])
        else:
            code, said = called("-C", str(self.folder), *self.at_home(words[1:]))
        expected = next((value for end, value in EXIT_CODES.items() if end in command), 0)
        said = said.replace(f"{self.folder}/", "").replace("\xa0", " ").replace("\u202f", " ")
        assert (command, code) == (command, expected), said
        assert re.fullmatch(pattern(shown), said), f"$ {command}\n{said}\n--- the tutorial shows\n{shown}"

    def at_home(self, words: list[str]) -> list[str]:
        """File names are meant from the folder that the reader stands in."""
        return [str(self.folder / word) if re.search(r"\.(csv|yml|html)$", word) else word for word in words]

    def start(self, words: list[str]) -> str:
        """Start a command that stays, and wait for its first line."""
        command = [sys.executable, str(ROOT / "cli.py"), "-C", str(self.folder), *words]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.servers.append(process)
        assert process.stderr is not None
        return process.stderr.readline()

    def read(self, name: str, *deeds: str) -> None:
        """Do with a letter what its reader does; the real tracker answers."""
        (file,) = (self.folder / "letters").glob(f"{name}@*.eml")
        letter = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        body = letter.get_body(("html",))
        assert body is not None
        html = body.get_content()
        for deed in deeds:
            path, data = {"opens": ("o", None), "clicks": ("c", None), "unsubscribes": ("u", b"scope=topic")}[deed]
            (address,) = set(re.findall(rf'"(http://[^"]*/{path}/[^"]+)"', html))
            assert fetch(address, data) == (302 if deed == "clicks" else 200)

    def close(self) -> None:
        """End what still runs."""
        for process in self.servers:
            process.terminate()
            process.communicate(timeout=20)


def called(*arguments: str) -> tuple[int, str]:
    """The exit code of the real command, and all that it says in the order in which a terminal shows it."""
    screen = io.StringIO()
    with redirect_stdout(screen), redirect_stderr(screen):
        code = main(list(arguments))
    return int(code), screen.getvalue()


def fetch(address: str, data: bytes | None) -> int:
    """The status that a browser gets."""
    request = urllib.request.Request(address, data=data, headers=FIREFOX)
    try:
        with BROWSER.open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def commands(console: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block with the lines shown below it."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def pattern(shown: str) -> str:
    """What the tutorial shows as a pattern: a line of `...` is any lines, `...` in a line any words of that line."""
    lines = []
    for line in shown.splitlines(keepends=True):
        if line.strip() == "...":
            lines.append(r"(?:.*\n)*?")
        else:
            lines.append(r".*?".join(re.escape(part) for part in re.split(r" *\.\.\. *|\.\.\.", line)))
    return "".join(lines)


def free_port() -> str:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    sitting = Desk(tmp_path, free_port())
    yield sitting
    sitting.close()


def test_who_follows_the_tutorial_sees_what_it_shows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file, every command in order, every reader; `...` is left open, all else is held to the letter."""
    monkeypatch.setenv("COLUMNS", "110")
    pieces = list(PIECE.finditer(TUTORIAL))
    for piece in pieces:
        desk.follow(piece)
        if piece["readers"]:
            time.sleep(0.5)
            desk.close()  # what the tracker has heard is in the store when it has ended
    assert len(pieces) > 20
    assert (desk.folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_nothing_of_the_tutorial_is_passed_over() -> None:
    """Each fenced block is a console or a file that the reader is told to save: none is for show."""
    blocks = re.findall(r"^```(\w+)$", TUTORIAL, flags=re.MULTILINE)
    followed = [piece for piece in PIECE.finditer(TUTORIAL) if not piece["readers"]]
    assert len(followed) == len(blocks)
    assert all(f"`{name}`" in TUTORIAL for name in re.findall(r"<!-- (?:file|add): (\S+)", TUTORIAL))


@pytest.mark.parametrize(
    ("shown", "said", "fits"),
    [
        ("a\n...\nb\n", "a\nx\ny\nb\n", True),
        ("a\n...\nb\n", "a\nb\n", True),
        ("chosen ... 6\n", "chosen        6\n", True),
        ("chosen ... 6\n", "chosen        7\n", False),
        ("a\n", "a\nb\n", False),
        ("", "noise\n", False),
    ],
)
def test_the_pattern_lets_through_only_what_is_left_out(shown: str, said: str, fits: bool) -> None:
    """Else the tutorial would pass whatever it showed."""
    assert bool(re.fullmatch(pattern(shown), said)) is fits
