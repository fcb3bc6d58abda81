"""The starter workspace is written whole, for its owner's eyes where it is secret, over nothing that is there."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from rekindle.settings import load_settings
from rekindle.workspace.files import read_files
from rekindle.workspace.load import load_workspace
from rekindle.workspace.starter import starter_folder, write_starter


def test_the_starter_is_a_sound_workspace(tmp_path: Path) -> None:
    """What init writes is what the project carries, and it has no problem."""
    root = tmp_path / "new" / "shop"
    done = write_starter(root)
    with starter_folder() as folder:
        assert read_files(folder) == read_files(root)
    assert {*read_files(root), ".env", ".gitignore"} == set(done.written)
    assert load_workspace(root).campaigns


def test_the_secret_is_fresh_and_private(tmp_path: Path) -> None:
    """Mode 0600 whatever the umask, and another secret each time."""
    secrets = set()
    for name, umask in [("a", 0o000), ("b", 0o277)]:
        before = os.umask(umask)
        try:
            (tmp_path / name).mkdir(mode=0o700)
            (tmp_path / name).chmod(0o700)
            write_starter_env_only(tmp_path / name)
        finally:
            os.umask(before)
        path = tmp_path / name / ".env"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        secrets.add(load_settings(tmp_path / name, {}).need_secret())
    assert len(secrets) == 2


def write_starter_env_only(root: Path) -> None:
    (root / "rekindle.yml").write_text("from: a@b.example\n")
    assert write_starter(root).written == [".env"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """What stands there is left alone and named; a second init writes nothing."""
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns/first-order.yml").write_text("mine")
    (tmp_path / ".env").write_text("REKINDLE_SECRET_KEY=mine")
    first = write_starter(tmp_path)
    second = write_starter(tmp_path)
    assert sorted(first.left) == [".env", "campaigns/first-order.yml"]
    assert (second.written, second.left, second.already) == ([], [".env"], True)
    assert (
        (tmp_path / "campaigns/first-order.yml").read_text(),
        (tmp_path / ".env").read_text(),
    ) == ("mine", "REKINDLE_SECRET_KEY=mine")


def test_a_living_workspace_gets_no_starter_campaigns(tmp_path: Path) -> None:
    """A starter campaign has a schedule: mixed into a real workspace, the next run would mail real people."""
    (tmp_path / "rekindle.yml").write_text("from: a@b.example\n")
    write_starter(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "rekindle.yml"]


def test_an_interrupted_init_is_taken_up(tmp_path: Path) -> None:
    """rekindle.yml is written last, so what is half there is completed."""
    write_starter(tmp_path)
    (tmp_path / "rekindle.yml").unlink()
    (tmp_path / "segments/buyers.yml").unlink()
    assert write_starter(tmp_path).written == ["segments/buyers.yml", "rekindle.yml"]


def test_the_command_names_what_it_wrote(tmp_path: Path, rekindle: Callable[..., object]) -> None:
    """`rekindle init DIR`: files on stdout, exit 0; then `check` has nothing to say."""
    ran = rekindle("init", tmp_path / "shop")
    assert (0, str(tmp_path / "shop" / ".env")) == (ran.code, ran.out.splitlines()[0])  # type: ignore[attr-defined]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, rekindle: Callable[..., object]) -> None:
    """A file in the way of a folder: one line, exit 1."""
    (tmp_path / "segments").write_text("a file")
    ran = rekindle("init", tmp_path)
    assert (1, "cannot be written" in ran.err) == (ran.code, True)  # type: ignore[attr-defined]


@pytest.mark.parametrize("word", ["REKINDLE_SMTP_URL", "REKINDLE_PUBLIC_URL", "REKINDLE_DATABASE_URL"])
def test_the_other_settings_stand_as_examples(tmp_path: Path, word: str) -> None:
    """Commented out, so that nothing is set that nobody chose."""
    write_starter(tmp_path)
    assert f"\n# {word}=" in (tmp_path / ".env").read_text()
