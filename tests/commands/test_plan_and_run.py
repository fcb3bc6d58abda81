from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from rekindle.model.address import address_key
from rekindle.store.leases import leased, sending_lease
from rekindle.store.mailings import NewMailing, insert_mailing
from rekindle.store.opening import open_store
from rekindle.store.tables import consent, contact, delivery, mailing
from rekindle.workspace.freeze import freeze
from rekindle.workspace.load import load_workspace

ROOT = Path(__file__).parents[2]
NOW = "2026-11-01T09:05"
FILES = {
    ".env": "REKINDLE_SMTP_URL=eml:letters\nREKINDLE_SECRET_KEY=0123456789abcdef\n"
    "REKINDLE_PUBLIC_URL=https://mail.example.com\n",
    "rekindle.yml": 'organisation: {name: Shop, address: "1 High Street", url: https://shop.example}\n'
    "from: Shop <hello@shop.example>\ntimezone: UTC\ncurrency: EUR\ntopics: {offers: Offers}\n",
    "segments/all.yml": "where: {everyone: true}\n",
    "campaigns/winback.yml": 'topic: offers\nsegment: all\nsubject: "Hello {{ contact.first_name }}"\n'
    'template: winback.txt\nholdout: 0\nschedule: {cron: "0 9 1 * *", max_lateness: 12 hours}\n'
    "offers: [{discount: 10%, code: BACK}]\n",
    "templates/winback.txt": "{{ contact.first_name }}, come back! {{ links.unsubscribe }}\n",
}
Write = Callable[[Mapping[str, str]], Path]


def fill(url: str, without_name: int = 0) -> None:
    past = datetime(2025, 11, 1, tzinfo=UTC)
    store = open_store(url)
    with store.writing() as connection:
        for number in range(1, 11):
            email = f"u{number}@post.example"
            name = "" if number == without_name else f"Name{number}"
            row = {"email": email, "address_key": address_key(email), "external_id": f"x{number}", "first_name": name,
                   "first_seen_at": past, "exists_from": past}  # fmt: skip
            connection.execute(insert(contact), row)
            given = {"contact_id": number, "topic": "*", "given": True, "occurred_at": past, "recorded_at": past}
            connection.execute(insert(consent), given)
    store.close()


@pytest.fixture
def shop(workspace: Write, sqlite_url: str) -> Path:
    root = workspace(FILES)
    fill(sqlite_url)
    return root


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.db'}"


def test_plan_json_is_the_contract_s(shop: Path, sqlite_url: str, rekindle: Any) -> None:
    ran = rekindle("-C", shop, "--database", sqlite_url, "--now", NOW, "--json", "plan", "winback")
    assert ran.code == 0
    document = json.loads(ran.out)
    assert {key: document[key] for key in ("campaign", "period", "as_of", "chosen", "held_out", "left_out", "arms",
                                           "problems")} == {
        "campaign": "winback",
        "period": "2026-11",
        "as_of": "2026-11-01T09:05:00+00:00",
        "chosen": 10,
        "held_out": 0,
        "left_out": {},
        "arms": {"letter": 10},
        "problems": [],
    }  # fmt: skip
    assert len(document["hash"]) == 10


def test_plan_in_words_and_its_csv(
    shop: Path, sqlite_url: str, workspace: Write, rekindle: Any, tmp_path: Path
) -> None:
    with_gap = FILES["campaigns/winback.yml"].replace("holdout: 0", "holdout: 20%\ncost: {fixed: 5, per_letter: 0.5}")
    workspace({"campaigns/winback.yml": with_gap})
    out = tmp_path / "all.csv"
    asked = ("-C", shop, "--database", sqlite_url, "plan", "winback", "--period", "p1", "--as-of", NOW)
    ran = rekindle(*asked, "--csv", out)
    assert ran.code == 0
    assert "winback p1: 10 in the segment, as of 2026-11-01 09:05 UTC" in ran.out
    assert "rekindle send winback --period p1 --plan" in ran.out
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [row["external_id"] for row in rows] == [f"x{number}" for number in range(1, 11)]
    assert {(row["verdict"], row["arm"], row["reason"], row["offer"]) for row in rows} <= {
        ("chosen", "letter", "", "10%, BACK"), ("held_out", "holdout", "", "10%, BACK"),
    }  # fmt: skip
    assert rekindle(*asked).out == ran.out


def test_a_plan_says_which_period_it_means_and_what_run_makes_of_it(shop: Path, sqlite_url: str, rekindle: Any) -> None:
    """On the 22nd the 1st is past: that is what `plan` and `send` mean; the next is one command away."""
    plan = ("-C", shop, "--database", sqlite_url, "plan", "winback", "--now")
    late = rekindle(*plan, "2026-11-22T09:00").out
    assert late.startswith("winback 2026-11: ")
    leaves = "longer ago than max_lateness: `run` leaves it, `send` is for you to decide"
    assert f"by the schedule due 2026-11-01 09:00 UTC, {leaves}\n" in late
    ahead = "the next is 2026-12, due 2026-12-01 09:00 UTC: rekindle plan winback --as-of 2026-12-01T09:00\n"
    assert late.endswith(f"  {ahead}")
    assert "due 2026-11-01 09:00 UTC: the next `run` sends it\n" in rekindle(*plan, "2026-11-01T10:00").out
    coming = rekindle(*plan, "2026-11-22T09:00", "--as-of", "2026-12-01T09:00").out
    assert coming.startswith("winback 2026-12: ")
    document = json.loads(rekindle("--json", *plan, "2026-11-22T09:00", "--period", "2026-12").out)
    assert (document["period"], document["due_at"], document["next_period"]) == (
        "2026-12", "2026-12-01T09:00:00+00:00", "2026-12",
    )  # fmt: skip


def test_plan_names_whose_letter_cannot_be_made(workspace: Write, sqlite_url: str, rekindle: Any) -> None:
    root = workspace(FILES)
    fill(sqlite_url, without_name=3)
    ran = rekindle("-C", root, "--database", sqlite_url, "--now", NOW, "plan", "winback")
    assert ran.code == 0
    assert "letter cannot be made" in ran.out
    assert "u3@post.example: " in ran.out
    assert "first_name" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["plan", "winbck"], 2, "did you mean 'winback'"),
        (["plan", "winback", "--period", "a b"], 2, "cannot name a period"),
        (["plan", "winback", "--as-of", "soon"], 2, "'soon' is not a time"),
        (["plan", "winback", "--csv", "/nowhere/x.csv"], 1, "/nowhere/x.csv cannot be written"),
        (["approve", "7"], 1, "there is no mailing 7"),
    ],
)
def test_bad_input_is_said_in_words(
    shop: Path, sqlite_url: str, rekindle: Any, arguments: list[str], code: int, words: str
) -> None:
    ran = rekindle("-C", shop, "--database", sqlite_url, "--now", NOW, *arguments)
    assert ran.code == code
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_run_says_what_it_did_and_then_nothing(shop: Path, sqlite_url: str, rekindle: Any) -> None:
    run = ("-C", shop, "--database", sqlite_url, "--now", NOW, "run")
    first, second = rekindle(*run), rekindle(*run)
    assert (first.code, first.out, first.err) == (0, "mailing 1 winback 2026-11: 10 of 10 sent\n", "")
    assert (second.code, second.out, second.err) == (0, "", "")
    assert len(list((shop / "letters").glob("*.eml"))) == 10


def test_a_missed_period_is_named_on_stderr_and_in_json(shop: Path, sqlite_url: str, rekindle: Any) -> None:
    run = ("-C", shop, "--database", sqlite_url, "--now", "2026-11-03T00:00", "--json", "run")
    ran = rekindle(*run)
    assert ran.code == 0
    assert json.loads(ran.out)["missed"] == [
        {"campaign": "winback", "period": "2026-11", "due_at": "2026-11-01T09:00:00+00:00"}
    ]
    assert ran.err == (
        "winback: period 2026-11 was missed (due 2026-11-01 09:00 UTC, before the first run of this schedule); "
        "it is not sent late\nwinback: the next is 2026-12, due 2026-12-01 09:00 UTC\n"
    )
    assert json.loads(rekindle(*run).out)["missed"] == []


def test_a_held_mailing_exits_6_says_how_to_approve_and_goes_after_it(
    shop: Path, sqlite_url: str, workspace: Write, rekindle: Any
) -> None:
    workspace({"campaigns/winback.yml": FILES["campaigns/winback.yml"] + "guard: {max_audience: 5}\n"})
    call = ("-C", shop, "--database", sqlite_url, "--now", NOW)
    held = rekindle(*call, "run")
    assert held.code == 6
    assert "mailing 1 winback 2026-11 is held: 10 letters are more than guard.max_audience 5" in held.err
    assert "rekindle approve 1" in held.err
    assert rekindle(*call, "approve", "1").code == 0
    assert rekindle(*call, "run").out == "mailing 1 winback 2026-11, taken up: 10 of 10 sent\n"
    again = rekindle(*call, "approve", "1")
    assert (again.code, "is not held, it is done" in again.err) == (2, True)


def test_what_waits_for_a_person_is_6_as_long_as_it_waits_and_said_once_a_day(
    shop: Path, sqlite_url: str, workspace: Write, rekindle: Any
) -> None:
    """Cron mails what it hears, every five minutes; a monitor looks at the code. JSON names it each time."""
    workspace({"campaigns/winback.yml": FILES["campaigns/winback.yml"] + "guard: {max_audience: 5}\n"})
    run = ("-C", shop, "--database", sqlite_url, "run", "--now")
    said = "mailing 1 winback 2026-11 is held: 10 letters are more than guard.max_audience 5\n  rekindle approve 1\n"
    found = [rekindle(*run, f"2026-11-0{moment}") for moment in ("1T09:05", "1T09:10", "2T09:04", "2T09:05", "2T09:10")]
    assert [(ran.code, ran.out, ran.err) for ran in found] == [
        (6, "", said), (6, "", ""), (6, "", ""), (6, "", said), (6, "", ""),
    ]  # fmt: skip
    (held,) = json.loads(rekindle("--json", *run, "2026-11-02T09:15").out)["held"]
    assert (held["id"], held["reason"]) == (1, "10 letters are more than guard.max_audience 5")
    assert rekindle("-C", shop, "--database", sqlite_url, "cancel", "1").code == 0
    gone = rekindle(*run, "2026-11-02T09:20")
    assert (gone.code, gone.out, gone.err) == (0, "", "")


def test_run_while_another_works_says_so_and_exits_0(shop: Path, sqlite_url: str, rekindle: Any) -> None:
    store = open_store(sqlite_url)
    with leased(store, "run", lambda: datetime.now(UTC)):
        ran = rekindle("-C", shop, "--database", sqlite_url, "--now", NOW, "run")
    store.close()
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("already running (process ")


def test_a_mailing_that_is_sent_by_another_is_0_for_run_and_6_for_send(
    shop: Path, sqlite_url: str, rekindle: Any
) -> None:
    """LEDGER 4: for cron there is nothing to do; who asked for this very mailing is refused."""
    call = ("-C", shop, "--database", sqlite_url, "--now", NOW)
    store = open_store(sqlite_url)
    files = load_workspace(shop)
    frozen = freeze(files, files.campaigns["winback"])
    moment = datetime.fromisoformat(NOW + "+00:00")
    with store.writing() as connection:
        insert_mailing(connection, NewMailing("winback", "2026-11", moment, datetime.now(UTC), frozen=frozen))
    with leased(store, sending_lease(1), lambda: datetime.now(UTC)):
        ran, sent = rekindle(*call, "run"), rekindle(*call, "send", "winback", "--period", "2026-11", "--yes")
    store.close()
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("mailing 1 winback 2026-11 is being sent by process ")
    assert (sent.code, "mailing 1 is being sent by process " in sent.err) == (6, True)


def test_without_a_relay_nothing_is_made(shop: Path, sqlite_url: str, workspace: Write, rekindle: Any) -> None:
    workspace({".env": FILES[".env"].replace("REKINDLE_SMTP_URL=eml:letters\n", "")})
    ran = rekindle("-C", shop, "--database", sqlite_url, "--now", NOW, "run")
    assert ran.code != 0
    assert "REKINDLE_SMTP_URL is not set" in ran.err
    assert rekindle("-C", shop, "--database", sqlite_url, "--now", NOW, "--json", "mailing", "list").out.strip() == "[]"


def test_eight_that_start_together_make_one_mailing(workspace: Write, database_url: str) -> None:
    """Real processes: one works, the others say so or find nothing left; nobody gets two letters (LEDGER 4)."""
    root = workspace(FILES)
    fill(database_url)
    command = [sys.executable, ROOT / "cli.py", "-C", root, "--database", database_url, "--now", NOW, "run"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(8)]
    ended = [(process.communicate(timeout=100), process.returncode) for process in processes]
    assert [code for _, code in ended] == [0] * 8, ended
    outputs = [out for (out, _), _ in ended if out]
    assert outputs == ["mailing 1 winback 2026-11: 10 of 10 sent\n"]
    store = open_store(database_url)
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(mailing)) == 1
        states = connection.execute(select(delivery.c.state, func.count()).group_by(delivery.c.state)).all()
    store.close()
    assert [tuple(row) for row in states] == [("sent", 10)]
    assert len(list((root / "letters").glob("*.eml"))) == 10


def test_a_killed_run_is_taken_over_at_once(workspace: Write, sqlite_url: str, rekindle: Any) -> None:
    """kill -9 while it works: the lease of a dead process of this host does not make the next one wait."""
    root = workspace(FILES)
    fill(sqlite_url)
    held = (
        "import sys, time; from datetime import UTC, datetime; from rekindle.store.leases import leased;"
        "from rekindle.store.opening import open_store; store = open_store(sys.argv[1]);"
        "context = leased(store, 'run', lambda: datetime.now(UTC)); context.__enter__(); print('held', flush=True);"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", held, sqlite_url], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert rekindle("-C", root, "--database", sqlite_url, "--now", NOW, "run").err.startswith("already running")
        process.kill()
        process.wait()
        ran = rekindle("-C", root, "--database", sqlite_url, "--now", NOW, "run")
    assert ran.out == "mailing 1 winback 2026-11: 10 of 10 sent\n"


def test_the_call_list_says_whom_to_call_why_and_what_to_offer(
    shop: Path, sqlite_url: str, workspace: Write, rekindle: Any, tmp_path: Path
) -> None:
    """Who is handed over gets no letter and stands in the list; the others do not."""
    workspace({
        "campaigns/winback.yml": FILES["campaigns/winback.yml"] + "hand_over: top\n",
        "segments/top.yml": "description: Our best\nwhere: {city: Paris}\n",
    })  # fmt: skip
    people, orders = tmp_path / "people.csv", tmp_path / "orders.csv"
    people.write_text(
        "external_id,email,first_name,last_name,phone,manager,city,consent\n"
        "b,b@post.example,Bob,Smith,+44 1632 960001,Ann,Paris,*\nc,c@post.example,Cat,,,,Paris,*\n"
    )
    orders.write_text(
        "number,external_id,placed_at,amount,status\n1,b,2026-05-01,30.50,paid\n2,b,2026-08-01,1000,paid\n"
        "3,b,2026-09-01,5,open\n4,b,2026-10-01,7,refunded\n"
    )
    before = ("-C", shop, "--database", sqlite_url, "--now", NOW)
    for kind, file in (("contacts", people), ("orders", orders)):
        assert rekindle(*before, "import", kind, file).code == 0
    calls = tmp_path / "calls.csv"
    ran = rekindle(*before, "plan", "winback", "--hand-over", calls, "--csv", tmp_path / "all.csv")
    assert ran.code == 0
    assert f"to be called, 2: {calls}\n" in ran.err
    rows = list(csv.DictReader(calls.read_text(encoding="utf-8").splitlines()))
    assert [row.pop("phone").lstrip("'") for row in rows] == ["+44 1632 960001", ""]
    assert rows == [
        {"name": "Bob Smith", "manager": "Ann", "why": "Our best; paid orders: 2, 1,030.50 EUR, the last on 2026-08-01",
         "offer": "10%, BACK", "external_id": "b", "email": "b@post.example"},
        {"name": "Cat", "manager": "", "why": "Our best", "offer": "10%, BACK", "external_id": "c",
         "email": "c@post.example"},
    ]  # fmt: skip
    assert rekindle(*before, "plan", "winback", "--hand-over", "/nowhere/x.csv").code == 1


def test_an_unattended_run_that_is_held_or_fails_notifies_once_a_day(
    sqlite_url: str, workspace: Write, rekindle: Any
) -> None:
    """The letter says what to type; a relay that does not take it is said on stderr, and the code stays."""
    shop = workspace({
        **FILES,
        "campaigns/winback.yml": FILES["campaigns/winback.yml"] + "guard: {max_audience: 3}\n",
        "rekindle.yml": FILES["rekindle.yml"] + "notify: chef@shop.example\n",
    })  # fmt: skip
    fill(sqlite_url)
    run = ("-C", shop, "--database", sqlite_url, "run", "--now")
    assert rekindle(*run, NOW).code == 6
    (notice,) = (shop / "letters").glob("*.eml")
    text = notice.read_text(encoding="utf-8")
    assert "To: chef@shop.example" in text
    assert "rekindle approve 1" in text
    assert (rekindle(*run, "2026-11-01T09:10").code, len(list((shop / "letters").glob("*.eml")))) == (6, 1)

    workspace({".env": FILES[".env"].replace("eml:letters", "smtp://127.0.0.1:9")})
    again = rekindle(*run, "2026-12-01T09:05")
    assert again.code == 6
    assert "nobody could be notified" in again.err


def test_a_fault_in_a_file_is_notified_too(sqlite_url: str, workspace: Write, rekindle: Any) -> None:
    """Nobody watches when a file that somebody edited by day stops the nightly run; rekindle.yml says who hears."""
    shop = workspace({
        **FILES,
        "rekindle.yml": FILES["rekindle.yml"] + "notify: chef@shop.example\n",
        "campaigns/other.yml": FILES["campaigns/winback.yml"].replace("segment: all", "segment: al"),
    })  # fmt: skip
    ran = rekindle("-C", shop, "--database", sqlite_url, "--now", NOW, "run")
    fault = "campaigns/other.yml:2:10: unknown segment 'al' (did you mean 'all'?)\n"
    assert (ran.code, ran.out, ran.err) == (1, "", fault)
    (notice,) = (shop / "letters").glob("*.eml")
    assert "unknown segment 'al'" in notice.read_text(encoding="utf-8")

    workspace({"rekindle.yml": FILES["rekindle.yml"]})
    quiet = rekindle("-C", shop, "--database", sqlite_url, "--now", NOW, "run")
    assert (quiet.code, quiet.err) == (1, fault), "where nobody is to be told, nothing is said of it"


def test_a_notice_is_sent_again_after_a_day(sqlite_url: str, workspace: Write, rekindle: Any) -> None:
    """A fault that stays is said once a day, however often cron starts the run."""
    shop = workspace({
        **FILES,
        "templates/winback.txt": "{{ contact.city }} {{ links.unsubscribe }}\n",
        "rekindle.yml": FILES["rekindle.yml"] + "notify: chef@shop.example\n",
        "campaigns/winback.yml": FILES["campaigns/winback.yml"].replace("12 hours", "60 days"),
    })  # fmt: skip
    fill(sqlite_url)
    counts = []
    for moment in ("2026-11-01T09:05", "2026-11-01T09:06", "2026-11-02T09:05"):
        assert rekindle("-C", shop, "--database", sqlite_url, "--now", moment, "run").code == 1
        counts.append(len(list((shop / "letters").glob("*.eml"))))
    assert counts == [1, 1, 2]
