"""`rekindle suppress`: add, lift and list, through the real command."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

WORKSPACE = {
    "rekindle.yml": "organisation: {name: Faktura, address: Moscow}\nfrom: Faktura <hello@faktura.example>\n"
    "timezone: Europe/Moscow\ntopics: {offers: Offers, news: News}\n"
}


@pytest.fixture
def suppress(workspace: Callable[[Mapping[str, str]], Path], rekindle: Run) -> Run:
    """The command in a fresh workspace at noon of 1 November in Moscow."""
    root = workspace(WORKSPACE)

    def call(*arguments: str, now: str = "2026-11-01T12:00") -> Any:
        return rekindle("-C", root, "--now", now, "suppress", *arguments)

    return call


def test_what_is_added_is_listed_until_it_is_lifted(suppress: Run) -> None:
    added = suppress("add", "Anna@Example.com", "пример.рф", "anna@example.com", "--note", "asked by phone")
    again = suppress("add", "anna@example.com", "--json")
    listed = suppress("list", "--json")
    assert (added.code, added.out, added.err) == (0, "", "2 added, 0 stood already\n")
    assert json.loads(again.out) == {"added": 0, "standing": 1}
    assert json.loads(listed.out) == [
        {
            "kind": "address", "key": "anna@example.com", "topic": "", "reason": "manual",
            "since": "2026-11-01T09:00:00Z", "note": "asked by phone",
        },
        {
            "kind": "domain", "key": "xn--e1afmkfd.xn--p1ai", "topic": "", "reason": "manual",
            "since": "2026-11-01T09:00:00Z", "note": "asked by phone",
        },
    ]  # fmt: skip
    lifted = suppress("lift", "anna@example.com", "boris@example.com", now="2026-11-02")
    assert (lifted.code, lifted.err) == (0, "boris@example.com: nothing stood\n1 lifted\n")
    assert [row["key"] for row in json.loads(suppress("list", "--json", now="2026-11-02").out)] == [
        "xn--e1afmkfd.xn--p1ai"
    ]


def test_a_topic_is_suppressed_and_lifted_by_itself(suppress: Run) -> None:
    suppress("add", "anna@example.com", "--topic", "offers")
    suppress("add", "anna@example.com")
    suppress("lift", "anna@example.com", "--topic", "offers", now="2026-11-02")
    rows = json.loads(suppress("list", "anna@example.com", "--json", now="2026-11-02").out)
    assert [row["topic"] for row in rows] == [""]
    suppress("lift", "anna@example.com", now="2026-11-03")
    assert json.loads(suppress("list", "--json", now="2026-11-03").out) == []


def test_the_list_comes_as_a_table_csv_and_ndjson(suppress: Run) -> None:
    assert (suppress("list").out, suppress("list").err) == ("", "nothing is suppressed\n")
    suppress("add", "a@example.com", "b@example.com", "--note", "=cmd|' /C calc'!A0")
    table, csv, rows = suppress("list"), suppress("list", "--format", "csv"), suppress("list", "--format", "ndjson")
    assert table.out.splitlines()[0].split() == ["kind", "key", "topic", "reason", "since", "note"]
    assert csv.out.splitlines()[1] == "address,a@example.com,,manual,2026-11-01T09:00:00Z,'=cmd|' /C calc'!A0"
    assert [json.loads(line)["key"] for line in rows.out.splitlines()] == ["a@example.com", "b@example.com"]


@pytest.mark.parametrize("verb", ["add", "lift", "list"])
def test_what_is_neither_address_nor_domain_is_refused_and_nothing_is_done(suppress: Run, verb: str) -> None:
    good = [] if verb == "list" else ["anna@example.com"]
    ran = suppress(verb, *good, "not an address")
    assert ran.code == 2
    assert "neither an address nor a domain: not an address; write anna@example.com or example.com" in ran.err
    assert json.loads(suppress("list", "--json").out) == []


def test_an_unknown_topic_is_refused_with_the_nearest_known(suppress: Run) -> None:
    ran = suppress("add", "anna@example.com", "--topic", "ofers")
    assert (ran.code, ran.err) == (2, "rekindle: rekindle.yml has no topic 'ofers'; did you mean 'offers'?\n")


def test_a_file_is_brought_in_as_by_import_suppressions(suppress: Run, tmp_path: Path) -> None:
    file = tmp_path / "never.csv"
    file.write_text("email,reason,since,topic\nAnna@Example.com,bounced,2026-10-01,\n", encoding="utf-8")
    ran = suppress("import", str(file))
    rows = json.loads(suppress("list", "--json").out)
    assert (ran.code, [(row["key"], row["reason"], row["since"]) for row in rows]) == (
        0, [("anna@example.com", "bounced", "2026-09-30T21:00:00Z")],
    )  # fmt: skip
