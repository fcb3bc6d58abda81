"""What goes wrong at a user's desk, through the real command: a clear word, the right exit code, nothing half-done."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Ran
from smtp_server import SmtpServer

from rekindle.commands import main

Serve = Callable[..., SmtpServer]
Call = Callable[..., Any]

PEOPLE = """\
external_id,email,first_name,channel,specialization,created_at,consent
1,anna@client.example,Анна,vk,фотограф,2026-01-10,*
2,boris@client.example,Борис,instagram,кондитер,2026-02-11,offers
3,vera@client.example,Вера,site,фотограф,2026-03-12,offers
"""
CAMPAIGN, SEGMENT = "campaigns/first-order.yml", "segments/never-bought.yml"
TEMPLATE = "templates/first-order.mjml"
SEND = ("send", "first-order", "--period", "p1", "--yes")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter workspace with three contacts that have bought nothing yet, and letters that go into a folder."""
    root = tmp_path_factory.mktemp("made") / "shop"
    assert main(["init", str(root)]) == 0
    settings = "REKINDLE_SMTP_URL=eml:letters\nREKINDLE_PUBLIC_URL=https://mail.faktura.example\n"
    (root / ".env").write_text((root / ".env").read_text(encoding="utf-8") + settings, encoding="utf-8")
    edit(root / CAMPAIGN, "holdout: 10%", "holdout: 0")
    (root / "people.csv").write_text(PEOPLE, encoding="utf-8")
    assert main(["-C", str(root), "--now", "2026-10-01", "import", "contacts", str(root / "people.csv")]) == 0
    return root


@pytest.fixture
def shop(tmp_path: Path, made: Path, rekindle: Call) -> Path:
    """A copy of it, at home where it is now."""
    root = tmp_path / "shop"
    shutil.copytree(made, root)
    assert rekindle("-C", root, "db", "adopt").code == 0
    return root


@pytest.fixture
def call(shop: Path, rekindle: Call) -> Call:
    """Call the command in the shop, in the morning of 1 November."""
    return lambda *arguments: rekindle("-C", shop, "--now", "2026-11-01T10:00", *arguments)


def edit(path: Path, old: str, new: str) -> None:
    """Change a file as a hasty hand would."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def kept(root: Path) -> tuple[dict[str, int], list[str]]:
    """What a command may not have half-done: the rows of every table (leases come and go) and the letters' names."""
    connection = sqlite3.connect(root / "rekindle.db")
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    connection.close()
    return {name: count for name, count in rows.items() if name != "lease"}, letters(root)


def letters(root: Path) -> list[str]:
    """The files that stand for letters."""
    return sorted(path.name for path in (root / "letters").glob("*.eml"))


def refused(ran: Any, code: int, *words: str) -> None:
    """The exit code is this, every one of the words is said, and no traceback."""
    said = ran.out + ran.err
    assert (ran.code, [word for word in words if word not in said]) == (code, []), said
    assert "Traceback" not in said
    assert "a fault of ours" not in said


# --- the workspace --------------------------------------------------------------------------------------------------

FAULTS: dict[str, tuple[str, str, str, str]] = {
    "broken YAML": (SEGMENT, "where:", "where: [bought: true", r":\d+:\d+: "),
    "unknown key": (
        CAMPAIGN, "holdout: 0", "holdot: 0", r":\d+:1: unknown key 'holdot' in a campaign \(did you mean 'holdout'\?\)"
    ),
    "missing template": (
        CAMPAIGN, "template: first-order.mjml", "template: firstorder.mjml",
        r":\d+:11: there is no templates/firstorder.mjml \(did you mean 'first-order.mjml'\?\)",
    ),
    "unknown field": (
        SEGMENT, "- channel:", "- chanel:",
        r":\d+:5: unknown field or condition 'chanel' \(did you mean 'channel'\?\)",
    ),
    "broken template": (TEMPLATE, "{{ offer.code }}", "{{ offer.code }", r":\d+:\d+: this tag is closed wrongly"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("verb", [("check",), ("plan", "first-order"), SEND])
def test_a_fault_in_a_file_stops_every_verb_with_its_place(
    shop: Path, call: Call, fault: str, verb: tuple[str, ...]
) -> None:
    """Exit 1 with file, line, column and hint; the store is as it was and no letter is written."""
    file, old, new, words = FAULTS[fault]
    edit(shop / file, old, new)
    before = kept(shop)
    ran = call(*verb)
    refused(ran, 1, file)
    assert re.search(re.escape(file) + words, ran.out + ran.err), ran.out + ran.err
    assert kept(shop) == before


@pytest.fixture
def unfit(shop: Path) -> Path:
    """The template wants the floor of a contact's shop, which nobody has told us."""
    edit(shop / TEMPLATE, "{{ offer.gift }}.", "{{ offer.gift }} ({{ contact.shop_area }} m²).")
    return shop


MISSING = "templates/first-order.mjml:8:"


def test_a_field_that_no_contact_has_is_found_by_check_and_by_plan(unfit: Path, call: Call) -> None:
    """check: 1 with one line for all of them; plan: each contact named, nobody chosen, nothing but the plan kept."""
    refused(call("check"), 1, MISSING, "contact #1 and 2 more of those tried", "shop_area")
    planned = call("plan", "first-order")
    refused(planned, 0, "letter cannot be made", MISSING, "anna@client.example", "shop_area")
    assert re.search(r"chosen +0\n", planned.out)
    assert kept(unfit)[0]["mailing"] == 0


def test_a_field_that_no_contact_has_uses_up_no_period(unfit: Path, call: Call) -> None:
    """send: 1, nothing made; a plan without anybody: 6; after the template is mended the same period is sent."""
    before = kept(unfit)[0]
    refused(call(*SEND), 1, MISSING, "no letter can be made: contact #1 and 2 more", "shop_area", "no mailing was made")
    rows, files = kept(unfit)
    refreshed = {"status_history", "meta"}
    assert ([name for name in rows if rows[name] != before[name] and name not in refreshed], files) == ([], [])
    plan = re.search(r"--plan (\w+)", call("plan", "first-order", "--period", "p1").out)
    assert plan
    refused(call(*SEND[:-1], "--plan", plan[1]), 6, "has nobody whose letter can be made")
    assert kept(unfit)[0]["mailing"] == 0
    edit(unfit / TEMPLATE, " ({{ contact.shop_area }} m²)", "")
    refused(call(*SEND), 0, "planned 3 = sent 3")
    assert len(letters(unfit)) == 3


def test_a_template_that_fits_nobody_stops_cron_until_it_is_mended(unfit: Path, call: Call) -> None:
    """run: 1 each time, then the mailing of that very period."""
    edit(unfit / CAMPAIGN, "holdout: 0", 'holdout: 0\nschedule: {cron: "0 10 1 * *", max_lateness: 12 hours}')
    for _ in range(2):
        refused(call("run"), 1, MISSING, "no letter can be made")
    edit(unfit / TEMPLATE, " ({{ contact.shop_area }} m²)", "")
    refused(call("run"), 0, "first-order 2026-11: 3 of 3 sent")


# --- the relay ------------------------------------------------------------------------------------------------------


def test_an_unreachable_relay_is_said_quickly_and_everything_waits(
    shop: Path, call: Call, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 4, the ledger shown, nothing lost; the same command goes on when the relay is up, each letter once."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    monkeypatch.setenv("REKINDLE_SMTP_URL", f"smtp://127.0.0.1:{port}")
    begun = time.monotonic()
    refused(call(*SEND), 4, f"127.0.0.1:{port}", "planned 3 = sent 0", "waiting 3")
    assert time.monotonic() - begun < 10
    relay = serve(port=port)
    refused(call(*SEND), 0, "planned 3 = sent 3")
    assert sorted(to for to, _ in relay.accepted()) == [f"{name}@client.example" for name in ("anna", "boris", "vera")]


def test_a_relay_that_knows_us_not_is_no_fault_of_the_readers(
    call: Call, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password: 4 with the relay's own words and without the password; nobody fails or is suppressed."""
    relay = serve(credentials=("rekindle", "right-password"))
    url = "smtp://rekindle:{}@127.0.0.1:{}?starttls=no"
    monkeypatch.setenv("REKINDLE_SMTP_URL", url.format("wrong-password", relay.port))
    ran = call(*SEND)
    refused(ran, 4, "535 5.7.8 bad credentials", "waiting 3")
    assert "wrong-password" not in ran.out + ran.err
    assert (relay.accepted(), call("suppress", "list").out) == ([], "")
    monkeypatch.setenv("REKINDLE_SMTP_URL", url.format("right-password", relay.port))
    refused(call(*SEND), 0, "planned 3 = sent 3")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("gopher://relay.example", "REKINDLE_SMTP_URL"),
        ("smtp://", "REKINDLE_SMTP_URL names no host"),
        ("smtp://relay.example:port", "the port is not a number"),
        ("smtp://relay.example?startls=no", "did you mean 'starttls'?"),
        ("eml:", "REKINDLE_SMTP_URL"),
    ],
)
def test_a_relay_that_cannot_be_meant_is_said_before_anything_is_made(
    shop: Path, call: Call, monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    """Neither a mailing nor a letter."""
    before = kept(shop)
    monkeypatch.setenv("REKINDLE_SMTP_URL", url)
    ran = call(*SEND)
    refused(ran, ran.code, words)
    assert (ran.code in (1, 2, 4), kept(shop)) == (True, before)


@pytest.mark.parametrize("name", ["REKINDLE_SECRET_KEY", "REKINDLE_PUBLIC_URL", "REKINDLE_SMTP_URL"])
def test_a_missing_setting_is_named_before_anything_is_made(shop: Path, call: Call, name: str) -> None:
    """send and serve say which, and what to write."""
    before = kept(shop)
    lines = (shop / ".env").read_text(encoding="utf-8").splitlines()
    (shop / ".env").write_text("\n".join(line for line in lines if not line.startswith(name)), encoding="utf-8")
    refused(call(*SEND), 1, name, ".env")
    if name == "REKINDLE_SECRET_KEY":
        refused(call("serve", "--port", "0"), 1, name)
    assert kept(shop) == before


def test_every_missing_setting_is_named_at_once(shop: Path, call: Call) -> None:
    """Nobody mends .env three times over; a word that is no address is shown."""
    (shop / ".env").write_text("REKINDLE_PUBLIC_URL=mail.faktura.example\n", encoding="utf-8")
    refused(call(*SEND), 1, "SECRET_KEY is missing", "'mail.faktura.example' is no https:// address", "SMTP_URL is not")


# --- the store ------------------------------------------------------------------------------------------------------

URLS = {
    "blah": "'blah' is not a database URL; write sqlite:///rekindle.db or postgresql://user@host/name",
    "mysql://user:secret@host/shop": "mysql://user:***@host/shop: this kind of database is not known",
    "postgres://user:secret@127.0.0.1:1/shop": "the database server cannot be reached",
    "postgresql://user:secret@127.0.0.1:1/shop": "the database server cannot be reached",
    "sqlite:////nowhere/shop.db": "cannot create the database /nowhere/shop.db: No such file or directory",
    "sqlite:////proc/shop.db": "cannot create the database /proc/shop.db",
    "sqlite:////tmp": "the database file cannot be opened",
}


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("verb", [("segment", "count", "buyers"), ("plan", "first-order"), SEND, ("run",)])
def test_a_wrong_database_url_is_three(shop: Path, call: Call, url: str, verb: tuple[str, ...]) -> None:
    """Whatever is wrong with it; the password is not shown, and the workspace's own store is let be."""
    before = kept(shop)
    ran = call("--database", url, *verb)
    refused(ran, 3, URLS[url])
    assert "secret" not in ran.out + ran.err
    assert kept(shop) == before


def test_a_file_that_is_no_database_is_three_and_stays_as_it_is(shop: Path, call: Call, tmp_path: Path) -> None:
    """Neither a text nor somebody else's tables are written over."""
    text, foreign = tmp_path / "notes.db", tmp_path / "other.db"
    text.write_text("buy milk\n" * 1000, encoding="utf-8")
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE contact (name TEXT)")
    connection.close()
    before = text.read_bytes()
    refused(call("--database", f"sqlite:///{text}", "run"), 3, "the file is not an SQLite database")
    refused(call("--database", f"sqlite:///{text}", "check"), 3, "the file is not an SQLite database")
    refused(call("--database", f"sqlite:///{foreign}", "run"), 3, "give it one of its own")
    with sqlite3.connect(foreign) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
    connection.close()
    assert (text.read_bytes(), found) == (before, [("contact", "CREATE TABLE contact (name TEXT)")])


# --- files to import ------------------------------------------------------------------------------------------------

FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty"),
    "blank": (b"\n\n\n", "the file is empty"),
    "binary": (bytes(range(256)) * 20, "zero bytes"),
    "zero": (b"email\nanna@client.example\x00\n", "holds zero bytes, so it is no text; save it as CSV (UTF-8)"),
    "spreadsheet": (b"PK\x03\x04" + b"x" * 100, "an XLSX/ODS spreadsheet; save it as CSV (UTF-8) and import that"),
    "foreign": ("Имя;Почта\nАнна;anna@client.example\n".encode("cp1251"), "write a map: --map FILE.yml"),
    "misspelt": (b"emial\nanna@client.example\n", "did you mean 'email'?"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_is_one_and_brings_nothing(shop: Path, call: Call, name: str) -> None:
    """The reason in one line; no import is recorded."""
    content, words = FILES[name]
    (shop / "new.csv").write_bytes(content)
    before = kept(shop)
    refused(call("import", "contacts", shop / "new.csv"), 1, "new.csv", words)
    assert kept(shop) == before


def test_a_file_that_is_not_there_and_one_that_is_a_folder(shop: Path, call: Call) -> None:
    before = kept(shop)
    refused(call("import", "orders", shop / "orders.csv"), 1, "orders.csv: cannot be read: there is no such file")
    refused(call("import", "orders", shop / "segments"), 1, "segments: cannot be read: it is a folder")
    assert kept(shop) == before


def test_a_header_without_rows_is_no_fault_and_brings_nothing(shop: Path, call: Call) -> None:
    """An export of an empty list: 0, and the counts say so."""
    (shop / "new.csv").write_text("email,first_name\n", encoding="utf-8")
    before = kept(shop)[0]
    refused(call("import", "contacts", shop / "new.csv"), 0, "0 rows: 0 new, 0 changed, 0 unchanged, 0 refused")
    assert {**kept(shop)[0], "import_run": 0} == {**before, "import_run": 0}


def test_cp1251_with_semicolons_is_taken_and_said(shop: Path, call: Call) -> None:
    """What Excel saves in Russia, without a word from the user; the wrong word is refused, not half believed."""
    text = "email;first_name;city\ngleb@client.example;Глеб;Тверь\nzoya@client.example;Зоя;Псков\n"
    (shop / "new.csv").write_bytes(text.encode("cp1251"))
    before = kept(shop)
    refused(
        call("import", "contacts", shop / "new.csv", "--encoding", "utf-8"), 1,
        "new.csv: is not written in utf-8 throughout; give another --encoding, or none to find it out",
    )  # fmt: skip
    refused(
        call("import", "contacts", shop / "new.csv", "--encoding", "klingon"), 1, "'klingon' is not known", "cp1251"
    )
    assert kept(shop) == before
    refused(call("import", "contacts", shop / "new.csv"), 0, "new.csv: cp1251, semicolon", "2 rows: 2 new")
    assert "Глеб" in call("segment", "members", "--where", "city: тверь", "--columns", "first_name").out


def test_dates_written_otherwise_bring_the_word_that_helps(shop: Path, call: Call) -> None:
    """5 with each row's reason, and how a map says the format."""
    (shop / "new.csv").write_text("number,email,placed_at,amount\n7,anna@client.example,01.10.2026,900\n", "utf-8")
    ran = call("import", "orders", shop / "new.csv")
    refused(ran, 5, "new.csv:2: '01.10.2026' is not a time", 'format: "%d.%m.%Y"', "1 row: 0 new", "1 refused")


# --- the call -------------------------------------------------------------------------------------------------------

CALLS = {
    "unknown verb": (("sned", "first-order"), 2, "No such command 'sned'. Did you mean 'send'?"),
    "unknown option": (
        ("plan", "first-order", "--perod", "x"),
        2,
        "No such option '--perod'. Did you mean '--period'?",
    ),
    "unknown kind of file": (
        ("import", "contacs", "people.csv"),
        2,
        "No such command 'contacs'. Did you mean 'contacts'?",
    ),
    "nobody to ask": (("send", "first-order"), 2, "say --yes, or --plan HASH of a plan that you have read"),
    "unknown campaign": (
        ("send", "frist-order", "--yes"),
        2,
        "no campaign 'frist-order' in campaigns/; did you mean 'first-order'?",
    ),
    "unknown campaign planned": (("plan", "frist-order"), 2, "did you mean 'first-order'?"),
    "unknown campaign reported": (("report", "frist-order"), 2, "did you mean 'first-order'?"),
    "unknown segment": (
        ("segment", "count", "byers"),
        2,
        "there is no segment 'byers' in segments/; did you mean 'buyers'?",
    ),
    "unknown field tried": (("segment", "count", "--where", "chanel: vk"), 1, "did you mean 'channel'?"),
    "unknown contact": (
        ("segment", "explain", "buyers", "who@client.example"),
        1,
        "there is no contact 'who@client.example'",
    ),
    "unknown mailing": (("mailing", "show", "7"), 1, "there is no mailing 7; `rekindle mailing list` shows them"),
    "unknown import": (("import", "show", "7"), 1, "there is no import 7"),
    "unknown plan": (
        ("send", "first-order", "--plan", "abc"),
        1,
        "there is no plan abc; `rekindle plan CAMPAIGN` makes one",
    ),
    "wrong period": (("plan", "first-order", "--period", "a b"), 2, "'a b' cannot name a period"),
    "wrong moment": (("plan", "first-order", "--as-of", "soon"), 2, "'soon' is not a time; write 2026-11-01"),
    "wrong number": (("send", "first-order", "--yes", "--limit", "0"), 2, "--limit"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_cannot_be_meant_changes_nothing(shop: Path, call: Call, name: str) -> None:
    """Each with its code and its hint."""
    arguments, code, words = CALLS[name]
    before = kept(shop)
    refused(call(*arguments), code, words)
    assert kept(shop) == before


@pytest.mark.parametrize("moment", ["tomorrow", "2026-13-45", "01.11.2026", ""])
def test_a_wrong_now_is_two(shop: Path, rekindle: Call, moment: str) -> None:
    """An empty one too: a script whose variable is unset must not send by the clock."""
    before = kept(shop)
    refused(rekindle("-C", shop, "--now", moment, *SEND), 2, f"'{moment}' is not a time")
    assert kept(shop) == before


def test_a_folder_without_a_workspace_is_said(tmp_path: Path, rekindle: Call) -> None:
    """No store is made beside it."""
    for verb in (("check",), ("run",), ("segment", "count"), SEND):
        refused(rekindle("-C", tmp_path, *verb), 1, "there is no rekindle.yml here", "rekindle init")
    assert list(tmp_path.iterdir()) == []


# --- a full disk ----------------------------------------------------------------------------------------------------

SPACE = 8 * 1024 * 1024
LARGE = "email,first_name,channel,created_at,consent\n" + "".join(
    f"reader{number}@client.example,Анна,vk,2026-01-10,*\n" for number in range(300)
)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB of our own: SQLite's log and the store itself both want room."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    made = mount and os.geteuid() == 0
    if (
        not made
        or subprocess.run([mount, "-t", "tmpfs", "-o", f"size={SPACE}", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("NOT TESTED: a full disk needs a root that may mount a tmpfs")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path, spare: int) -> None:
    """Leave `spare` bytes free, more or less."""
    ballast = folder / "ballast"
    ballast.unlink(missing_ok=True)
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    ballast.write_bytes(b"x" * max(0, free - spare))


def test_a_full_disk_stops_an_import_whole_and_a_send_clean(shop: Path, small_disk: Path) -> None:
    """3 each time there is too little room; with room enough both go on, nobody is lost and nobody gets two letters."""
    door = [sys.executable, str(Path(__file__).parents[2] / "cli.py"), "-C", str(shop), "--now", "2026-11-01T10:00"]

    def call(*more: object) -> Ran:
        """In a process of its own: what a died one held is given up with it."""
        command = [*door, "--database", f"sqlite:///{small_disk / 'store.db'}", *(str(word) for word in more)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)

    def until_it_fits(*verb: object) -> int:
        """How often the disk was full, with half a megabyte more at each try."""
        for tries in range(16):
            fill(small_disk, tries << 19)
            ran = call(*verb)
            (small_disk / "ballast").unlink()
            if ran.code in (0, 5):
                return tries
            refused(ran, 3, "full")
        raise AssertionError("it never fitted")

    (shop / "large.csv").write_text(LARGE, encoding="utf-8")
    call("segment", "count", "buyers")
    assert until_it_fits("import", "contacts", shop / "large.csv") > 0
    assert call("segment", "count", "--where", "everyone: true").out.startswith("300 of 300")
    assert len(call("import", "list").out.splitlines()) == 1
    assert until_it_fits(*SEND) > 0
    shown = json.loads(call("--json", "mailing", "show", "1").out)
    assert (shown["planned"], shown["failed"], shown["waiting"], shown["sent"] + shown["unknown"]) == (300, 0, 0, 300)
    addresses = [name.rpartition("-")[0] for name in letters(shop)]
    assert len(addresses) == len(set(addresses))
    assert shown["sent"] <= len(addresses) <= shown["sent"] + shown["unknown"]
    assert call("mailing", "verify", "1").code == 0
