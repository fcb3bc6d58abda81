"""Looking ahead is what happens: the simulation foresees, letter by letter, what `run` then does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from rekindle.line.run_due import run_due
from rekindle.line.send import send_mailing
from rekindle.line.simulate import simulate
from rekindle.settings import Settings
from rekindle.store.engine import Store
from rekindle.store.mailings import list_mailings
from rekindle.store.tables import delivery, mailing, metadata

START = datetime(2026, 10, 31, 9, 0, tzinfo=UTC)
Read = Callable[[dict[str, str]], Any]
LADDER = """\
topic: offers
segment: all
subject: Hello
template: winback.txt
holdout: 10%
again: after 1 year
schedule: {cron: "0 9 1 * *", max_lateness: 12 hours}
window: {hours: 10:00-20:00, days: mon-fri}
steps: [{}, {after: 7 days, unless: clicked}]
"""
NEWS = """\
topic: offers
segment: all
subject: News
template: winback.txt
holdout: 0
priority: 10
schedule: {cron: "0 9 * * 1", max_lateness: 12 hours}
limits: {per_contact: {letters: 1, within: 7 days}}
"""
OFTEN = """\
topic: offers
segment: all
subject: Often
template: winback.txt
holdout: 20%
priority: 20
again: after 10 days
schedule: {cron: "0 13 */3 * *", max_lateness: 20 hours}
limits: {per_contact: {letters: 3, within: 14 days}}
"""


def counts(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


def test_what_is_foreseen_is_what_happens(
    shop: Store, shop_files: dict[str, str], read_workspace: Read, tmp_path: Path
) -> None:
    """A month of a ladder with a window, a weekly letter under a cap of a week and one with `again`, against `run`.

    In earnest a letter leaves a little after its mailing's moment, so a week later it still counts for the cap.
    """
    shop_files |= {"campaigns/winback.yml": LADDER, "campaigns/news.yml": NEWS, "campaigns/often.yml": OFTEN}
    workspace, before = read_workspace(shop_files), counts(shop)
    foresight = simulate(shop, workspace, START, 1)
    assert counts(shop) == before
    foreseen = {(one.day, one.campaign, one.period, one.step): one.letters for one in foresight.foreseen if one.letters}

    settings = Settings("", smtp_url="eml:letters", secret_key="0123456789abcdef", public_url="https://m.example")
    now = START
    while now <= foresight.end:
        sent_at = now + timedelta(milliseconds=200)
        send = lambda mailing_id, at=sent_at: send_mailing(shop, settings, mailing_id, lambda: at, root=tmp_path)  # noqa: E731
        if now.hour in {9, 10, 13}:
            run_due(shop, workspace, now, lambda: datetime.now(UTC), send)
        now += timedelta(hours=1)
    happened: Counter[tuple[Any, ...]] = Counter()
    asked = select(delivery.c.sent_at, mailing.c.campaign, mailing.c.period, mailing.c.step)
    with shop.reading() as connection:
        for sent_at, *which in connection.execute(asked.join(mailing).where(delivery.c.state == "sent")):
            happened[sent_at.date(), *which] += 1
    assert foreseen == happened
    assert {(key[1], key[3]) for key in foreseen} == {("winback", 1), ("winback", 2), ("news", 1), ("often", 1)}


def test_a_guard_holds_and_faults_are_named(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    """What would be held is said on the day on which it would be made, with its audience."""
    shop_files["campaigns/winback.yml"] += "guard: {max_audience: 3}\n"
    foresight = simulate(shop, read_workspace(shop_files), START, 1)
    (one,) = foresight.foreseen
    assert (str(one.day), one.made, one.letters, one.audience) == ("2026-11-01", True, 0, {"chosen": 10})
    assert "guard.max_audience 3" in one.held

    del shop_files["campaigns/winback.yml"]
    shop_files["campaigns/news.yml"] = NEWS
    shop_files["templates/winback.txt"] = "{{ contact.patronymic }} {{ links.unsubscribe }}\n"
    foresight = simulate(shop, read_workspace(shop_files), START, 1)
    assert [str(fault).partition(" ")[0] for fault in foresight.faults] == ["templates/winback.txt:1:1:"]
    with shop.reading() as connection:
        assert list_mailings(connection) == []
