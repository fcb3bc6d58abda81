"""A copied workspace at a shell: every verb that sends refuses with 6 and one sentence, until `db adopt`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mailing_rows import FILES, made_mailing

from rekindle.store.opening import open_store

SETTINGS = (
    "REKINDLE_SMTP_URL=eml:letters\nREKINDLE_SECRET_KEY=0123456789abcdef\nREKINDLE_PUBLIC_URL=https://m.example\n"
)


@pytest.fixture
def copied(workspace: Callable[..., Path], tmp_path: Path) -> Path:
    """A copy of a workspace with a mailing half begun."""
    root = workspace({**FILES, ".env": SETTINGS})
    store = open_store(f"sqlite:///{root / 'rekindle.db'}")
    made_mailing(store, ["anna@x.test", "boris@x.test"])
    store.close()
    shutil.copytree(root, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.mark.parametrize(
    "verb",
    [
        ("send", "winback", "--period", "2026-11", "--yes"),
        ("run",),
        ("work",),
        ("resend", "winback", "--to", "not-opened", "--yes"),
    ],
)
def test_no_verb_sends_from_a_copy(rekindle: Callable[..., Any], copied: Path, verb: tuple[str, ...]) -> None:
    refused = rekindle("-C", copied, *verb)
    said = "rekindle: this store is a copy of the one at "
    assert (refused.code, refused.out, refused.err.startswith(said)) == (6, "", True), refused
    assert "`rekindle db adopt` makes this one the real one" in refused.err
    assert refused.err.count("\n") == 1
    assert not (copied / "letters").exists()


def test_a_test_letter_to_oneself_is_no_mailing(rekindle: Callable[..., Any], copied: Path) -> None:
    """Trying out templates on a copy is what copies are for; a test is in no ledger."""
    assert rekindle("-C", copied, "test-send", "winback", "--to", "me@x.test").code == 0


def test_adopted_it_says_what_it_left_and_goes_on_by_word(rekindle: Callable[..., Any], copied: Path) -> None:
    info = json.loads(rekindle("-C", copied, "--json", "db", "info").out)
    adopted = rekindle("-C", copied, "db", "adopt")
    again = rekindle("-C", copied, "db", "adopt")
    ran = rekindle("-C", copied, "run")
    resumed = rekindle("-C", copied, "resume", 1)
    sent = rekindle("-C", copied, "--now", "2026-11-01T09:00", "send", "winback", "--period", "2026-11", "--yes")
    assert (info["sends"], "is a copy of the one at" in info["why_not"]) == (False, True)
    assert (adopted.code, adopted.out.endswith("it is the real one now\n")) == (0, True)
    assert "mailing 1 winback 2026-11 is paused" in adopted.err
    assert (again.code, again.err) == (0, "this store is the real one already\n")
    assert (ran.code, "mailing 1" in ran.err, resumed.code) == (6, True, 0), ran  # it waits for a person
    assert (sent.code, "sent 2" in sent.out) == (0, True), sent
    assert json.loads(rekindle("-C", copied, "--json", "db", "info").out)["sends"]
