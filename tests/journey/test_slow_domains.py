"""A domain that asks for patience: the others go on, its letters wait and leave in a later run, each once."""

from __future__ import annotations

from collections import Counter

from mailing_rows import FILES, made_contacts, made_mailing
from sqlalchemy import select

from rekindle.store.tables import pace
from tests.journey.conftest import ON_SQLITE, SEND, Shop

OTHERS = [f"q{n}@x.test" for n in range(30)]
SCHEDULE = 'schedule: {cron: "0 9 1 * *", max_lateness: 12 hours}\n'


def among_others(**replies: str) -> list[str]:
    """Six readers at each of these domains, which give that reply at first, among thirty others."""
    theirs = [f"r{n}.rcpt-{reply}x1@{name}.test" for name, reply in replies.items() for n in range(6)]
    return [*theirs[::2], *OTHERS[:15], *theirs[1::2], *OTHERS[15:]]


def taken(shop: Shop) -> dict[str, int]:
    """Letters by domain; nobody got two."""
    recipients = [to for to, _ in shop.server.accepted()]
    assert len(recipients) == len(set(recipients))
    return dict(Counter(to.partition("@")[2] for to in recipients))


def slowed(shop: Shop) -> list[str]:
    """The domains that go slower since."""
    with shop.store.reading() as connection:
        return list(connection.scalars(select(pace.c.name).where(pace.c.halvings > 0).order_by(pace.c.name)))


def test_a_domain_that_is_asked_too_fast_slows_and_the_others_go_on(shop: Shop) -> None:
    """LEDGER: 421, or 4.7.x: that domain slows; its letters leave in a later run, at the same relay."""
    made_mailing(shop.store, among_others(busy="421-4.7.0", wary="450-4.7.1"))
    sent = shop.call(*SEND)
    assert (sent.returncode, "sent 30" in sent.stdout, "waiting 12" in sent.stdout) == (0, True, True), sent
    assert (taken(shop), slowed(shop)) == ({"x.test": 30}, ["busy.test", "wary.test"])
    later = shop.call("run", now="2026-11-01T10:00")
    assert (later.returncode, later.stdout) == (0, "mailing 1 winback 2026-11, taken up: 42 of 42 sent\n"), later
    assert taken(shop) == {"x.test": 30, "busy.test": 6, "wary.test": 6}


@ON_SQLITE
def test_a_greylisted_letter_comes_back_a_minute_later(shop: Shop) -> None:
    """LEDGER: 4xx to a recipient is deferred for a minute; before that `run` knocks at nobody's door."""
    (shop.root / "campaigns" / "winback.yml").write_text(FILES["campaigns/winback.yml"] + SCHEDULE, encoding="utf-8")
    with shop.store.writing() as connection:
        made_contacts(connection, among_others(slow="451"))
    first = shop.call("run")
    assert (first.returncode, first.stdout) == (0, "mailing 1 winback 2026-11: 30 of 36 sent, 6 waiting\n"), first
    said = len(shop.server.commands)
    assert (taken(shop), slowed(shop), shop.call("run", now="2026-11-01T09:00:30").returncode) == (
        {"x.test": 30},
        [],
        0,
    )
    assert len(shop.server.commands) == said
    later = shop.call("run", now="2026-11-01T09:02")
    assert later.stdout == "mailing 1 winback 2026-11, taken up: 36 of 36 sent\n", later
    assert taken(shop) == {"x.test": 30, "slow.test": 6}
