"""Whatever the shell around us is: the work is done, or one line says what is wrong, and the exit code is COMMANDS'."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rekindle.model.error import RekindleError
from rekindle.model.store_url import sqlite_file, sqlite_url
from rekindle.settings import load_settings

COMMAND = (sys.executable, "-c", "from rekindle.commands import entry; entry()", "--now", "2026-11-01T12:00")
CLIENTS = "external_id,email,first_name,consent\n1,anna@client.example,Ёлка ✓,*\n2,zoe@client.example,Zoë,*\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose path has what a URL, a shell and a format would take for signs of theirs, with two clients."""
    root = tmp_path_factory.mktemp("odd") / "100%25 a?b#c 'Ёж' %s"
    root.mkdir()
    (root / "clients.csv").write_text(CLIENTS, encoding="utf-8")
    for arguments in (["init"], ["import", "contacts", "clients.csv"]):
        subprocess.run([*COMMAND, *arguments], cwd=root, check=True, capture_output=True)
    return root


def _said(shop: Path, *arguments: str, shell: str = "", **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr (as their bytes are in the environment's encoding) of a command in a shell."""
    command = ["sh", "-c", shell, "sh", *COMMAND, *arguments] if shell else [*COMMAND, *arguments]
    ran = subprocess.run(command, cwd=shop, env={**os.environ, **environment}, capture_output=True, check=False)
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    return ran.returncode, ran.stdout.decode(encoding), ran.stderr.decode(encoding)


MEMBERS = ("segment", "members", "--where", "email: {known: true}", "--columns", "first_name", "--format", "csv")


def test_a_store_lies_where_its_workspace_lies_whatever_the_path_is_called(shop: Path) -> None:
    """`%` and `?` in a path are no signs of a URL."""
    assert (shop / "rekindle.db").stat().st_size > 0
    assert sqlite_file(load_settings(shop, {}).database_url) == shop.resolve() / "rekindle.db"
    assert sqlite_file(sqlite_url(Path("/a%25?b"))) == Path("/a%25?b")
    assert sqlite_file("sqlite:///:memory:") is sqlite_file("postgresql://a/b") is None
    backup = shop.parent / "50% off?.db"
    assert _said(shop, "db", "backup", str(backup))[0] == 0
    assert backup.stat().st_size > 0


def test_what_an_encoding_cannot_write_is_escaped_and_said(shop: Path) -> None:
    """cp1251 has Ё and no ë: the letter stands as JSON writes it, our own signs as others that read like them."""
    code, out, err = _said(shop, *MEMBERS, PYTHONIOENCODING="cp1251", PYTHONUTF8="0")
    assert (code, out.split()) == (0, ["first_name", "Ёлка", "+", "Zo\\u00eb"])
    assert "encoding here (cp1251)" in err
    assert err.count("\n") == 1
    assert _said(shop, *MEMBERS)[2] == ""


@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        ('"$@" >/dev/full', (1, "rekindle: reading or writing failed: No space left on device\n")),
        ('"$@" <&- >&-', (0, "")),
        ('"$@" <&- >&- 2>&-', (0, "")),
        ('{ "$@"; echo $? >&2; } | true', (0, "0\n")),
    ],
)
def test_output_that_leads_nowhere(shop: Path, shell: str, expected: tuple[int, str]) -> None:
    """A full disk is an error in a line; a closed descriptor (cron) and a reader that has gone (head) are none."""
    code, _, err = _said(shop, *MEMBERS, shell=shell)
    assert (code, err) == expected


def test_work_is_not_broken_off_when_nobody_hears_of_it(shop: Path) -> None:
    """An import whose words nobody reads any more comes in all the same, and says so by its exit code."""
    (shop / "more.csv").write_text("external_id,email\n3,boris@client.example\n", encoding="utf-8")
    code, out, _ = _said(shop, "import", "contacts", "more.csv", shell='{ "$@" 2>&1; echo $? >code; } | true; cat code')
    assert (code, out) == (0, "0\n")
    assert len(_said(shop, *MEMBERS)[1].splitlines()) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="file names are UTF-8 there")
def test_arguments_in_another_encoding(shop: Path) -> None:
    """A file's name may have any bytes; an address that is not UTF-8 is wrong usage."""
    name = os.fsdecode(b"\xea\xeb.csv")
    (shop / name).write_text(CLIENTS, encoding="utf-8")
    assert _said(shop, "import", "contacts", name)[0] == 0
    assert "contacts from \\udcea\\udceb.csv" in _said(shop, "import", "list")[1]
    code, _, err = _said(shop, "segment", "explain", "--where", "email: {known: true}", name)
    assert (code, err.count("\n")) == (2, 1)


def test_an_environment_file_in_another_encoding(tmp_path: Path) -> None:
    """`.env` is read as UTF-8; one that is not is named."""
    (tmp_path / ".env").write_bytes("A=пароль\n".encode("cp1251"))
    with pytest.raises(RekindleError, match="env is not written in UTF-8"):
        load_settings(tmp_path, {})
