"""A mailing is frozen as texts: enough to be read again, and nothing that does not concern it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from rekindle.model.error import ProblemsError
from rekindle.workspace.freeze import definition_hash, freeze, thaw
from rekindle.workspace.load import Workspace

Files = Callable[..., dict[str, str]]
Sound = Callable[[dict[str, str]], Workspace]

CAMPAIGN = """\
topic: offers
segment: buyers
exclude: loud
hand_over: big
subject: Hello
template: letter.mjml
offers: [{when: {segment: rich}, code: A}, {code: B}]
then: {status: archive}
"""


@pytest.fixture
def texts(files: Files) -> dict[str, str]:
    """A campaign that needs several segments, statuses and an included file; and neighbours that it does not need."""
    letter = files()["templates/letter.mjml"].replace("<mj-text>", "<mj-text>{% include 'part.mjml' %}")
    return {
        **files(campaign=CAMPAIGN, letter=letter, segment="where: {segment: deep}\n"),
        "templates/part.mjml": "Hi",
        "templates/letter.txt": "Hi {{ links.unsubscribe }}",
        "templates/other.mjml": "Other",
        "segments/deep.yml": "where: {bought: true}\n",
        "segments/loud.yml": "where: {complained: true}\n",
        "segments/big.yml": "where: {revenue: {at_least: 1000}}\n",
        "segments/rich.yml": "where: {revenue: {at_least: 100}}\n",
        "segments/vip.yml": "where: {bought: true}\n",
        "segments/other.yml": "where: {bought: true}\n",
        "segments/statuses.yml": "statuses: [{name: vip, when: {segment: vip}}, {name: archive, otherwise: true}]\n",
        "campaigns/other.yml": "topic: news\nsegment: other\nsubject: x\ntemplate: other.mjml\n",
    }


NOT_NEEDED = {"campaigns/other.yml", "segments/other.yml", "templates/other.mjml"}


def test_frozen_are_the_files_that_the_campaign_needs(texts: dict[str, str], sound: Sound) -> None:
    """Its segments with those they ask for, the statuses with theirs, its letters with what they include."""
    workspace = sound(texts)
    frozen = json.loads(freeze(workspace, workspace.campaigns["back"]))
    assert {name: text for name, text in texts.items() if name not in NOT_NEEDED} == frozen


def test_thawed_is_the_same_campaign(texts: dict[str, str], sound: Sound) -> None:
    """Read again by the reader of every workspace: there is no second format."""
    workspace = sound(texts)
    thawed = thaw(freeze(workspace, workspace.campaigns["back"]))
    assert workspace.campaigns["back"] == thawed.campaigns["back"]
    assert workspace.configuration == thawed.configuration


@pytest.mark.parametrize("name", ["templates/part.mjml", "segments/deep.yml", "rekindle.yml", "campaigns/back.yml"])
def test_the_hash_changes_with_what_matters(texts: dict[str, str], sound: Sound, name: str) -> None:
    """A plan is not sent when the definition or a letter is another by now."""
    changed = {**texts, name: texts[name] + "\n# x\n"}
    hashes = {definition_hash(one, one.campaigns["back"]) for one in (sound(texts), sound(changed))}
    assert len(hashes) == 2


def test_the_hash_stays_with_what_does_not(texts: dict[str, str], sound: Sound) -> None:
    """Another campaign's work does not hold this one up, nor the order in which files were read."""
    changed = {name: text + ("\n# x\n" if name in NOT_NEEDED else "") for name, text in reversed(texts.items())}
    hashes = {definition_hash(one, one.campaigns["back"]) for one in (sound(texts), sound(changed))}
    assert len(hashes) == 1


@pytest.mark.parametrize("text", ["", "[]", '{"rekindle.yml": 1}', "{}", '{"rekindle.yml": "a: ["}'])
def test_what_was_not_frozen_cannot_be_thawed(text: str) -> None:
    """A damaged row is an error with words."""
    with pytest.raises(ProblemsError):
        thaw(text)
