"""Caps that are as long as the time from one letter to the next are warned of."""

from __future__ import annotations

import pytest

from rekindle.workspace.caps import cap_problems
from rekindle.workspace.load import parse_workspace

FILES = {
    "rekindle.yml": """\
organisation: {name: Shop, address: "1 High Street", url: https://shop.example}
from: Shop <hello@shop.example>
timezone: Europe/London
currency: EUR
topics: {offers: Offers}
""",
    "segments/all.yml": "where: {everyone: true}\n",
    "campaigns/news.yml": "topic: offers\nsegment: all\nsubject: News\ntemplate: news.html\n",
    "templates/news.html": "<html><body><a href='{{ links.unsubscribe }}'>leave</a></body></html>\n",
}


def warned(cron: str, within: str, *, letters: int = 1, own: bool = True) -> list[str]:
    """What is said of this campaign, with the line."""
    files = dict(FILES)
    files["campaigns/news.yml"] += f'schedule: {{cron: "{cron}"}}\n'
    files["campaigns/news.yml" if own else "rekindle.yml"] += (
        f"limits: {{per_contact: {{letters: {letters}, within: {within}}}}}\n"
    )
    workspace, problems = parse_workspace(files)
    assert workspace is not None, problems
    return [f"{found.at.file}:{found.at.line} {found.hint}" for found in cap_problems(workspace)]


@pytest.mark.parametrize(
    ("cron", "within", "hint"),
    [
        ("0 10 * * 1", "7 days", "write within: 6 days"),
        ("0 10 * * 1", "1 week", "write within: 6 days"),
        ("0 10 * * *", "24 hours", "write within: 23 hours"),
        ("0 10 * * *", "1 day", "write within: 23 hours"),
        ("0 10 5 * *", "1 month", "write within: 27 days"),
        ("0 10 5 * *", "30 days", "write within: 29 days"),  # after a month of thirty days
    ],
)
def test_a_cap_as_long_as_the_schedule_s_own_time(cron: str, within: str, hint: str) -> None:
    """The last letter left a moment after ten, so at ten it is not yet a week old: everybody would be left out."""
    assert warned(cron, within) == [f"campaigns/news.yml:6 {hint}"]


def test_a_cap_of_the_whole_workspace_is_shown_where_it_stands() -> None:
    assert warned("0 10 * * 1", "7 days", own=False) == ["rekindle.yml:6 write within: 6 days"]


@pytest.mark.parametrize(
    ("cron", "within", "letters"),
    [("0 10 * * 1", "6 days", 1), ("0 10 * * 1", "7 days", 2), ("0 10 * * 1", "10 days", 1)],
)
def test_other_caps_are_meant(cron: str, within: str, letters: int) -> None:
    """Shorter, of more letters, or longer: nothing is wrong with it."""
    assert warned(cron, within, letters=letters) == []
