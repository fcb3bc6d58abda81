"""`mailing reconcile` by a person's word: what cannot be meant is refused, and says what can."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mailing_rows import FILES, made_mailing
from smtp_server import SmtpServer

from rekindle.store.opening import open_store


def test_letters_of_a_cancelled_mailing_are_not_queued_again(
    workspace: Callable[..., Path],
    rekindle: Callable[..., Any],
    serve: Callable[..., SmtpServer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """LEDGER 1: no letter waits for ever. Refused with exit 2 and nothing changed; the other words still settle it."""
    root = workspace(FILES)
    monkeypatch.setenv("REKINDLE_SMTP_URL", serve().url)
    monkeypatch.setenv("REKINDLE_SECRET_KEY", "0123456789abcdef")
    monkeypatch.setenv("REKINDLE_PUBLIC_URL", "https://mail.shop.example")
    store = open_store(f"sqlite:///{root / 'rekindle.db'}")
    made_mailing(store, ["anna.drop-dot@x.test", "boris@x.test"])
    store.close()

    def call(*words: str) -> Any:
        return rekindle("-C", root, "--now", "2026-11-01T09:00", *words)

    assert call("send", "winback", "--period", "2026-11", "--yes", "--limit", "1").code == 5
    assert call("cancel", "1").code == 0
    refused = call("mailing", "reconcile", "1", "--as", "queued")
    assert (refused.code, refused.out) == (2, "")
    assert "mailing 1 is cancelled: nothing of it is sent again; say --as sent or --as failed" in refused.err
    settled = call("mailing", "reconcile", "1", "--as", "failed")
    assert settled.code == 0, settled
    assert "0 settled by evidence, 1 by your word" in settled.out
    assert call("mailing", "verify", "1").code == 0
