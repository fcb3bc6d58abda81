"""The status history: written where the rules say another, pins first, held as long as the history says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.grammar import read_condition, read_ladders
from rekindle.store.engine import Store
from rekindle.store.pins import pin_status
from rekindle.store.segments import member_ids
from rekindle.store.statuses import last_refresh, refresh_ladder, status_numbers
from rekindle.store.tables import activity, contact, event, orders, status_history
from tests.property.written import node_of

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
RUNGS = [{"name": "active", "when": {"bought": {"within": "30 days"}}}, {"name": "idle", "when": {"bought": True}}]


def day(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def ladder_of(rungs: list[dict[str, Any]]):
    ladders, problems = read_ladders(node_of({"statuses": rungs}), Catalogue())
    assert problems == []
    return ladders[0]


LADDER = ladder_of(RUNGS)
CATALOGUE = Catalogue(ladders=(LADDER,))


def asking(number: int) -> Asking:
    return Asking(day(number), UTC, CATALOGUE)


def put(store: Store) -> None:
    """Contact 1 bought on day 10, contact 2 on day 50, contact 3 never; contact 4 comes on day 60."""
    with store.writing() as connection:
        for number in (1, 2, 3, 4):
            since = day(60) if number == 4 else FIRST
            connection.execute(insert(contact).values(id=number, first_seen_at=since, exists_from=since))
        for number, at in ((1, day(10)), (2, day(50))):
            connection.execute(insert(orders).values(
                source="main", number=str(number), contact_id=number, placed_at=at, placed_on=at.date(), amount=1,
                status="paid"))  # fmt: skip


def refresh(store: Store, number: int) -> int:
    with store.writing() as connection:
        return refresh_ladder(connection, LADDER, asking(number), day(number))


def members(store: Store, written: Any, number: int) -> list[int]:
    condition, problems = read_condition(node_of(written), CATALOGUE)
    assert problems == []
    assert condition is not None
    with store.reading() as connection:
        return list(member_ids(connection, condition, asking(number)))


def test_a_refresh_writes_what_changed_and_nothing_twice(store: Store) -> None:
    """New statuses, changes, and none the second time for the same moment."""
    put(store)
    assert [refresh(store, number) for number in (20, 20, 45, 60, 60, 100)] == [1, 0, 1, 1, 0, 1]
    with store.reading() as connection:
        numbers = status_numbers(connection, "status", day(100))
        assert numbers == {"idle": Counter({day(45): 1, day(100): 1})}
        assert (last_refresh(connection, "status"), last_refresh(connection, "warmth")) == (day(100), None)


def test_the_status_is_that_of_the_moment_asked_for(store: Store) -> None:
    """By the last row at or before as_of; without a row it is missing, and `not` holds."""
    put(store)
    for number in (20, 45, 60):
        refresh(store, number)
    assert [members(store, {"status": "active"}, number) for number in (19, 20, 44, 45, 60)] == [[], [1], [1], [], [2]]
    assert members(store, {"not": {"status": ["active", "idle"]}}, 60) == [3, 4]
    assert members(store, {"status": {"known": False}}, 60) == [3, 4]


def test_held_and_entered_meet_at_the_moment(store: Store) -> None:
    """Held for at least D is since at or before as_of - D; entered within D is after it."""
    put(store)
    refresh(store, 20)
    asked = {"in": ["active"], "for_at_least": "10 days"}
    assert [members(store, {"status": asked}, number) for number in (29, 30)] == [[], [1]]
    assert [members(store, {"status": {"entered": "10 days"}}, number) for number in (29, 30)] == [[1], []]


def test_a_history_filled_backwards_counts_from_the_first_row(store: Store) -> None:
    """A later refresh for an earlier moment moves the beginning back, it does not begin anew."""
    put(store)
    refresh(store, 35)
    refresh(store, 12)
    assert members(store, {"status": {"in": ["active"], "for_at_least": "20 days"}}, 35) == [1]


def test_dwell_is_that_of_the_whole_run(store: Store) -> None:
    """Filled backwards it counts from the first row; after a pin to another status from the pin's end."""
    put(store)
    for number in (35, 12, 25):
        refresh(store, number)
    with store.writing() as connection:
        assert status_numbers(connection, "status", day(35)) == {"active": Counter({day(12): 1})}
        pin_status(connection, [1], "status", "idle", since=day(26), until=day(28))
    with store.reading() as connection:
        assert status_numbers(connection, "status", day(27)) == {"idle": Counter({day(26): 1})}
        assert status_numbers(connection, "status", day(35)) == {"active": Counter({day(28): 1})}


def test_a_pin_stands_first_until_it_ends_and_the_rule_goes_on_beneath(store: Store) -> None:
    """From the pin to its end, then the rule's status, held only since the pin's end."""
    put(store)
    refresh(store, 20)
    with store.writing() as connection:
        pin_status(connection, [1], "status", "idle", since=day(22), until=day(26))
    refresh(store, 24)
    assert [members(store, {"status": "idle"}, number) for number in (21, 22, 25, 26)] == [[], [1], [1], []]
    held = {"status": {"in": ["active"], "for_at_least": "3 days"}}
    assert [members(store, held, number) for number in (28, 29)] == [[], [1]]
    with store.reading() as connection:
        rows = connection.execute(select(func.count()).select_from(status_history)).scalar_one()
        assert rows == 2


def test_a_campaigns_pin_ends_at_the_next_order_inquiry_or_click_and_one_by_hand_does_not(store: Store) -> None:
    """What came before the pin, a visit and a scanner's click do not end it; a sign that comes in late does."""
    put(store)
    with store.writing() as connection:
        pin_status(connection, [1, 2, 3, 4], "status", "idle", since=day(61), by="win-back")
        pin_status(connection, [2], "warmth", "cold", since=day(61))
        connection.execute(insert(orders).values(
            source="main", number="9", contact_id=2, placed_at=day(70), placed_on=day(70).date(), amount=1,
            status="open"))  # fmt: skip
        for number, kind, at in ((3, "visit", 62), (3, "inquiry", 65), (4, "visit", 63)):
            connection.execute(
                insert(activity).values(
                    contact_id=number, kind=kind, kind_folded=kind, occurred_at=day(at), fingerprint=f"{number}{kind}"
                )
            )
        for machine, at in ((True, 62), (False, 68)):
            connection.execute(insert(event).values(
                kind="clicked", contact_id=1, occurred_at=day(at), recorded_at=day(at), machine=machine))  # fmt: skip
    refresh(store, 100)
    with store.reading() as connection:
        ends = connection.execute(
            select(status_history.c.contact_id, status_history.c.pinned_until, status_history.c.pinned_by)
            .where(status_history.c.pinned)
            .order_by(status_history.c.id)
        ).all()
    assert [tuple(row) for row in ends] == [
        (1, day(68), "win-back"), (2, day(70), "win-back"), (3, day(65), "win-back"), (4, None, "win-back"),
        (2, None, ""),
    ]  # fmt: skip
    asked = {"status": "idle"}
    assert [members(store, asked, number) for number in (60, 61, 65, 69, 70)] == [
        [], [1, 2, 3, 4], [1, 2, 4], [2, 4], [4],
    ]  # fmt: skip


def test_who_reaches_no_rung_any_more_has_no_status(store: Store) -> None:
    """Leaving a ladder is written too."""
    put(store)
    refresh(store, 20)
    narrow = ladder_of([{"name": "active", "when": {"bought": {"within": "30 days"}}}])
    with store.writing() as connection:
        assert refresh_ladder(connection, narrow, asking(45), day(45)) == 1
    assert (members(store, {"status": "active"}, 45), members(store, {"status": {"known": False}}, 45)) == (
        [],
        [1, 2, 3],
    )
