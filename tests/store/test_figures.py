"""The figures of a period against a recount in plain Python, on both databases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sent_rows import START, ZONE, Rows

from rekindle.model.duration import Duration
from rekindle.model.figures import ArmFigures, PeriodFigures
from rekindle.store.engine import Store
from rekindle.store.figures import campaigns_mailed, occasions, period_figures

GOAL = Duration.parse("14 days")
LATE = START + timedelta(days=90)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)


def read(
    store: Store, rows: Rows, *, goal: Duration = GOAL, as_of: datetime = LATE, campaign: str = "winback"
) -> list[PeriodFigures]:
    with store.writing() as connection:
        rows.store(connection)
    return again(store, goal=goal, as_of=as_of, campaign=campaign)


def again(
    store: Store, *, goal: Duration = GOAL, as_of: datetime = LATE, campaign: str = "winback"
) -> list[PeriodFigures]:
    with store.reading() as connection:
        found = occasions(connection, campaign, as_of)
        return [period_figures(connection, occasion, goal, ZONE, as_of) for occasion in found]


# --- the recount


def recount(rows: Rows, mailings: Sequence[int], goal: Duration, as_of: datetime) -> dict[str, ArmFigures]:
    """The same figures, contact by contact, from the rows themselves."""
    table = rows.by_table
    started = table["mailing"][mailings[0] - 1]["started_at"]
    arms: dict[str, ArmFigures] = {}
    for member in table["audience_member"]:
        if member["mailing_id"] == mailings[0] and member["verdict"] != "left_out":
            one = recount_contact(table, mailings, member["contact_id"], (started, goal.after(started, ZONE)), as_of)
            arms[member["arm"]] = arms.get(member["arm"], ArmFigures()).plus(one)
    return {arm: replace(figures, converted_by_day=()) for arm, figures in arms.items()}


def recount_contact(
    table: dict[str, list[dict[str, Any]]], mailings: Sequence[int], contact: int, window: tuple[datetime, datetime],
    as_of: datetime,
) -> ArmFigures:  # fmt: skip
    states = [
        row["state"] for row in table.get("delivery", [])
        if row["mailing_id"] in mailings and row["contact_id"] == contact and row["settled_at"] <= as_of
    ]  # fmt: skip
    events = {
        (row["kind"], row["machine"]) for row in table.get("event", [])
        if row["mailing_id"] in mailings and row["contact_id"] == contact and row["occurred_at"] <= as_of
    }  # fmt: skip
    paid = [
        row["amount"] for row in table.get("orders", [])
        if row["contact_id"] == contact and row["status"] == "paid"
        and window[0] < row["placed_at"] <= min(window[1], as_of)
    ]  # fmt: skip
    counts = Counter({state: 1 for state in states if state in ("sent", "failed", "unknown")})
    for kind in ("bounced", "complained", "unsubscribed", "opened", "clicked"):
        counts[kind] = int((kind, False) in events)
    return ArmFigures(
        audience=1, letters=states.count("sent"), opened_machine=int(("opened", True) in events), **counts,
        converted=int(bool(paid)), revenue=sum(paid), revenue_squares=sum(paid) ** 2,
    )  # fmt: skip


def without_days(period: PeriodFigures) -> dict[str, ArmFigures]:
    return {arm: replace(figures, converted_by_day=()) for arm, figures in period.arms.items()}


def random_rows(seed: int) -> Rows:
    dice = random.Random(seed)
    rows = Rows()
    first = rows.mailing(started_at=START)
    second = rows.mailing(step=2, started_at=START + timedelta(days=7))
    other = rows.mailing("2026-11", started_at=START + timedelta(days=3))
    for contact in [rows.contact() for _ in range(120)]:
        arm = dice.choice(["holdout", "warm", "short"])
        verdict = "left_out" if dice.random() < 0.1 else "held_out" if arm == "holdout" else "chosen"
        rows.member(first, contact, arm, verdict=verdict, reason="no_consent" if verdict == "left_out" else "")
        rows.member(other, contact, "letter")
        for mailing in (first, second, other):
            if verdict == "chosen" or mailing == other:
                state = dice.choice(["sent", "sent", "sent", "failed", "unknown", "queued", "skipped"])
                rows.delivery(mailing, contact, state, START + timedelta(hours=dice.randint(0, 300)))
                for _ in range(dice.randint(0, 4)):
                    kind = dice.choice(["opened", "clicked", "bounced", "complained", "unsubscribed"])
                    machine = kind in ("opened", "clicked") and dice.random() < 0.3
                    when = START + timedelta(hours=dice.randint(0, 600))
                    rows.event(kind, mailing, contact, when, machine=machine)
        for _ in range(dice.choice([0, 0, 1, 2, 3])):
            when = START + timedelta(hours=dice.randint(-200, 500))
            rows.order(contact, when, dice.randint(0, 5_000_000), dice.choice(["paid", "paid", "cancelled"]))
    return rows


@pytest.mark.parametrize("seed", [1, 2])
def test_the_statements_agree_with_a_recount_at_any_moment(store: Store, seed: int) -> None:
    """Every count of every arm equals the plain recount, at the end and while the goal's time still runs."""
    rows = random_rows(seed)
    periods = read(store, rows)
    early = START + timedelta(days=9, hours=5)

    assert [without_days(period) for period in periods] == [
        recount(rows, [1, 2], GOAL, LATE),
        recount(rows, [3], GOAL, LATE),
    ]
    assert [without_days(period) for period in again(store, as_of=early)] == [
        recount(rows, [1, 2], GOAL, early),
        recount(rows, [3], GOAL, early),
    ]


# --- the rules one by one


def test_the_goal_is_open_at_its_start_and_closed_at_its_end(store: Store) -> None:
    """start < placed_at <= start + within (LANGUAGE 4)."""
    rows = Rows()
    mailing = rows.mailing()
    end = START + timedelta(days=14)
    for at in (START, START + MICROSECOND, end, end + MICROSECOND):
        contact = rows.contact()
        rows.member(mailing, contact, "letter")
        rows.order(contact, at, 100)
    [period] = read(store, rows)

    assert (period.arms["letter"].audience, period.arms["letter"].converted) == (4, 2)


def test_a_month_goes_by_the_calendar_of_the_workspace(store: Store) -> None:
    """One month after 31 January, 00:30 in Moscow, is 28 February, 00:30 in Moscow."""
    started = datetime(2026, 1, 30, 21, 30, tzinfo=UTC)
    end = datetime(2026, 2, 27, 21, 30, tzinfo=UTC)
    rows = Rows()
    mailing = rows.mailing(started_at=started)
    for at in (end, end + SECOND):
        contact = rows.contact()
        rows.member(mailing, contact, "letter")
        rows.order(contact, at, 100)
    [period] = read(store, rows, goal=Duration.parse("1 month"))

    assert period.arms["letter"].converted == 1
    assert period.counted_until == end


def test_only_paid_orders_count_and_revenue_is_summed_per_contact_before_squaring(store: Store) -> None:
    """A contact with orders of 300 and 200 brings 500 and 250,000 of squares."""
    rows = Rows()
    mailing, contact = rows.mailing(), rows.contact()
    rows.member(mailing, contact, "holdout")
    for amount, status in ((300, "paid"), (200, "paid"), (900, "refunded"), (900, "open"), (900, "cancelled")):
        rows.order(contact, START + SECOND, amount, status)
    [period] = read(store, rows)
    held = period.arms["holdout"]

    assert (held.converted, held.revenue, held.revenue_squares) == (1, 500, 250_000)


def test_squares_of_large_revenues_stay_exact(store: Store) -> None:
    """Beyond 64 bits: thirty contacts of 90,000,000,000 minor units each."""
    rows = Rows()
    mailing = rows.mailing()
    for _ in range(30):
        contact = rows.contact()
        rows.member(mailing, contact, "letter")
        rows.order(contact, START + SECOND, 90_000_000_000)
    [period] = read(store, rows)

    assert period.arms["letter"].revenue_squares == 30 * 90_000_000_000**2


def test_the_day_of_the_first_order_counts_once(store: Store) -> None:
    """Exactly one day after the start is still day 1; a second order of the contact adds no second conversion."""
    rows = Rows()
    mailing = rows.mailing()
    for hours in ((40, 24), (25,), (14 * 24,)):
        contact = rows.contact()
        rows.member(mailing, contact, "letter")
        for hour in hours:
            rows.order(contact, START + timedelta(hours=hour), 100)
    [period] = read(store, rows)

    assert period.arms["letter"].converted_by_day == (1, 1, *[0] * 11, 1)
    assert again(store, as_of=START + timedelta(hours=36))[0].arms["letter"].converted_by_day == (1, 1)


def test_history_from_elsewhere_counts_from_each_contacts_own_moment(store: Store) -> None:
    """Brought in: counted_from, else the delivery's sent_at; the holdout likewise; a later start is not seen."""
    rows = Rows()
    mailing = rows.mailing(imported=True, started_at=None)
    later = START + timedelta(days=5)
    sent, held, earlier, not_yet = (rows.contact() for _ in range(4))
    rows.member(mailing, sent, "letter")
    rows.delivery(mailing, sent, at=later)
    rows.member(mailing, held, "holdout", counted_from=later)
    rows.member(mailing, earlier, "holdout", counted_from=START)
    rows.member(mailing, not_yet, "holdout", counted_from=LATE + SECOND)
    rows.order(earlier, START + timedelta(days=14, seconds=1), 900)  # after its own end, before the others'
    for contact in (sent, held):
        rows.order(contact, START + SECOND, 100)  # before the contact's own start
        rows.order(contact, later, 100)  # at it
        rows.order(contact, later + timedelta(days=14), 700)
    [period] = read(store, rows)

    assert {arm: (f.audience, f.converted, f.revenue) for arm, f in period.arms.items()} == {
        "letter": (1, 1, 700),
        "holdout": (2, 1, 700),
    }
    assert (period.started_at, period.counted_until) == (START, later + timedelta(days=14))


def test_nothing_that_happened_after_as_of_exists(store: Store) -> None:
    """A mailing, a letter, an open and an order later than as_of are not seen."""
    rows = Rows()
    mailing, contact = rows.mailing(), rows.contact()
    rows.member(mailing, contact, "letter")
    rows.delivery(mailing, contact, at=START + 2 * SECOND)
    rows.event("opened", mailing, contact, START + 3 * SECOND)
    rows.order(contact, START + 4 * SECOND, 100)
    rows.mailing("2026-11", started_at=START + timedelta(days=31))
    read(store, rows)
    [period] = again(store, as_of=START + SECOND)

    assert period.arms == {"letter": ArmFigures(audience=1, converted_by_day=(0,))}
    assert not period.complete
    assert again(store, as_of=START - SECOND) == []


def test_the_left_out_are_counted_by_reason(store: Store) -> None:
    """Whoever is in no arm has a reason."""
    rows = Rows()
    mailing = rows.mailing()
    for reason in ("no_consent", "no_consent", "capped"):
        rows.member(mailing, rows.contact(), "", verdict="left_out", reason=reason)
    [period] = read(store, rows)

    assert (period.left_out, period.arms) == ({"no_consent": 2, "capped": 1}, {})


def test_a_mailing_that_has_not_started_counts_no_orders(store: Store) -> None:
    """Held for a person: its audience is known, nothing else can have happened."""
    rows = Rows()
    mailing, contact = rows.mailing(state="held", started_at=None), rows.contact()
    rows.member(mailing, contact, "letter")
    rows.order(contact, START + SECOND, 100)
    [period] = read(store, rows)

    assert (period.arms, period.started_at) == ({"letter": ArmFigures(audience=1)}, None)


def test_campaigns_and_periods_are_told_apart(store: Store) -> None:
    """Another campaign's mailing to the same contact leaves these figures alone."""
    rows = Rows()
    mine, other, contact = rows.mailing(), rows.mailing(campaign="news"), rows.contact()
    for mailing in (mine, other):
        rows.member(mailing, contact, "letter")
    rows.event("opened", other, contact, START + SECOND)
    [period] = read(store, rows)
    with store.reading() as connection:
        names = campaigns_mailed(connection, LATE)

    assert (period.arms["letter"].opened, names) == (0, ("news", "winback"))
