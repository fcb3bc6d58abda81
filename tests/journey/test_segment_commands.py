"""`rekindle segment` and `rekindle status` as a marketer calls them: the real command on a real workspace and store."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.journey.conftest import ON_SQLITE

NOW = ("--now", "2026-11-01T12:00")
FILES = {
    "rekindle.yml": """
organisation: {name: Shop, address: "1 High Street", url: "https://shop.example"}
from: Shop <hello@shop.example>
locale: en_GB
timezone: Europe/Moscow
currency: EUR
topics: {offers: Offers}
attributes: {shop_area: number, brands: list}
""",
    "segments/silent.yml": """
description: Bought, and silent for 90 days
where:
  - bought: true
  - not_bought: {within: 90 days}
tests:
  - name: silent for 91 days
    as_of: 2026-11-01
    contact: {channel: vk}
    orders: [{placed_at: 2026-08-02, amount: 900}]
    expect: in
  - {name: bought yesterday, as_of: 2026-11-01, orders: [{placed_at: 2026-10-31, amount: 1}], expect: out}
""",
    "segments/vk.yml": "where: {channel: vk}\n",
    "segments/statuses.yml": """
statuses:
  - {name: active, label: Active, when: {bought: {within: 90 days}}}
  - {name: idle, label: Idle, when: {bought: true}}
  - {name: potential, otherwise: true}
""",
    "contacts.csv": """external_id,email,first_name,channel,tags,created_at
1,anna@x.example,Anna,VK,a|b,2026-01-01
2,boris@x.example,Boris,site,,2026-01-01
3,,Clara,vk,,2026-01-01
""",
    "orders.csv": """number,external_id,placed_at,amount
10,1,2026-05-01,100.50
11,1,2026-06-01,50
12,2,2026-10-20,20
""",
}
Call = Callable[..., Any]


@pytest.fixture
def shop(workspace: Callable[[Mapping[str, str]], Path], rekindle: Call, database_url: str) -> Call:
    """The command on a workspace with three contacts and three orders, on each database."""
    root = workspace(FILES)
    options = ("-C", root, "--database", database_url, *NOW)
    for kind in ("contacts", "orders"):
        ran = rekindle(*options, "import", kind, root / f"{kind}.csv")
        assert (ran.code, ran.err[-200:]) == (0, ran.err[-200:])
    return lambda *arguments: rekindle(*options, *arguments)


def test_members_in_every_shape(shop: Call) -> None:
    """CSV columns by default id, external_id, email in order of id; other columns and orders when asked."""
    assert shop("segment", "members", "vk", "--format", "csv").out == "id,external_id,email\n1,1,anna@x.example\n3,3,\n"
    assert shop("segment", "members", "vk", "--format", "emails").out == "anna@x.example\n"
    wanted = ("--columns", "external_id,revenue,last_order_at,tags", "--sort", "-revenue")
    rows = list(
        csv.reader(io.StringIO(shop("segment", "members", "--where", "everyone: true", "--format", "csv", *wanted).out))
    )
    assert rows[1:] == [
        ["1", "150.5", "2026-06-01T00:00:00+03:00", "a|b"],
        ["2", "20", "2026-10-20T00:00:00+03:00", ""],
        ["3", "0", "", ""],
    ]
    lines = shop("segment", "members", "vk", "--format", "ndjson", "--columns", "id,orders").out.splitlines()
    assert [json.loads(line) for line in lines] == [{"id": 1, "orders": 2}, {"id": 3, "orders": 0}]
    assert json.loads(shop("--json", "segment", "members", "silent").out) == [
        {"id": 1, "external_id": "1", "email": "anna@x.example"}
    ]
    table = shop("segment", "members", "vk").out.splitlines()
    assert table[0].split() == ["id", "external_id", "email"]
    assert shop("segment", "members", "--where", "any: []", "--format", "json").out == "[\n]\n"


def test_counts_of_one_and_of_all(shop: Call) -> None:
    """JSON {segment, as_of, count, of}; an array of them without a name."""
    one = json.loads(shop("--json", "segment", "count", "silent").out)
    assert one == {"segment": "silent", "as_of": "2026-11-01T12:00:00+03:00", "count": 1, "of": 3}
    every = json.loads(shop("--json", "segment", "count").out)
    assert [(row["segment"], row["count"]) for row in every] == [("silent", 1), ("vk", 2)]
    assert "1 of 3" in shop("segment", "count", "silent").out
    assert json.loads(shop("--json", "segment", "count", "--where", "channel: site").out)["count"] == 1


def test_an_explanation_shows_every_part_with_its_value(shop: Call) -> None:
    """{member, tree}: each node true or false with the value that decided."""
    found = json.loads(shop("--json", "segment", "explain", "silent", "boris@x.example").out)
    assert (found["member"], found["tree"]["holds"]) == (False, False)
    assert [(part["condition"], part["holds"]) for part in found["tree"]["parts"]] == [
        ("bought: true", True),
        ("not", False),
    ]
    assert found["tree"]["parts"][0]["value"] == "1 paid order, 2026-10-20 00:00, 12 days ago"
    words = shop("segment", "explain", "silent", "anna@x.example").out
    assert words.splitlines()[0] == "anna@x.example is in silent, as of 2026-11-01 12:00"
    assert "✓ not_bought: {within: 90 days}  ← 0 of 2 paid orders, the last 2026-06-01 00:00, 153 days ago" in words
    assert shop("segment", "explain", "boris@x.example", "--where", "channel: site").out.startswith(
        "boris@x.example is in"
    )


def test_the_statement_and_the_sentence(shop: Call) -> None:
    """`sql` shows one statement with its values, `phrase` says the segment in either language."""
    shown = json.loads(shop("--json", "segment", "sql", "vk").out)
    assert shown["sql"].count("SELECT") == 1
    assert "vk" in shown["values"].values()
    assert shop("segment", "phrase", "silent").out == ("Contacts who bought and did not buy within the last 90 days.\n")
    assert shop("segment", "phrase", "silent", "--language", "ru").out == (
        "Контакты, которые покупали и не покупали за последние 90 дней.\n"
    )


def test_tests_inside_segments_run_and_a_failure_shows_its_tree(shop: Call, tmp_path: Path) -> None:
    """Exit 0 when all hold; else 1, with file, line and the tree."""
    assert shop("segment", "test").code == 0
    file = tmp_path / "workspace" / "segments" / "silent.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("2026-08-02", "2026-08-04"), encoding="utf-8")
    failed = shop("segment", "test", "silent")
    assert failed.code == 1
    assert failed.out.splitlines()[0] == "segments/silent.yml:7:5: silent: silent for 91 days: expected in, is out"
    assert "✗ not" in failed.out


@ON_SQLITE
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("segment", "count", "slent"), 2, "there is no segment 'slent' in segments/; did you mean 'silent'?"),
        (("segment", "count", "vk", "--where", "channel: vk"), 2, "--where stands in place of NAME"),
        (("segment", "members"), 2, "name a segment"),
        (("segment", "members", "vk", "--columns", "id,chanel"), 2, "unknown column 'chanel'; did you mean 'channel'?"),
        (("segment", "count", "--where", "chanel: vk"), 1, "--where:1:1: unknown field or condition 'chanel'"),
        (("segment", "count", "--where", "segment: slent"), 1, "--where:1:10: unknown segment 'slent'"),
        (("segment", "count", "--where", "a: ["), 1, "--where:1:"),
        (("segment", "count", "--where", ""), 1, "--where:1:1:"),
        (("segment", "explain", "vk", "nobody@x.example"), 1, "there is no contact 'nobody@x.example'"),
        (("status", "set", "anna@x.example", "actve"), 2, "there is no status 'actve'; did you mean 'active'?"),
        (("status", "refresh", "--every", "1d"), 2, "--every needs --from DATE"),
    ],
)
def test_wrong_calls_are_told_in_words(shop: Call, arguments: tuple[str, ...], code: int, words: str) -> None:
    """The exit code of COMMANDS and what to do next; never a traceback."""
    ran = shop(*arguments)
    assert ran.code == code
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_statuses_from_refresh_to_pin(shop: Call) -> None:
    """Refresh writes, list counts with dwell, set pins; a segment warns of a ladder that is stale."""
    assert "was never refreshed" in shop("segment", "count", "--where", "status: idle").err
    assert shop("status", "refresh").out == "status: 3 changed\n"
    assert shop("status", "refresh").out == "status: 0 changed\n"
    listed = json.loads(shop("--json", "status", "list").out)
    assert [(row["status"], row["count"], row["median_days"]) for row in listed] == [
        ("active", 1, 0), ("idle", 1, 0), ("potential", 1, 0),
    ]  # fmt: skip
    warned = shop("segment", "members", "--where", "status: idle", "--format", "csv")
    assert (warned.out, warned.err) == ("id,external_id,email\n1,1,anna@x.example\n", "")
    assert shop("status", "set", "anna@x.example", "active", "--until", "2026-12-01").code == 0
    assert json.loads(shop("--json", "segment", "count", "--where", "status: active").out)["count"] == 2


def test_the_history_is_filled_backwards(shop: Call) -> None:
    """--from DATE --every D: a row where the status changed on the way; Anna fell silent in September."""
    shop("status", "refresh", "--from", "2026-05-02", "--every", "1mo")
    held = "status: {in: [idle], for_at_least: 30 days}"
    assert json.loads(shop("--json", "segment", "count", "--where", held).out)["count"] == 1


def test_who_entered_and_left_in_time_and_what_moved_each(shop: Call) -> None:
    """{before, after, entered, left}: each contact with the condition that changed; the counts add up."""
    found = json.loads(shop("--json", "segment", "diff", "silent", "--since", "90 days ago").out)
    assert (found["segment"], found["before"], found["after"], found["left"]) == ("silent", 0, 1, [])
    assert found["since"] == "2026-08-03T12:00:00+03:00"
    moved = {
        "condition": "bought: {within: 90 days}",
        "holds": False,
        "before": "1 paid order, 2026-06-01 00:00, 63 days ago",
        "after": "0 of 2 paid orders, the last 2026-06-01 00:00, 153 days ago",
    }
    assert found["entered"] == [{"id": 1, "external_id": "1", "email": "anna@x.example", "by": [moved]}]
    words = shop("segment", "diff", "silent", "--since", "2026-08-01").out.splitlines()
    assert words[0] == "silent: 0 at 2026-08-01T00:00, 1 now: 1 in, 0 out"
    assert words[1].split() == ["in", "1", "✗", "bought:", "{within:", "90", "days}"]
    came = json.loads(shop("--json", "segment", "diff", "--where", "channel: vk", "--since", "2025-01-01").out)
    assert [one["by"][0]["condition"] for one in came["entered"]] == ["came into the store", "came into the store"]
    left = shop(
        "segment", "diff", "--where", "bought: {within: 90 days}", "--since", "2026-08-03", "--format", "csv"
    ).out
    assert [line.split(",")[:3] for line in left.splitlines()[1:]] == [["entered", "2", "2"], ["left", "1", "1"]]


def test_a_changed_definition_against_the_standing_one(shop: Call, tmp_path: Path) -> None:
    """Who enters by what the standing one keeps out, who leaves by what FILE does; faults are FILE's."""
    file = tmp_path / "changed.yml"
    file.write_text("where: [channel: site, bought: {within: 90 days}]\n", encoding="utf-8")
    found = json.loads(shop("--json", "segment", "diff", "silent", "--against", file).out)
    assert (found["before"], found["after"]) == (1, 1)
    by = {side: [(one["id"], [part["condition"] for part in one["by"]]) for one in found[side]]
          for side in ("entered", "left")}  # fmt: skip
    assert by["entered"] == [(2, ["bought: {within: 90 days}"])]
    assert by["left"] == [(1, ["channel: site", "bought: {within: 90 days}"])]
    file.write_text("where: [segment: silent, chanel: vk]\n", encoding="utf-8")
    broken = shop("segment", "diff", "silent", "--against", file)
    assert (broken.code, f"{file}:1:26: unknown field or condition 'chanel'" in broken.err + broken.out) == (1, True)
    file.write_text("where: [segment: silent]\n", encoding="utf-8")
    circle = shop("segment", "diff", "silent", "--against", file)
    assert (circle.code, "the segment asks for itself through 'silent'" in circle.err + circle.out) == (1, True)


@ON_SQLITE
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--since WHEN, or --against FILE"), (("--since", "2027-01-01"), "is not in the past"),
        (("--since", "soon"), "'soon' is not a time"), (("--since", "today", "--against", "x"), "--since WHEN, or"),
    ],
)  # fmt: skip
def test_a_diff_of_nothing_is_wrong_usage(shop: Call, options: tuple[str, ...], words: str) -> None:
    """Exit 2, with what may be written."""
    ran = shop("segment", "diff", "silent", *options)
    assert (ran.code, words in ran.err) == (2, True)


def test_overlaps_of_segments(shop: Call) -> None:
    """Every choice of them: how many are in all, and how many of those in no other."""
    found = json.loads(shop("--json", "segment", "overlap", "silent", "vk", "--where", "bought: true").out)
    assert [(row["segments"], row["count"], row["only"]) for row in found] == [
        (["silent"], 1, 0), (["vk"], 2, 1), (["where: bought: true"], 2, 1), (["silent", "vk"], 1, 0),
        (["silent", "where: bought: true"], 1, 0), (["vk", "where: bought: true"], 1, 0),
        (["silent", "vk", "where: bought: true"], 1, 1),
    ]  # fmt: skip
    assert "silent & vk" in shop("segment", "overlap", "silent", "vk").out
    assert shop("segment", "overlap", "silent").code == 2


def test_the_base_across_and_down(shop: Call) -> None:
    """Any two fields, statuses and lists too, by contacts or by revenue, of a segment or of all."""
    assert shop("status", "refresh").code == 0
    found = json.loads(shop("--json", "segment", "crosstab", "channel", "status").out)
    assert (found["rows"], found["columns"]) == (["VK", "site"], ["active", "idle", "potential"])
    assert (found["cells"], found["row_totals"], found["total"]) == ([[0, 1, 1], [1, 0, 0]], [2, 1], 3)
    money = json.loads(shop("--json", "segment", "crosstab", "tags", "orders", "--value", "revenue").out)
    assert (money["rows"], money["cells"], money["total"]) == (
        ["a", "b", "—"],
        [[0, 0, 150.5], [0, 0, 150.5], [0, 20, 0]],
        170.5,
    )
    table = shop("segment", "crosstab", "channel", "last_order_at", "--segment", "vk").out.splitlines()
    assert [table[0].split(), table[-1].split()] == [["channel", "\\", "last_order_at", "2026-06", "—", "total"],
                                                     ["total", "1", "1", "2"]]  # fmt: skip
    csv_rows = shop("segment", "crosstab", "channel", "status", "--format", "csv").out.splitlines()
    assert csv_rows[1:] == ["VK,0,1,1,2", "site,1,0,0,1", "total,1,1,1,3"]
    wrong = shop("segment", "crosstab", "chanel", "status")
    assert (wrong.code, "did you mean 'channel'?" in wrong.err) == (2, True)


def test_bounds_that_no_test_holds_are_named(shop: Call, tmp_path: Path) -> None:
    """A move that a test notices is held; the exit is that of the tests."""
    ran = shop("segment", "test", "silent", "--mutate")
    assert (ran.code, ran.out.splitlines()) == (
        0,
        ["segments/silent.yml:5:18: no test notices 81 days for 90 days in bought: {within: 90 days}"],
    )
    found = json.loads(shop("--json", "segment", "test", "--mutate").out)
    assert [(one["segment"], one["moved_to"], one["held"]) for one in found["bounds"]] == [
        ("silent", "81 days", False), ("silent", "99 days", True),
    ]  # fmt: skip
    assert [one["passed"] for one in found["tests"]] == [True, True]
    assert "no test holds" not in shop("check").out
    file = tmp_path / "workspace" / "segments" / "silent.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("2026-08-02", "2026-06-01"), encoding="utf-8")
    checked = shop("check")
    assert (
        "segments/silent.yml:5:18: warning: no test holds 90 days in 'bought: {within: 90 days}' (with 81 days or 99"
        in (checked.out)
    )
    assert checked.code == 0


def test_a_condition_is_tried_with_the_tests_of_a_segment(shop: Call) -> None:
    """`segment test NAME --where`: what a changed condition does to the tests that stand; it has none of its own."""
    assert shop("segment", "test", "silent").code == 0
    ran = shop("segment", "test", "silent", "--where", "bought: false")
    assert (ran.code, "expected in, is out" in ran.out) == (1, True)
    alone = shop("segment", "test", "--where", "bought: true")
    assert (alone.code, "name the segment whose tests" in alone.err) == (2, True)


def test_who_moved_from_where_to_where(shop: Call) -> None:
    """Counts of every pair of statuses, who came and who stayed; the contacts with --who; a short history is said."""
    for moment in ("2026-06-02", "2026-09-15"):
        assert shop("status", "refresh", "--from", moment, "--every", "1y").code == 0
    found = json.loads(shop("--json", "status", "flow", "--since", "2026-07-01", "--who").out)
    assert found["moves"] == [
        {"from": "active", "to": "idle", "count": 1}, {"from": "potential", "to": "active", "count": 1},
        {"from": "potential", "to": "potential", "count": 1},
    ]  # fmt: skip
    assert [(one["id"], one["from"], one["to"], one["since"][:10]) for one in found["contacts"]] == [
        (1, "active", "idle", "2026-09-15"), (2, "potential", "active", "2026-11-01"),
    ]  # fmt: skip
    came = shop("status", "flow", "--since", "2025-01-01", "--format", "csv")
    assert came.out.splitlines()[1:] == ["(new),active,1", "(new),idle,1", "(new),potential,1"]
    assert "the history of 'status' begins on 2026-06-02; `rekindle status refresh --from 2025-01-01`" in came.err
    assert shop("status", "flow", "--since", "2027-01-01").code == 2


def test_the_plan_against_what_is(shop: Call, tmp_path: Path) -> None:
    """Exit 7 where a status or the growth is below plan, 0 where all is met; a wrong word is a problem of the file."""
    file = tmp_path / "workspace" / "rekindle.yml"
    text = file.read_text(encoding="utf-8")
    assert shop("status", "plan").code == 1
    shop("status", "refresh", "--from", "2026-10-01", "--every", "7d")

    def plan(targets: str, *options: str) -> Any:
        file.write_text(text + f"targets: {targets}\n", encoding="utf-8")
        return shop(*options, "status", "plan")

    below = plan("{2026-11: {status: {active: 2, idle: 1}}}")
    assert (below.code, below.out.splitlines()[1].split()[:5]) == (7, ["status", "active", "1", "of", "2,"])
    met = plan("{2026-Q4: {status: {active: 1}}}", "--json")
    row = {"ladder": "status", "status": "active", "label": "Active", "planned": 1, "actual": 1, "at_start": 0,
           "entered": 1, "ok": True}  # fmt: skip
    document = json.loads(met.out)
    assert (met.code, document["statuses"], document["over"]) == (0, [row], False)
    assert document["growth"] == {"base": 3, "gained": 0, "needed": 2, "ok": False, "planned": False}
    assert plan("{period: quarter, growth: sqrt}").code == 7
    wrong = plan("{2026-11: {status: {activ: 2}, warmt: {hot: 1}}}")
    assert (wrong.code, wrong.err.count("rekindle.yml:9:")) == (1, 2)
    assert "the ladder 'status' has no status 'activ' (did you mean 'active'?)" in wrong.err


def test_why_a_contact_stands_where_it_stands(shop: Call) -> None:
    """The history's word, then each rule down to the first that holds, with its tree; a pin stands before the rule."""
    shop("status", "refresh")
    found = json.loads(shop("--json", "status", "explain", "anna@x.example").out)
    assert (found["status"], found["by_rule"], found["pinned"]) == ("idle", "idle", False)
    assert [(one["status"], one["holds"], one["tree"]["value"]) for one in found["rungs"]] == [
        ("active", False, "0 of 2 paid orders, the last 2026-06-01 00:00, 153 days ago"),
        ("idle", True, "2 paid orders, the last 2026-06-01 00:00, 153 days ago"),
    ]
    clara = shop("status", "explain", "3").out.splitlines()
    assert (clara[0], clara[-2:]) == ("3: potential since 2026-11-01 12:00", ["✓ potential", "  otherwise"])
    shop("status", "set", "anna@x.example", "active", "--until", "2026-12-01")
    pinned = shop("status", "explain", "anna@x.example").out.splitlines()[0]
    assert pinned.endswith("active since 2026-11-01 12:00, pinned until 2026-12-01 00:00; by rule idle now")
    assert shop("status", "explain", "nobody@x.example").code == 1
