"""The circuit breaker and a relay that says in advance what it does not take."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mailing_rows import FILES, NOW, made_mailing
from smtp_server import SmtpServer

from rekindle.line.send import send_mailing
from rekindle.model.error import HeldError
from rekindle.settings import Settings
from rekindle.store.engine import Store

STOPPING = {**FILES, "rekindle.yml": FILES["rekindle.yml"] + "stop_when: {bounced: 5%, after: 10}\n"}


def send(store: Store, server: SmtpServer) -> tuple[int, int]:
    """How many of mailing 1 were sent, and how many failed."""
    address = "https://mail.shop.example"
    settings = Settings("", smtp_url=server.url, secret_key="0123456789abcdef", public_url=address)
    ledger = send_mailing(store, settings, 1, lambda: NOW)
    return ledger.sent, ledger.failed


def test_readers_whom_the_relay_cannot_be_told_of_stop_nobody_elses_letter(
    store: Store, serve: Callable[..., SmtpServer]
) -> None:
    """Their letters were offered to nobody: they fail, each with its reason, and the mailing goes on."""
    made_mailing(
        store,
        [*(f"анна{n}@x.test" for n in range(110)), *(f"r{n}@x.test" for n in range(150))],
        STOPPING,
    )
    assert send(store, serve(smtputf8=False)) == (150, 110)


def test_letters_that_are_too_large_for_the_relay_stop_the_mailing(
    store: Store, serve: Callable[..., SmtpServer]
) -> None:
    """All of them would be: what waits is kept for a relay that takes them."""
    made_mailing(store, [f"r{n}@x.test" for n in range(260)], STOPPING)
    with pytest.raises(HeldError, match="bounced or were refused"):
        send(store, serve(size=100))
