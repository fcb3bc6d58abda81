"""`simulate` in words and as JSON; its bad input."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

FILES = {
    "rekindle.yml": 'organisation: {name: Shop, address: "1 High Street", url: https://shop.example}\n'
    "from: Shop <hello@shop.example>\ntimezone: UTC\ncurrency: EUR\ntopics: {offers: Offers}\n",
    "segments/all.yml": "where: {everyone: true}\n",
    "campaigns/news.yml": "topic: offers\nsegment: all\nsubject: Hello\ntemplate: news.txt\nholdout: 0\n"
    'schedule: {cron: "0 9 1 * *"}\nagain: after 45 days\n',
    "campaigns/by-hand.yml": "topic: offers\nsegment: all\nsubject: Hello\ntemplate: news.txt\nholdout: 0\n",
    "templates/news.txt": "Hello! {{ links.unsubscribe }}\n",
}


def test_words_json_and_bad_input(
    workspace: Callable[[Mapping[str, str]], Path], rekindle: Callable[..., Any], tmp_path: Path
) -> None:
    """No relay and no secret are needed, and no letter is written."""
    root = workspace(FILES)
    people = tmp_path / "people.csv"
    people.write_text("external_id,email,consent\n1,a@post.example,*\n2,b@post.example,\n")
    ask = ("-C", root, "--now", "2026-11-15")
    assert rekindle(*ask, "import", "contacts", people).code == 0
    ran = rekindle(*ask, "simulate", "news", "--months", "3")
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            "2026-11-15 news 2026-11: 1 letters, 1 no consent",
            "2026-12-01 news 2026-12: 0 letters, 1 had it, 1 no consent",
            "2027-01-01 news 2027-01: 1 letters, 1 no consent",
            "2027-02-01 news 2027-02: 0 letters, 1 had it, 1 no consent",
        ],
    )
    assert "2 letters, if nobody reacts" in ran.err
    document = json.loads(rekindle(*ask, "--json", "simulate", "--all", "--months", "1").out)
    assert [(one["day"], one["letters"], one["made"]) for one in document["days"]] == [
        ("2026-11-15", 1, True), ("2026-12-01", 0, True),
    ]  # fmt: skip
    assert "by-hand has no schedule" in rekindle(*ask, "simulate", "by-hand").err
    for arguments, words in (
        ([], "--all"),
        (["news", "--all"], "--all"),
        (["nws"], "did you mean"),
        (["news", "--months", "0"], "--months"),
    ):
        wrong = rekindle(*ask, "simulate", *arguments)
        assert (wrong.code, words in wrong.err) == (2, True), wrong.err
    assert json.loads(rekindle(*ask, "--json", "mailing", "list").out) == []
