"""Nothing is silently without effect: keys and settings that this version does not act on are named by place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rekindle.settings import KNOWN, UNHEEDED, setting_problems
from rekindle.workspace.configuration import CONFIGURATION, SENDING
from rekindle.workspace.unheeded import IN_CONFIGURATION, unheeded_problems

LANGUAGE = (Path(__file__).parents[2] / "docs/reference/language.md").read_text(encoding="utf-8")

FILES = {
    "rekindle.yml": "locale: ru_RU\nsending: {connections: 2}\n",
    "campaigns/notify.yml": "notify: x\n",
    "segments/notify.yml": "notify: 3\n",
}


def test_every_such_key_is_named_at_its_place() -> None:
    """In rekindle.yml and nowhere else; all are warnings that say what happens instead."""
    for path in IN_CONFIGURATION:
        key = "".join(f"{name}: {{" for name in path[:-1]) + f"{path[-1]}: 1" + "}" * (len(path) - 1)
        found = unheeded_problems({**FILES, "rekindle.yml": f"locale: ru_RU\n{key}\n"})
        column = 1 + key.index(path[-1])
        assert [str(problem.at) for problem in found] == [f"rekindle.yml:2:{column}"]
        assert found[0].warning
        assert found[0].message.startswith(f"'{path[-1]}' is not acted on yet: ")
    assert {str(problem.at).partition(":")[0] for problem in unheeded_problems(FILES)} <= {"rekindle.yml"}


def test_files_that_cannot_be_read_have_other_problems() -> None:
    """What is no mapping, or no YAML, is for the check of the files to say."""
    assert unheeded_problems({"rekindle.yml": "- a\n- [", "campaigns/x.yml": "text"}) == []


@pytest.mark.parametrize("path", IN_CONFIGURATION)
def test_each_is_a_key_of_the_language_and_the_reference_says_that_it_has_no_effect(path: tuple[str, ...]) -> None:
    """The table follows the language: a key renamed there is renamed here."""
    tables = {(): CONFIGURATION, ("sending",): SENDING}
    table: Any = tables[path[:-1]]
    section = LANGUAGE[LANGUAGE.index("## 7.") :]
    assert path[-1] in table.by_name
    assert f"`{path[-1]}`" in section


def test_settings_are_looked_at_too(tmp_path: Path) -> None:
    """A misspelt name in .env, and one that is read and not acted on; what is right, or not ours, is let be."""
    lines = (
        "# REKINDLE_OLD=1",
        "OTHER=1",
        "REKINDLE_SMTP_ULR=eml:x",
        "export REKINDLE_DKIM_KEY=a",
        "REKINDLE_SMTP_URL=eml:y",
    )
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    assert [str(problem) for problem in setting_problems(tmp_path)] == [
        ".env:3:1: warning: 'REKINDLE_SMTP_ULR' is no setting (did you mean 'REKINDLE_SMTP_URL'?)",
        ".env:4:1: warning: 'REKINDLE_DKIM_KEY' has no effect in this version"
        " (letters leave unsigned; let the relay sign them)",
    ]
    assert setting_problems(tmp_path / "nowhere") == []
    assert set(UNHEEDED) <= set(KNOWN)
