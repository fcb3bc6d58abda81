"""Small workspaces to be read, and their problems as a user reads them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rekindle.workspace.load import Workspace, parse_workspace

CONFIGURATION = """\
organisation: {name: Faktura, address: "1 Example St", url: https://faktura.example}
from: Faktura <hello@faktura.example>
topics: {offers: Offers, news: News}
attributes: {shop_area: number, brands: list, style: text}
"""
LETTER = '<mjml><mj-body><mj-text><a href="{{ links.unsubscribe }}">Leave</a></mj-text></mj-body></mjml>\n'
CAMPAIGN = "topic: offers\nsegment: buyers\nsubject: Hello\ntemplate: letter.mjml\n"


def small(**changes: str) -> dict[str, str]:
    """A sound workspace of one campaign; `campaign`, `configuration`, `letter`, `segment` replace a file's text."""
    return {
        "rekindle.yml": changes.get("configuration", CONFIGURATION),
        "segments/buyers.yml": changes.get("segment", "where: {bought: true}\n"),
        "campaigns/back.yml": changes.get("campaign", CAMPAIGN),
        "templates/letter.mjml": changes.get("letter", LETTER),
    }


@pytest.fixture
def files() -> Callable[..., dict[str, str]]:
    """Make the files of a sound little workspace, some of them changed."""
    return small


@pytest.fixture
def sound() -> Callable[..., Workspace]:
    """Read files that have no problem."""

    def read(texts: dict[str, str]) -> Workspace:
        workspace, problems = parse_workspace(texts)
        assert [str(problem) for problem in problems] == []
        assert workspace is not None
        return workspace

    return read


@pytest.fixture
def said() -> Callable[[dict[str, str]], list[str]]:
    """The problems of files, as a user reads them."""

    def read(texts: dict[str, str]) -> list[str]:
        return [str(problem) for problem in parse_workspace(texts)[1]]

    return read
