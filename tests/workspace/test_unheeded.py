"""Nothing is silently without effect: keys and settings that this version does not act on are named by place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rekindle.model.error import ProblemsError
from rekindle.settings import KNOWN, UNHEEDED, setting_problems
from rekindle.workspace.campaigns import CAMPAIGN
from rekindle.workspace.configuration import CONFIGURATION, SENDING
from rekindle.workspace.unheeded import IN_CAMPAIGN, IN_CONFIGURATION, refuse_unheeded, unheeded_problems

LANGUAGE = (Path(__file__).parents[2] / "docs/reference/language.md").read_text(encoding="utf-8")

FILES = {
    "rekindle.yml": "locale: ru_RU\nsending: {connections: 2, per_second: 5}\nstop_when: {bounced: 5%}\n",
    "campaigns/one.yml": "topic: offers\nthen: {status: archive}\n",
    "campaigns/two.yml": "topic: offers\nsteps:\n  - {template: a}\n  - {after: 7 days}\nthen: {status: archive}\n",
    "segments/window.yml": "window: 3\n",
}


def places(campaign: str = "") -> list[str]:
    """Where the warnings stand and what about."""
    return [f"{problem.at} {problem.message.split()[0]}" for problem in unheeded_problems(FILES, campaign)]


def test_every_such_key_is_named_at_its_place() -> None:
    """In rekindle.yml and in campaigns, nowhere else; all are warnings that say what happens instead."""
    expected = [
        "campaigns/one.yml:2:1 'then'",
        "campaigns/two.yml:2:1 'steps'",
        "campaigns/two.yml:5:1 'then'",
        "rekindle.yml:2:27 'per_second'",
        "rekindle.yml:3:1 'stop_when'",
    ]
    assert expected == places()
    assert all(problem.warning and " is not acted on yet: " in problem.message for problem in unheeded_problems(FILES))


def test_of_one_campaign_only_its_own_are_named() -> None:
    """Who plans one campaign is not told about another."""
    assert [place.split()[1] for place in places("one")] == ["'then'", "'per_second'", "'stop_when'"]


def test_files_that_cannot_be_read_have_other_problems() -> None:
    """What is no mapping, or no YAML, is for the check of the files to say."""
    assert unheeded_problems({"rekindle.yml": "- a\n- [", "campaigns/x.yml": "text"}) == []


@pytest.mark.parametrize("path", [*IN_CAMPAIGN, *IN_CONFIGURATION])
def test_each_is_a_key_of_the_language_and_the_reference_says_that_it_has_no_effect(path: tuple[str, ...]) -> None:
    """The table follows the language: a key renamed there is renamed here."""
    tables = {("campaign",): CAMPAIGN, (): CONFIGURATION, ("sending",): SENDING}
    table: Any = tables[("campaign",)] if path in IN_CAMPAIGN else tables[path[:-1]]
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


@pytest.mark.parametrize("path", IN_CAMPAIGN)
def test_a_campaign_that_relies_on_such_a_key_is_not_sent(path: tuple[str, ...]) -> None:
    """Letters that would go out against what the file says do not go out; whoever has no such key is let be."""
    values = {"steps": "[{template: a}, {after: 7 days}]", "then": "{status: x}"}
    key = path[-1]
    with pytest.raises(ProblemsError) as refused:
        refuse_unheeded({"campaigns/one.yml": f"topic: offers\n{key}: {values[key]}\n"}, "one")
    assert str(refused.value).startswith(f"campaigns/one.yml:2:1: '{key}' is not acted on yet: ")
    refuse_unheeded({"campaigns/one.yml": "topic: offers\nsteps: [{template: a}]\n"}, "one")


@pytest.mark.parametrize("verb", [["plan"], ["send", "--yes"], ["run"]])
def test_check_warns_and_what_sends_refuses(
    rekindle: Callable[..., Any], workspace: Callable[[Mapping[str, str]], Path], verb: list[str]
) -> None:
    """A warning in check; plan, send and run end with 1, and no mailing is made."""
    folder = workspace({"readme.md": ""})
    rekindle("-C", folder, "init")
    (folder / ".env").write_text(
        "REKINDLE_SMTP_URL=eml:letters\nREKINDLE_SECRET_KEY=0123456789abcdef\nREKINDLE_PUBLIC_URL=https://m.example\n"
    )
    campaign = folder / "campaigns/monthly-reactivation.yml"
    key = "then: {status: archive}\n"
    campaign.write_text(campaign.read_text(encoding="utf-8") + key, encoding="utf-8")
    name = [] if verb == ["run"] else ["monthly-reactivation"]
    checked = rekindle("-C", folder, "check")
    asked = rekindle("-C", folder, "--now", "2026-11-01T10:05", verb[0], *name, *verb[1:])
    words = "'then' is not acted on yet: "
    assert (checked.code, words in checked.out) == (0, True)
    assert (asked.code, words in asked.err) == (1, True)
    assert json.loads(rekindle("-C", folder, "--json", "mailing", "list").out) == []
