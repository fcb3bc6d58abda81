"""Canaries: no password, no key and nobody's name or address in what `send` says, or in what `ps` shows of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from mailing_rows import made_mailing

from tests.journey.conftest import CONNECTIONS, ON_SQLITE, SEND, Shop, wait_until

pytestmark = ON_SQLITE
PASSWORD = "canary-of-a-password"
KEY = "canary-of-a-secret-key"
NAME = "Kanareyka"
SECRETS = (PASSWORD, KEY)
DEBUG = (("--debug", *SEND), (*SEND, "--debug"))
"""The option may stand before the verb or after it."""


@pytest.fixture
def guarded(shop: Shop) -> Shop:
    """A relay that wants a password, and twenty readers with a name."""
    shop.server.credentials = ("rekindle", PASSWORD)
    shop.environment["REKINDLE_SECRET_KEY"] = KEY
    made_mailing(shop.store, [f"{NAME}{n}.held@x.test" for n in range(20)], first_name=NAME, last_name=NAME)
    with_password(shop, PASSWORD)
    return shop


def with_password(shop: Shop, password: str) -> None:
    """Log in with this one."""
    shop.environment["REKINDLE_SMTP_URL"] = f"smtp://rekindle:{password}@127.0.0.1:{shop.server.port}?starttls=no"


def shown_by_ps(pid: int) -> list[str]:
    """The command lines of a process and of those that it began."""
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    family = [str(pid), *told.split()]
    return [Path(f"/proc/{each}/cmdline").read_text(encoding="utf-8") for each in family]


def leaks(text: str, *canaries: str) -> list[str]:
    """Which of them can be read in it, in any case."""
    return [canary for canary in canaries if canary.casefold() in text.casefold()]


@pytest.mark.parametrize("words", DEBUG)
def test_a_send_that_goes_well_shows_neither_secrets_nor_people(guarded: Shop, words: tuple[str, ...]) -> None:
    """Nor does the reply that names a reader: it is kept in the ledger and not said."""
    server = guarded.server
    server.replies["RCPT"].append(f"550 5.1.1 <{NAME}0.held@x.test> is unknown here")
    process = guarded.begin(*words, "--workers", "2")
    wait_until(lambda: len(server.accepted()) >= CONNECTIONS, "a letter on each connection")
    lines = shown_by_ps(process.pid)
    server.release()
    out, err = process.communicate(timeout=30)
    assert (process.returncode, "planned 20 = sent 19 + failed 1" in out) == (5, True), out + err
    assert (len(lines), leaks("\n".join(lines), *SECRETS, NAME)) == (3, [])
    assert leaks(out + err, *SECRETS, NAME, "@x.test") == []


def test_a_traceback_shows_neither_secrets_nor_people(guarded: Shop) -> None:
    """With --debug the error comes with its traceback; what was wrong is the very password."""
    guarded.server.credentials = ("rekindle", "another")
    ran = guarded.call("--debug", *SEND, "--workers", "2")
    assert (ran.returncode != 0, "Traceback" in ran.stderr, "535 5.7.8 bad credentials" in ran.stderr) == (True,) * 3
    assert leaks(ran.stdout + ran.stderr, *SECRETS, NAME, "@x.test") == []
