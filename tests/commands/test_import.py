"""`rekindle import`: words, JSON and exit codes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Write = Callable[[Mapping[str, str]], Path]

CONFIGURATION = """
organisation: {name: Shop, address: "1 Street"}
from: Shop <hello@shop.example>
timezone: UTC
currency: EUR
topics: {offers: Offers}
"""


@pytest.fixture
def folder(workspace: Write) -> Path:
    return workspace({"rekindle.yml": CONFIGURATION})


def test_contacts_come_in_and_are_counted(folder: Path, rekindle: Run) -> None:
    """Exit 0; JSON gives the counts; the segment's own verb would find them."""
    (folder / "c.csv").write_bytes("email;first_name;colour\na@x.example;Анна;red\n".encode("cp1251"))
    ran = rekindle("-C", folder, "--json", "--now", "2026-11-01", "import", "contacts", folder / "c.csv")
    assert ran.code == 0
    document = json.loads(ran.out)
    expected = {"import": 1, "rows": 1, "new": 1, "changed": 0, "unchanged": 0, "refused": 0, "encoding": "cp1251",
                "delimiter": "semicolon", "ignored_columns": ["colour"], "dry_run": False}  # fmt: skip
    assert {key: document[key] for key in expected} == expected
    assert "c.csv: cp1251, semicolon" in ran.err
    assert "columns not taken: colour" in ran.err
    assert "1 row: 1 new, 0 changed, 0 unchanged, 0 refused" in ran.err


def test_refused_rows_give_five_and_can_be_shown(folder: Path, rekindle: Run) -> None:
    """Exit 5; `import show` gives line, reason and raw text; `import list` the counts."""
    (folder / "c.csv").write_text("email,gender\na@x.example,f\nwrong,f\n", encoding="utf-8")
    ran = rekindle("-C", folder, "import", "contacts", folder / "c.csv")
    assert (ran.code, ran.out) == (5, "")
    assert "c.csv:3: 'wrong' is not an e-mail address" in ran.err
    listed = json.loads(rekindle("-C", folder, "--json", "import", "list").out)
    assert [(run["import"], run["kind"], run["rows"], run["refused"]) for run in listed] == [(1, "contacts", 2, 1)]
    shown = json.loads(rekindle("-C", folder, "import", "show", "1", "--json").out)
    assert [(row["line"], row["raw"]) for row in shown["refusals"]] == [(3, "wrong,f\n")]
    assert "wrong,f" in rekindle("-C", folder, "import", "show", "1").out
    assert rekindle("-C", folder, "import", "show", "7").code == 1


def test_rows_refused_by_a_rule_are_no_failure(folder: Path, rekindle: Run) -> None:
    """Exit 0 with rows that a `refuse:` rule turned away; a packed file is read."""
    (folder / "o.csv.gz").write_bytes(gzip.compress(b"Nr,Who,At,Sum\n1,a,2026-01-01,5\n2,,2026-01-01,5\n"))
    text = "kind: orders\ncolumns: {number: Nr, external_id: Who, placed_at: At, amount: Sum}\n"
    text += "refuse: [{when: {Who: {known: false}}, reason: nobody}]\n"
    (folder / "m.yml").write_text(text, encoding="utf-8")
    ran = rekindle("-C", folder, "import", "orders", folder / "o.csv.gz", "--map", folder / "m.yml", "--source", "shop")
    assert ran.code == 0
    assert "2 rows: 1 new, 0 changed, 0 unchanged, 1 refused (1 by rule); 1 new contact" in ran.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no such file"),
        (b"", "the file is empty"),
        (b"PK\x03\x04", "XLSX"),
        (b"a\x00b", "zero bytes"),
        (b"colour,size\nred,1\n", "has no column of contacts; known: external_id, email"),
        (b"emial\na@x.example\n", "did you mean 'email'?"),
        (b"email,email\na,b\n", "the header has the column 'email' twice"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_and_exit_one(
    folder: Path, rekindle: Run, content: bytes | None, words: str
) -> None:
    """Exit 1, the reason on stderr, nothing on stdout, no import recorded."""
    if content is not None:
        (folder / "c.csv").write_bytes(content)
    ran = rekindle("-C", folder, "import", "contacts", folder / "c.csv")
    assert (ran.code, ran.out) == (1, "")
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert rekindle("-C", folder, "--json", "import", "list").out.strip() == "[]"


def test_what_is_wrong_with_the_call(folder: Path, rekindle: Run) -> None:
    """Unknown preset: 2 with a hint; a wrong --encoding or a missing map: 1."""
    (folder / "c.csv").write_bytes("email,имя\n".encode("cp1251"))
    unknown = rekindle("-C", folder, "import", "contacts", folder / "c.csv", "--preset", "rekindel")
    assert (unknown.code, "did you mean 'rekindle'?" in unknown.err) == (2, True)
    wrong = rekindle("-C", folder, "import", "contacts", folder / "c.csv", "--encoding", "utf-8")
    assert (wrong.code, "is not written in utf-8" in wrong.err) == (1, True)
    missing = rekindle("-C", folder, "import", "contacts", folder / "c.csv", "--map", folder / "no.yml")
    assert (missing.code, "cannot be read: No such file" in missing.err) == (1, True)


def test_a_dry_run_leaves_no_trace(folder: Path, rekindle: Run) -> None:
    """`--dry-run` counts, and `import list` stays empty."""
    (folder / "c.csv").write_text("email\na@x.example\n", encoding="utf-8")
    ran = rekindle("-C", folder, "--json", "import", "contacts", folder / "c.csv", "--dry-run", "--preset", "rekindle")
    assert (ran.code, json.loads(ran.out)["new"], json.loads(ran.out)["import"]) == (0, 1, None)
    assert rekindle("-C", folder, "--json", "import", "list").out.strip() == "[]"
