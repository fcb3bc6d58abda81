"""What `run` says to cron's reader: a line for what was done, and no word about what could not have been."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

FILES = {
    ".env": "REKINDLE_SMTP_URL=eml:letters\nREKINDLE_SECRET_KEY=0123456789abcdef\n"
    "REKINDLE_PUBLIC_URL=https://mail.example.com\n",
    "rekindle.yml": 'organisation: {name: Shop, address: "1 High Street", url: https://shop.example}\n'
    "from: Shop <hello@shop.example>\ntimezone: UTC\ncurrency: EUR\ntopics: {offers: Offers}\n",
    "segments/statuses.yml": "statuses:\n  - {name: archive, when: {tags: gone}}\n  - {name: known, otherwise: true}\n",
    "segments/birthday.yml": "where: {birthday: {anniversary: {in_next: 0 days}}}\n",
    "campaigns/birthday.yml": "topic: offers\nsegment: birthday\nsubject: Today\ntemplate: letter.txt\nholdout: 0\n"
    'schedule: {cron: "0 9 * * *", max_lateness: 12 hours}\nthen: {status: archive}\n',
    "templates/letter.txt": "Hello. {{ links.unsubscribe }}\n",
    "contacts.csv": "external_id,email,birthday,consent,created_at\n"
    "1,a@post.example,1980-11-03,offers,2025-01-01\n2,b@post.example,1980-11-05,,2025-01-01\n",
}
Say = Callable[..., Any]


@pytest.fixture
def say(workspace: Callable[[Mapping[str, str]], Path], rekindle: Callable[..., Any]) -> Say:
    """A command on that day at nine."""
    root = workspace(FILES)

    def call(day: int, *words: str) -> Any:
        return rekindle("-C", root, "--now", f"2026-11-{day:02}T09:00", *words)

    assert call(1, "import", "contacts", str(root / "contacts.csv")).code == 0
    return call


def test_a_day_without_a_birthday_is_quiet_and_one_whose_people_are_left_out_is_not(say: Say) -> None:
    """A mailing of each day is made; a line is there for who got a letter, and for who would have but for consent."""
    said = {day: say(day, "run").out for day in range(2, 7)}
    assert said == {
        2: "",
        3: "mailing 2 birthday 2026-11-03: 1 of 1 sent\n",
        4: "",
        5: "mailing 4 birthday 2026-11-05: nobody to write to (1 no consent)\n",
        6: "",
    }
    assert [row["planned"] for row in json.loads(say(6, "--json", "mailing", "list").out)] == [0, 0, 0, 1, 0]


def test_who_fell_silent_is_counted(say: Say) -> None:
    """`then` pins a status: that is done, so it is said; once."""
    say(3, "run")
    assert say(18, "run").out == "birthday: 1 fell silent: archive\n"
    assert say(18, "run").out == ""


def test_who_fell_silent_is_counted_in_json(say: Say) -> None:
    say(3, "run")
    found = json.loads(say(18, "--json", "run").out)
    assert found["silent"] == [{"campaign": "birthday", "status": "archive", "contacts": 1}]
