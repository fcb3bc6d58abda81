"""`mailing reconcile` by a person's word: what cannot be meant is refused, and says what can."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mailing_rows import FILES, made_mailing

from .conftest import Relayed


def test_letters_of_a_cancelled_mailing_are_not_queued_again(relayed: Relayed, rekindle: Callable[..., Any]) -> None:
    """LEDGER 1: no letter waits for ever. Refused with exit 2 and nothing changed; the other words still settle it."""
    root, store = relayed(FILES)
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
