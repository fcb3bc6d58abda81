"""A workspace is read whole: what belongs to it, under which names, and every problem of every file at once."""
# ruff: noqa: E501 (the words that a user gets stand in one line)

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rekindle.model.error import InputError, ProblemsError
from rekindle.workspace.files import LARGEST_FILE, read_files
from rekindle.workspace.load import load_workspace, parse_workspace

Files = Callable[..., dict[str, str]]
Said = Callable[[dict[str, str]], list[str]]
Write = Callable[[Mapping[str, str]], Path]


def test_only_files_of_a_workspace_are_read(workspace: Write) -> None:
    """Readers of other kinds may leave their files there: notes, pictures, editors' copies, secrets."""
    root = workspace(
        {
            "rekindle.yml": "from: a@b.example\n",
            "README.md": "x",
            ".env": "x",
            "segments/a.yml": "where: {bought: true}\n",
            "segments/notes.txt": "x",
            "segments/.a.yml.swp.yml": "x",
            "templates/a.mjml": "x",
            "templates/a.txt": "x",
            "templates/partials/b.html": "x",
            "templates/.git/c.html": "x",
            "templates/logo.png": "x",
        }
    )
    expected = ["rekindle.yml", "segments/a.yml", "templates/a.mjml", "templates/a.txt", "templates/partials/b.html"]
    assert expected == list(read_files(root))


def test_a_link_out_of_the_workspace_is_refused(workspace: Write, tmp_path: Path) -> None:
    """A template that is a link to the machine's own files would be mailed to strangers."""
    (tmp_path / "secret.txt").write_text("secret")
    root = workspace({"rekindle.yml": "from: a@b.example\n", "templates/a.mjml": "x"})
    (root / "templates/b.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(InputError) as error:
        read_files(root)
    assert str(error.value) == "templates/b.txt is a link that leads out of the workspace; put the file itself there"


def test_a_linked_folder_out_of_the_workspace_is_refused(workspace: Write, tmp_path: Path) -> None:
    """Nothing is left out in silence: a folder that is not followed is said."""
    (tmp_path / "elsewhere").mkdir()
    root = workspace({"rekindle.yml": "from: a@b.example\n", "templates/a.mjml": "x"})
    (root / "templates/more").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError) as error:
        read_files(root)
    assert str(error.value) == "templates/more is a link that leads out of the workspace; put the file itself there"


def test_a_huge_file_is_refused(workspace: Write) -> None:
    """A file of many megabytes is a mistake, not a segment."""
    root = workspace({"rekindle.yml": "#" * (LARGEST_FILE + 1)})
    with pytest.raises(InputError) as error:
        read_files(root)
    assert str(error.value) == "rekindle.yml is larger than 4 MB; make it smaller"


NAMES = {
    "segments/Silent Buyers.yml": "the file's name cannot be the name of a segment (only a-z, 0-9 and - may stand in it)",
    "campaigns/зима.yml": "the file's name cannot be the name of a campaign (only a-z, 0-9 and - may stand in it)",
    "segments/old/a.yml": "a file in a folder below segments/ is not read (move it up)",
    "segments/silent.yaml": "files end in .yml here (rename it to silent.yml)",
    "rekindle.yaml": "files end in .yml here (rename it to rekindle.yml)",
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items(), ids=NAMES)
def test_a_file_that_would_not_be_read_is_named(files: Files, said: Said, name: str, expected: str) -> None:
    """Nothing is left out in silence."""
    assert [f"{name}:1:1: {expected}"] == said({**files(), name: "where: {bought: true}\n"})


def test_all_problems_of_all_files_come_in_one_run(said: Said) -> None:
    """Broken YAML in one file hides nothing in another; they come in order of file and line."""
    files = {
        "campaigns/a.yml": "topic: [offers\n",
        "campaigns/b.yml": "topic: nws\nsegment: x\nsubject: s\ntemplate: t.mjml\nholdout: 2\n",
        "rekindle.yml": "from: a@b.example\ntimezone: Mars\ntopics: {news: News}\n",
        "segments/c.yml": "where: {bought: {within: soon}}\n",
        "templates/bad.html": "\udcff",
    }
    places = [line.split(": ")[0] for line in said(files)]
    expected = [
        "campaigns/a.yml:1:8",
        "campaigns/b.yml:1:8",
        "campaigns/b.yml:2:10",
        "campaigns/b.yml:4:11",
        "campaigns/b.yml:5:10",
        "rekindle.yml:2:11",
        "segments/c.yml:1:26",
        "templates/bad.html:1:1",
    ]
    assert expected == places


def test_a_workspace_with_problems_is_not_opened(workspace: Write) -> None:
    """All of them are in the error; none may be worked around."""
    with pytest.raises(ProblemsError) as error:
        load_workspace(workspace({"rekindle.yml": "from: a\ncurrency: b\n"}))
    assert len(error.value.problems) == 2


def test_opening_remembers_root_and_texts(workspace: Write, files: Files) -> None:
    """What was read is kept as it was written, for freezing."""
    root = workspace(files())
    opened = load_workspace(root)
    assert (root, dict(sorted(files().items()))) == (opened.root, dict(opened.files))


def test_what_no_yaml_text_can_do_to_the_reader(files: Files) -> None:
    """Whatever stands in a file, there is a problem or a workspace, never a traceback."""
    odd = [
        "",
        "~",
        "[]",
        "{}",
        "- - -",
        "a: {b: {c: [}}",
        "where:",
        "where: ~",
        "?",
        "!",
        "&a *a",
        "'",
        '"\\',
        "\t",
        "%",
        "---",
    ]
    for name in ("rekindle.yml", "segments/buyers.yml", "segments/statuses.yml", "campaigns/back.yml"):
        for text in odd:
            workspace, problems = parse_workspace({**files(), name: text})
            assert (workspace is None) == bool(problems), (name, text)
