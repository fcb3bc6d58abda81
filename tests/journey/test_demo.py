"""The whole line on real orders: `rekindle demo` in an empty folder, with nothing but loopback."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from rekindle.demo import stage
from rekindle.demo.readers import LEAVES_OF_OPENED, OPENS, chance

DATA = Path(stage.__file__).with_name("data")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of one telling, and what it said; the command is the installed one."""
    folder = tmp_path_factory.mktemp("demo") / "story"
    # a telling that was broken off: the mark stands, the rest is half there
    folder.mkdir()
    (folder / stage.MARK).touch()
    (folder / "rekindle.db").write_bytes(b"broken off")
    program = Path(sys.executable).with_name("rekindle")
    ran = subprocess.run([program, "demo", folder], capture_output=True, text=True, check=False, timeout=110)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    return folder, ran.stdout


def ask(rekindle: Any, folder: Path, *words: str) -> Any:
    """One `--json` command in the demo's folder, some days after the story."""
    ran = rekindle("-C", folder, "--now", "2011-12-27T09:00", "--json", *words)
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def rows(name: str) -> list[dict[str, str]]:
    """A bundled file."""
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_bundled_orders_are_as_many_as_promised_and_nobody_in_them_can_be_reached() -> None:
    """At least 3,000 buyers and 15,000 orders; every address on a reserved domain (RFC 2606)."""
    orders, contacts = rows("orders.csv.gz"), rows("contacts.csv.gz")

    assert len(orders) >= 15_000
    assert len({row["CustomerID"] for row in orders}) >= 3_000
    assert {row["Email"].rpartition("@")[2] for row in contacts} == {"buyers.example"}


@pytest.mark.timeout(150)
def test_every_chosen_contact_gets_one_letter_and_the_ledger_adds_up(told: tuple[Path, str], rekindle: Any) -> None:
    """planned = sent, and as many letters lie in the folder."""
    folder, _ = told
    (mailing,) = ask(rekindle, folder, "mailing", "list")

    assert mailing["planned"] == mailing["sent"] > 1_000
    assert len(list((folder / "letters").glob("*.eml"))) == mailing["sent"]


def test_the_report_counts_what_the_readers_really_did(told: tuple[Path, str], rekindle: Any) -> None:
    """Opens and clicks come from the tracker; buyers from the orders that came back; the holdout is counted alike."""
    folder, _ = told
    report = ask(rekindle, folder, "report", "win-back")
    letter, holdout = report["arms"]["letter"], report["arms"]["holdout"]
    sent = [path.name.removesuffix("-1.eml") + "@buyers.example" for path in (folder / "letters").glob("*.eml")]
    with (folder / "orders-afterwards.csv").open(encoding="utf-8") as file:
        came_back = {row["CustomerID"] for row in csv.DictReader(file)}

    assert letter["opened"] == sum(chance(address, "opens") < OPENS for address in sent)
    assert 0 < letter["clicked"] < letter["opened"]
    assert 0 < letter["unsubscribed"] <= letter["opened"] * LEAVES_OF_OPENED * 3
    assert letter["converted"] + holdout["converted"] == len(came_back)
    assert holdout["sent"] == 0


def test_the_story_ends_with_where_everything_lies(told: tuple[Path, str]) -> None:
    """Letters, HTML report and database are named and there."""
    folder, said = told
    page = (folder / "report.html").read_text(encoding="utf-8")

    for place in ("letters", "report.html", "rekindle.db"):
        assert str(folder / place) in said
        assert (folder / place).exists()
    assert "<svg" in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_a_letter_is_a_well_formed_message_with_one_click_unsubscribing(told: tuple[Path, str]) -> None:
    """Read by the standard library: both parts, the contact's own offer, the headers of RFC 8058."""
    folder, _ = told
    path = next((folder / "letters").glob("customer-12350*.eml"))
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))

    assert message.defects == []
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert body is not None
    assert "BACK10" in body.get_content()


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path, rekindle: Any) -> None:
    """The demo deletes only what a demo made."""
    (tmp_path / "thesis.txt").write_text("ten years of work")
    ran = rekindle("demo", tmp_path)

    assert ran.code == 2
    assert "not a demo" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_as_many_buyers_have_been_silent_for_90_days_as_the_data_sets_own_reference_says(
    tmp_path: Path, rekindle: Any
) -> None:
    """At 2011-12-10 00:00 UTC: 1,449 of 4,338 buyers (the bundled orders keep every buyer's last order)."""
    stage.set_stage(tmp_path / "story")
    root = tmp_path / "story"
    (root / "rekindle.yml").write_text((root / "rekindle.yml").read_text().replace("Europe/London", "UTC"))
    taken = rekindle("-C", root, "import", "orders", root / "orders.csv", "--map", root / "orders.map.yml")
    condition = "last_order_at: {older_than: 90 days}"
    counted = rekindle("-C", root, "--now", "2011-12-10", "--json", "segment", "count", "--where", condition)

    assert taken.code == 0, taken.err
    assert (json.loads(counted.out)["count"], json.loads(counted.out)["of"]) == (1449, 4338)
