"""Nothing is silently without effect: keys and settings that this version does not act on are named by place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rekindle.settings import KNOWN, UNHEEDED, setting_problems
from rekindle.workspace.campaigns import CAMPAIGN
from rekindle.workspace.configuration import CONFIGURATION, SENDING
from rekindle.workspace.unheeded import IN_CAMPAIGN, IN_CONFIGURATION, unheeded_problems

LANGUAGE = (Path(__file__).parents[2] / "docs/reference/language.md").read_text(encoding="utf-8")

FILES = {
    "rekindle.yml": "locale: ru_RU\nsending: {connections: 2, per_second: 5}\nstop_when: {bounced: 5%}\n",
    "campaigns/one.yml": "topic: offers\nwindow: {hours: 09:00-20:00}\n",
    "campaigns/two.yml": "topic: offers\nsteps:\n  - {template: a.mjml}\nthen: {status: archive}\n",
    "segments/window.yml": "window: 3\n",
}


def places(campaign: str = "") -> list[str]:
    """Where the warnings stand and what about."""
    return [f"{problem.at} {problem.message.split()[0]}" for problem in unheeded_problems(FILES, campaign)]


def test_every_such_key_is_named_at_its_place() -> None:
    """In rekindle.yml and in campaigns, nowhere else; all are warnings that say what happens instead."""
    expected = [
        "campaigns/one.yml:2:1 'window'",
        "campaigns/two.yml:2:1 'steps'",
        "campaigns/two.yml:4:1 'then'",
        "rekindle.yml:2:27 'per_second'",
        "rekindle.yml:3:1 'stop_when'",
    ]
    assert expected == places()
    assert all(problem.warning and problem.hint for problem in unheeded_problems(FILES))


def test_of_one_campaign_only_its_own_are_named() -> None:
    """Who plans one campaign is not told about another."""
    assert [place.split()[1] for place in places("one")] == ["'window'", "'per_second'", "'stop_when'"]


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


def test_check_and_plan_say_so(rekindle: Callable[..., Any], workspace: Callable[[Mapping[str, str]], Path]) -> None:
    """On stdout of check, on stderr of plan; neither fails by it."""
    folder = workspace({"readme.md": ""})
    rekindle("-C", folder, "init")
    campaign = folder / "campaigns/first-order.yml"
    campaign.write_text(campaign.read_text(encoding="utf-8") + "window: {hours: 09:00-20:00}\n", encoding="utf-8")
    checked, planned = rekindle("-C", folder, "check"), rekindle("-C", folder, "plan", "first-order")
    other = rekindle("-C", folder, "plan", "repeat-order")
    words = "'window' has no effect in this version (letters leave at any hour, once the mailing is sent)"
    assert (checked.code, words in checked.out) == (0, True)
    assert (planned.code, words in planned.err, words in other.err) == (0, True, False)
