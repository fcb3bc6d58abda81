"""`rekindle report` on rows in a real store, from the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sent_rows import START, Rows

from rekindle.store.opening import open_store
from rekindle.workspace.freeze import freeze
from rekindle.workspace.load import parse_workspace

CAMPAIGN = """\
description: To buyers who fell silent
topic: offers
segment: all
subject: Hello
template: winback.html
holdout: 20%
goal: {bought: {within: 7 days}}
cost: {fixed: 50, per_letter: 0.10}
"""
FILES = {
    "rekindle.yml": """\
organisation: {name: Shop, address: "1 High Street", url: https://shop.example}
from: Shop <hello@shop.example>
timezone: UTC
currency: GBP
locale: en_GB
topics: {offers: Offers}
""",
    "segments/all.yml": "where: {everyone: true}\n",
    "campaigns/win-back.yml": CAMPAIGN,
    "templates/winback.html": '<html><body>Hello <a href="{{ links.unsubscribe }}">leave</a></body></html>\n',
}
LATER = "2026-12-01"

Run = Callable[..., Any]


def frozen(**changes: str) -> str:
    """The frozen texts of the campaign, where `changes` replaces parts of its definition."""
    text = CAMPAIGN
    for old, new in changes.items():
        text = text.replace({"goal": "within: 7 days"}[old], new)
    workspace, problems = parse_workspace({**FILES, "campaigns/win-back.yml": text})
    assert workspace is not None, problems
    return freeze(workspace, workspace.campaigns["win-back"])


def one_period(rows: Rows, period: str, started: datetime = START, **values: Any) -> None:
    """400 written to of whom 40 buy on the fifth day, 100 held out of whom 5 buy; every order is £20."""
    mailing = rows.mailing(period, campaign=values.pop("campaign", "win-back"), started_at=started, **values)
    for number in range(500):
        contact, held = rows.contact(), number % 5 == 0
        rows.member(mailing, contact, "holdout" if held else "letter")
        if not held:
            rows.delivery(mailing, contact, at=started)
            if number % 4 == 1:
                rows.event("opened", mailing, contact, started + timedelta(hours=1))
        if number % 100 in ((0,) if held else (1, 12, 23, 34, 42, 53, 64, 76)):
            rows.order(contact, started + timedelta(days=5), 2000)


@pytest.fixture
def shop(workspace: Callable[[Mapping[str, str]], Path]) -> Path:
    """A workspace and its store with two periods of one campaign."""
    root = workspace(FILES)
    rows = Rows()
    one_period(rows, "2026-10", frozen=frozen())
    one_period(rows, "2026-11", START + timedelta(days=31), frozen=frozen())
    keep(root, rows)
    return root


def keep(root: Path, rows: Rows) -> None:
    store = open_store(f"sqlite:///{root / 'rekindle.db'}")
    with store.writing() as connection:
        rows.store(connection)
    store.close()


def document(ran: Any) -> Any:
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_the_latest_period_by_intention_to_treat(rekindle: Run, shop: Path) -> None:
    """10 % of 400 against 5 % of 100: five points; money in pounds; a fifth held out is what was drawn."""
    made = document(rekindle("-C", shop, "--now", LATER, "--json", "report", "win-back"))

    assert made["periods"] == ["2026-11"]
    letter, holdout = made["arms"]["letter"], made["arms"]["holdout"]
    assert [letter[name] for name in ("audience", "sent", "opened", "converted", "revenue")] == [
        400,
        400,
        100,
        40,
        800.0,
    ]
    assert [holdout[name] for name in ("audience", "sent", "converted", "revenue")] == [100, 0, 5, 100.0]
    assert made["lift"]["letter"]["conversion"]["difference"] == pytest.approx(0.05)
    assert made["lift"]["letter"]["revenue_per_contact"]["difference"] == pytest.approx(1.0)
    assert (made["money"]["cost"], made["money"]["cost_per_sale"]) == (90.0, 2.25)
    assert made["money"]["incremental_revenue"] == pytest.approx(400.0)
    assert made["sample_ratio"] == {"p_value": pytest.approx(1.0), "ok": True}
    assert made["goal"] == ["7 days"]


def test_one_period_or_all(rekindle: Run, shop: Path) -> None:
    """--period takes that one, --all pools them: the same lift, a narrower interval."""
    one = document(rekindle("-C", shop, "--now", LATER, "--json", "report", "win-back", "--period", "2026-10"))
    both = document(rekindle("-C", shop, "--now", LATER, "--json", "report", "win-back", "--all"))
    narrow, wide = (made["lift"]["letter"]["conversion"] for made in (both, one))

    assert (one["periods"], both["periods"]) == (["2026-10"], ["2026-10", "2026-11"])
    assert narrow["difference"] == pytest.approx(wide["difference"])
    assert narrow["high"] - narrow["low"] < wide["high"] - wide["low"]
    assert both["arms"]["letter"]["audience"] == 800
    assert both["money"]["cost"] == 180.0


def test_the_definition_is_the_one_frozen_into_the_mailing(rekindle: Run, workspace: Any) -> None:
    """The goal was 3 days when it was sent: orders of the fifth day do not count, whatever the file says now."""
    root, rows = workspace(FILES), Rows()
    one_period(rows, "2026-10", frozen=frozen(goal="within: 3 days"))
    keep(root, rows)
    made = document(rekindle("-C", root, "--now", LATER, "--json", "report", "win-back"))

    assert (made["goal"], made["goal_is_default"]) == (["3 days"], False)
    assert made["arms"]["letter"]["converted"] == 0
    assert made["verdict"] is None


def test_history_of_a_campaign_that_is_defined_nowhere(rekindle: Run, workspace: Any) -> None:
    """The default goal of 14 days, said to be one; sizes cannot be tested; no cost."""
    root, rows = workspace(FILES), Rows()
    one_period(rows, "2026-10", campaign="old-letter", imported=True)
    keep(root, rows)
    made = document(rekindle("-C", root, "--now", LATER, "--json", "report", "old-letter"))
    said = rekindle("-C", root, "--now", LATER, "report", "old-letter").out

    assert (made["goal"], made["goal_is_default"]) == (["14 days"], True)
    assert made["lift"]["letter"]["conversion"]["difference"] == pytest.approx(0.05)
    assert made["sample_ratio"] == {"p_value": None, "ok": True}
    assert "none was set: the default" in " ".join(said.split())


def test_nothing_after_the_moment_of_the_command(rekindle: Run, shop: Path) -> None:
    """At two days into the first period nobody has bought yet, and the second does not exist."""
    made = document(rekindle("-C", shop, "--now", "2026-10-03T07:00", "--json", "report", "win-back", "--all"))

    assert made["periods"] == ["2026-10"]
    assert (made["arms"]["letter"]["sent"], made["arms"]["letter"]["converted"]) == (400, 0)
    assert (made["complete"], made["verdict"]) == (False, None)


def test_words_on_stdout_files_where_asked(rekindle: Run, shop: Path, tmp_path: Path) -> None:
    """The terminal's words, the page and the table, each saying the same."""
    page, table = tmp_path / "out.html", tmp_path / "out.csv"
    ran = rekindle("-C", shop, "--now", LATER, "report", "win-back", "--html", page, "--csv", table)
    [letter, _] = csv.DictReader(table.read_text("utf-8").splitlines())

    assert ran.code == 0
    assert "Of every 100 who got the letter 5.0 more bought than of those who did not" in " ".join(ran.out.split())
    assert "Of every 100 who got the letter 5.0 more bought than of those who did not" in page.read_text("utf-8")
    assert (letter["arm"], letter["converted"], letter["conversion_difference"]) == ("letter", "40", "0.05")
    assert "\x1b[" not in ran.out
    assert ran.err.splitlines() == [f"written: {page}", f"written: {table}"]


def test_all_campaigns_in_a_line_each(rekindle: Run, shop: Path) -> None:
    """Without a name: every campaign that was sent, its periods pooled."""
    [line] = document(rekindle("-C", shop, "--now", LATER, "--json", "report"))
    words = rekindle("-C", shop, "--now", LATER, "report").out.splitlines()

    assert (line["campaign"], line["periods"], line["sent"]) == ("win-back", ["2026-10", "2026-11"], 800)
    assert line["overall"]["conversion"]["difference"] == pytest.approx(0.05)
    assert len(words) == 2
    assert words[1].split()[:4] == ["win-back", "2", "800", "80"]


def test_a_campaign_that_was_never_sent(rekindle: Run, workspace: Any) -> None:
    """It is known, there is just nothing to say."""
    root = workspace(FILES)
    ran = rekindle("-C", root, "report", "win-back")

    assert (ran.code, "Nothing has been sent yet, so there is nothing to report." in ran.out) == (0, True)
    assert document(rekindle("-C", root, "--json", "report")) == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["win-bakc"], 2, "rekindle: no campaign 'win-bakc' (did you mean 'win-back'?)"),
        (
            ["win-back", "--period", "2026-12"],
            2,
            "rekindle: campaign 'win-back' has no period '2026-12' (did you mean '2026-11'?)",
        ),
        (
            ["win-back", "--period", "2026-10", "--all"],
            2,
            "rekindle: --period and --all cannot both be meant; give one of them",
        ),
        (["--all"], 2, "rekindle: --period, --all, --html and --csv are of one campaign; name it"),
        (
            ["win-back", "--html", "/nowhere/at/all.html"],
            1,
            "rekindle: /nowhere/at/all.html cannot be written: No such file or directory; give another file",
        ),
    ],
)
def test_what_cannot_be_meant_is_said(rekindle: Run, shop: Path, arguments: list[str], code: int, said: str) -> None:
    """One line on stderr, nothing on stdout."""
    ran = rekindle("-C", shop, "--now", LATER, "report", *arguments)

    assert (ran.code, ran.err.strip(), ran.out) == (code, said, "")


def test_the_moment_of_a_report_is_aware(rekindle: Run, shop: Path) -> None:
    """`as_of` in JSON carries its offset."""
    made = document(rekindle("-C", shop, "--now", LATER, "--json", "report", "win-back"))

    assert datetime.fromisoformat(made["as_of"]) == datetime(2026, 12, 1, tzinfo=UTC)
