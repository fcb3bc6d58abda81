"""The window in the line: when deliveries are due, what is claimed, and what the plan says about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from rekindle.line.audience_rules import window_terms
from rekindle.line.make_mailing import make_mailing
from rekindle.line.make_plan import make_plan
from rekindle.store.claims import Claimant, claim
from rekindle.store.engine import Store
from rekindle.store.mailings import mailings_to_resume
from rekindle.store.tables import contact, delivery

NIGHT = datetime(2026, 11, 2, 22, 0, tzinfo=UTC)  # a Monday
ZONES = {1: "Asia/Tokyo", 2: "Atlantic/Azores", 3: "Nowhere/Atlantis", 4: "Europe/Moscow"}
Read = Callable[[dict[str, str]], Any]


@pytest.fixture
def waking(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> Callable[[str], tuple[Store, Any]]:
    """The shop with contacts over the world, and the campaign with a window of this timezone key."""

    def make(timezone: str, more: str = "") -> tuple[Store, Any]:
        with shop.writing() as connection:
            for number, zone in ZONES.items():
                connection.execute(update(contact).where(contact.c.id == number).values(timezone=zone))
        shop_files["campaigns/winback.yml"] += f"window: {{hours: 09:00-20:00, days: mon-fri, timezone: {timezone}}}\n"
        shop_files["rekindle.yml"] += more
        return shop, read_workspace(shop_files)

    return make


def due(store: Store) -> dict[int, datetime]:
    with store.reading() as connection:
        rows = connection.execute(select(delivery.c.contact_id, delivery.c.due_at))
        return {row.contact_id: row.due_at for row in rows}


def at(hour: int, day: int = 3) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_letters_are_due_in_waves_by_the_contacts_own_clocks(waking: Callable[..., Any]) -> None:
    """Nine in Tokyo, in Moscow, by the workspace's clock for who has none that is known, and on the Azores."""
    store, workspace = waking("contact")
    make_mailing(store, workspace, "winback", "2026-11", NIGHT, NIGHT)
    found = due(store)
    assert [found[number] for number in (1, 2, 3, 4, 5)] == [at(0), at(10), at(9), at(6), at(9)]


def test_by_the_workspace_s_clock_all_are_due_at_once(waking: Callable[..., Any]) -> None:
    """The default; and whoever makes the mailing in the open hours does not wait."""
    store, workspace = waking("workspace")
    made = make_mailing(store, workspace, "winback", "2026-11", NIGHT, NIGHT)
    assert set(due(store).values()) == {at(9)}
    make_mailing(store, workspace, "winback", "2026-12", at(10), at(10))
    with store.reading() as connection:
        second = select(delivery.c.due_at).where(delivery.c.mailing_id != made.mailing_id)
        assert set(connection.scalars(second)) == {at(10)}
        assert [each.mailing_id for each in mailings_to_resume(connection, at(8))] == []
        assert len(mailings_to_resume(connection, at(10))) == 2


def test_what_is_due_outside_of_it_is_put_off_at_claim(waking: Callable[..., Any]) -> None:
    """Retries, capped letters, a sender that is late: whatever made it due, nothing leaves while it is quiet."""
    store, workspace = waking("contact")
    made = make_mailing(store, workspace, "winback", "2026-11", NIGHT, NIGHT)
    terms = window_terms(workspace, workspace.campaigns["winback"])
    with store.writing() as connection:
        connection.execute(update(delivery).values(due_at=NIGHT))
        connection.execute(update(delivery).where(delivery.c.contact_id > 4).values(state="deferred"))
        claimed = claim(connection, Claimant(made.mailing_id, "me", 1), at(19), 100, None, terms)
    assert [one.delivery.contact_id for one in claimed.claims] == [5, 6, 7, 8, 9, 10, 2, 3]
    assert claimed.passed_over == 2
    found = due(store)
    assert (found[1], found[4]) == (at(0, day=4), at(6, day=4))
    with store.reading() as connection:
        waiting = connection.execute(select(delivery.c.reason).where(delivery.c.contact_id.in_([1, 4])))
        assert set(waiting.scalars()) == {"window"}


@pytest.mark.parametrize(
    ("timezone", "more", "expected"),
    [
        ("workspace", "", at(9)),
        ("contact", "", at(10)),
        ("workspace", "sending: {per_second: 0.0002}\n", datetime(2026, 11, 4, 11, 53, 20, tzinfo=UTC)),
    ],
)
def test_plan_says_when_the_last_letter_leaves(
    waking: Callable[..., Any], timezone: str, more: str, expected: datetime
) -> None:
    """The last wave; and what the rate does not bring out before the window closes goes on the next day."""
    store, workspace = waking(timezone, more)
    assert make_plan(store, workspace, "winback", "2026-11", NIGHT).last_letter_at == expected
