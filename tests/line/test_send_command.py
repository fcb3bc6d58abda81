"""The verbs `send`, `mailing`, `pause`, `resume`, `cancel` as a person or cron calls them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mailing_rows import FILES, made_mailing
from smtp_server import SmtpServer

from rekindle.store.opening import open_store

Serve = Callable[..., SmtpServer]
KEYS = ["id", "campaign", "period", "step", "state", "planned", "held_out", "sent", "failed", "skipped", "expired",
        "unknown", "waiting"]  # fmt: skip
ADDRESSES = ["a@x.test", "gone.rcpt-550-5.1.1@x.test", "grey.rcpt-450-4.2.0@x.test"]


@pytest.fixture
def call(
    workspace: Callable[..., Path], rekindle: Callable[..., Any], serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Call the command in a workspace with a mailing of three, and a relay that knows one of them."""
    root = workspace(FILES)
    monkeypatch.setenv("REKINDLE_SMTP_URL", serve().url)
    monkeypatch.setenv("REKINDLE_SECRET_KEY", "0123456789abcdef")
    monkeypatch.setenv("REKINDLE_PUBLIC_URL", "https://mail.shop.example")
    store = open_store(f"sqlite:///{root / 'rekindle.db'}")
    made_mailing(store, ADDRESSES)
    store.close()
    return lambda *arguments: rekindle("-C", root, "--now", "2026-11-01T09:00", *arguments)


SEND = ("send", "winback", "--period", "2026-11")


def test_without_a_terminal_somebody_must_have_said_yes(call: Callable[..., Any]) -> None:
    ran = call(*SEND)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "rekindle: nobody is here to be asked: say --yes, or --plan HASH of a plan that you have read\n"


def test_the_end_is_the_ledger_in_one_line_and_failures_are_5(call: Callable[..., Any]) -> None:
    ran = call(*SEND, "--yes")
    assert ran.code == 5
    assert ran.out == (
        "mailing 1 winback 2026-11: planned 3 = sent 1 + failed 1 + skipped 0 + expired 0 + unknown 0 + waiting 1\n"
    )
    assert "1 waits, the next is due at 2026-11-01 09:01 UTC" in ran.err


def test_json_of_send_and_list_have_the_same_keys(call: Callable[..., Any]) -> None:
    sent = json.loads(call("--json", *SEND, "--yes").out)
    listed = json.loads(call("--json", "mailing", "list").out)
    assert list(sent) == KEYS
    assert listed == [sent]
    assert {key: sent[key] for key in ("state", "planned", "sent", "failed", "waiting")} == {
        "state": "sending", "planned": 3, "sent": 1, "failed": 1, "waiting": 1,
    }  # fmt: skip


def test_show_gives_the_reasons_and_every_delivery(call: Callable[..., Any]) -> None:
    call(*SEND, "--yes")
    shown = json.loads(call("--json", "mailing", "show", "1").out)
    assert shown["reasons"] == {"deferred": {"temporary": 1}, "failed": {"recipient": 1}}
    rows = list(csv.DictReader(io.StringIO(call("mailing", "show", "1", "--deliveries", "csv").out)))
    assert list(rows[0]) == [
        "delivery", "external_id", "email", "arm", "state", "reason", "attempts", "reply", "message_id", "sent_at",
    ]  # fmt: skip
    assert [(row["external_id"], row["email"], row["state"], row["reply"]) for row in rows] == [
        ("C-1", ADDRESSES[0], "sent", "250 2.0.0 queued"),
        ("C-2", ADDRESSES[1], "failed", "550 5.1.1 as you wish"),
        ("C-3", ADDRESSES[2], "deferred", "450 4.2.0 as you wish"),
    ]
    assert rows[0]["sent_at"].startswith("2026-11-01T09:00:0")


def test_verify_finds_a_row_that_does_not_add_up(call: Callable[..., Any], tmp_path: Path) -> None:
    call(*SEND, "--yes")
    assert json.loads(call("--json", "mailing", "verify", "1").out) == {"id": 1, "ok": True, "faults": []}
    store = open_store(f"sqlite:///{tmp_path / 'workspace' / 'rekindle.db'}")
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE delivery SET message_id = '' WHERE state = 'sent'")
        connection.exec_driver_sql("DELETE FROM attempt")
        connection.exec_driver_sql("UPDATE audience_member SET verdict = 'left_out' WHERE contact_id = 3")
    store.close()
    ran = call("--json", "mailing", "verify", "1")
    assert (ran.code, json.loads(ran.out)["faults"]) == (
        5, ["1 deliveries of nobody chosen", "1 sent without a moment or a Message-ID"],
    )  # fmt: skip


def test_reconcile_takes_a_persons_word(call: Callable[..., Any], tmp_path: Path) -> None:
    """Unknown ones are 5 until they are settled; `queued` gives a finished mailing work once more."""
    store = open_store(f"sqlite:///{tmp_path / 'workspace' / 'rekindle.db'}")
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE delivery SET state = 'unknown', handed_at = 1, settled_at = 1")
        connection.exec_driver_sql("UPDATE mailing SET state = 'done'")
    store.close()
    assert call("mailing", "reconcile", "1", "--email", ADDRESSES[0]).code == 2
    looked = call("mailing", "reconcile", "1")
    assert (looked.code, "3 are still unknown" in looked.err) == (5, True)
    assert call("mailing", "reconcile", "1", "--as", "failed", "--email", ADDRESSES[1]).code == 5
    done = json.loads(call("--json", "mailing", "reconcile", "1", "--as", "queued").out)
    assert {key: done[key] for key in ("state", "failed", "waiting", "unknown", "by_evidence", "by_word")} == {
        "state": "sending", "failed": 1, "waiting": 2, "unknown": 0, "by_evidence": 0, "by_word": 2,
    }  # fmt: skip
    assert call(*SEND, "--yes").out.startswith("mailing 1 winback 2026-11: planned 3 = sent 1 + failed 1")


def test_pause_resume_and_cancel(call: Callable[..., Any]) -> None:
    assert call("pause", "1").code == 0
    held = call(*SEND, "--yes")
    assert (held.code, "`rekindle resume 1` lets it go" in held.err) == (6, True)
    assert call("resume", "1").code == 0
    assert call("resume", "1").code == 2
    assert call(*SEND, "--yes", "--limit", "1").code == 0
    cancelled = call("cancel", "1")
    assert "planned 3 = sent 1 + failed 0 + skipped 2" in cancelled.out
    assert call(*SEND, "--yes").code == 6
    assert call("resume", "1").code == 2


def test_unknown_numbers_are_told(call: Callable[..., Any]) -> None:
    for verb in (("mailing", "show"), ("mailing", "verify"), ("pause",), ("cancel",), ("resume",)):
        ran = call(*verb, "99")
        assert (ran.code, ran.out) == (1, ""), verb
        assert ran.err == "rekindle: there is no mailing 99; `rekindle mailing list` shows them\n"


def test_a_wrong_relay_is_told_before_anything_is_made(
    call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REKINDLE_SMTP_URL", "smtp://me:secret@relay?startls=no")
    ran = call(*SEND, "--yes")
    assert (ran.code, "secret" in ran.err) == (4, False)
    assert ran.err == "rekindle: REKINDLE_SMTP_URL: unknown option 'startls' (did you mean 'starttls'?)\n"


def test_an_unreachable_relay_is_4_and_the_ledger_is_told(
    call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REKINDLE_SMTP_URL", "smtp://127.0.0.1:1")
    ran = call(*SEND, "--yes")
    assert ran.code == 4
    assert "waiting 3" in ran.out
    assert ran.err.startswith("nothing is lost: 3 wait; `rekindle run`, or this command again, goes on\n")
    assert "127.0.0.1:1 cannot be reached" in ran.err
