"""resend: once more to who was sent the letter and did not react, in a mailing of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from rekindle.store.opening import open_store
from rekindle.store.tables import audience_member, delivery, event

FILES = {
    ".env": "REKINDLE_SMTP_URL=eml:letters\nREKINDLE_SECRET_KEY=0123456789abcdef\n"
    "REKINDLE_PUBLIC_URL=https://mail.example.com\n",
    "rekindle.yml": 'organisation: {name: Shop, address: "1 High Street", url: https://shop.example}\n'
    "from: Shop <hello@shop.example>\ntimezone: UTC\ncurrency: EUR\ntopics: {offers: Offers}\n",
    "segments/all.yml": "where: {everyone: true}\n",
    "campaigns/news.yml": "topic: offers\nsegment: all\nsubject: Hello\ntemplate: news.txt\nholdout: 0\n",
    "templates/news.txt": "{{ contact.first_name }}! {{ links.unsubscribe }}\n",
}


@pytest.fixture
def shop(
    workspace: Callable[[Mapping[str, str]], Path], rekindle: Callable[..., Any], tmp_path: Path, database_url: str
) -> Callable[..., Any]:
    """Five contacts who were sent the letter on 1 November; a caller of the command at a moment."""
    root = workspace(FILES)
    people = tmp_path / "people.csv"
    rows = [f"{number},u{number}@post.example,Name{number},*" for number in range(1, 6)]
    people.write_text("external_id,email,first_name,consent\n" + "\n".join(rows) + "\n")

    def call(now: str, *arguments: object) -> Any:
        return rekindle("-C", root, "--database", database_url, "--now", now, *arguments)

    assert call("2026-10-01", "import", "contacts", people).code == 0
    assert call("2026-11-01", "send", "news", "--yes").code == 0
    return call


def react(url: str, kind: str, contact_id: int, *, machine: bool = False) -> None:
    moment = datetime(2026, 11, 2, tzinfo=UTC)
    store = open_store(url)
    with store.writing() as connection:
        row = {"kind": kind, "contact_id": contact_id, "mailing_id": 1, "occurred_at": moment, "recorded_at": moment}
        connection.execute(insert(event), {**row, "machine": machine})
    store.close()


@pytest.mark.parametrize(("to", "expected"), [("not-opened", [3, 4, 5]), ("not-clicked", [1, 3, 4, 5])])
def test_who_did_not_react_gets_it_once_more(
    shop: Callable[..., Any], database_url: str, to: str, expected: list[int]
) -> None:
    """One opened, one clicked, a machine opened; asked again nobody gets a third letter."""
    react(database_url, "opened", 1)
    react(database_url, "clicked", 2)
    react(database_url, "opened", 3, machine=True)
    first, again = (shop("2026-11-05", "resend", "news", "--to", to, "--yes") for _ in range(2))
    assert (first.code, again.code) == (0, 0)
    assert f"sent {len(expected)} " in first.out
    assert first.out == again.out
    store = open_store(database_url)
    with store.reading() as connection:
        sent = select(delivery.c.contact_id).where(delivery.c.mailing_id == 2, delivery.c.state == "sent")
        assert sorted(connection.scalars(sent)) == expected
        why = select(audience_member.c.contact_id, audience_member.c.reason).where(audience_member.c.mailing_id == 2)
        found = {row.contact_id: row.reason for row in connection.execute(why) if row.reason}
    store.close()
    assert found == ({1: "opened", 2: "clicked"} if to == "not-opened" else {2: "clicked"})
    ledgers = json.loads(shop("2026-11-06", "--json", "mailing", "list").out)
    assert [(row["period"], row["step"], row["planned"]) for row in ledgers] == [
        ("2026-11-01", 2, len(expected)), ("2026-11-01", 1, 5),
    ]  # fmt: skip
    assert shop("2026-11-06", "mailing", "verify", 2).code == 0
    report = json.loads(shop("2026-11-06", "--json", "report", "news").out)
    assert (report["arms"]["letter"]["audience"], report["arms"]["letter"]["sent"]) == (5, 5)


def test_bad_input(shop: Callable[..., Any], workspace: Callable[[Mapping[str, str]], Path], database_url: str) -> None:
    """Each in words, and nothing is made."""
    for number in range(1, 6):
        react(database_url, "opened", number)
    for arguments, code, words in [
        (["news", "--to", "not-opened"], 2, "say --yes"),
        (["news", "--to", "all", "--yes"], 2, "not-opened"),
        (["nws", "--to", "not-opened", "--yes"], 2, "did you mean 'news'"),
        (["news", "--to", "not-opened", "--period", "2026-12", "--yes"], 1, "no mailing 2026-12"),
        (["news", "--to", "not-opened", "--yes"], 1, "nobody is left"),
    ]:
        ran = shop("2026-11-05", "resend", *arguments)
        assert (ran.code, words in ran.err) == (code, True), ran.err
    workspace({"campaigns/news.yml": FILES["campaigns/news.yml"] + "steps: [{}, {after: 7 days}]\n"})
    assert "has steps" in shop("2026-11-05", "resend", "news", "--to", "not-clicked", "--yes").err
    workspace({"campaigns/news.yml": FILES["campaigns/news.yml"] + "variants: [{name: a}, {name: b}]\n"})
    assert "put them back" in shop("2026-11-05", "resend", "news", "--to", "not-clicked", "--yes").err
    assert len(json.loads(shop("2026-11-06", "--json", "mailing", "list").out)) == 1
