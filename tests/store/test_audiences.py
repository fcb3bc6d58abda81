from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select

from rekindle.model.address import Mailbox, address_key
from rekindle.model.audience import LeftOutReason, Verdict
from rekindle.model.campaign import Campaign, Holdout, Variant
from rekindle.model.delivery import DeliveryState
from rekindle.plan.arms import arm_salt, arms_of, draw_arm
from rekindle.store.audience_terms import AudienceRules
from rekindle.store.audiences import (
    Audience,
    audience_pages,
    count_audience,
    count_new_and_gone,
    decide_audience,
    leave_out,
    queue_deliveries,
    staged_audience,
)
from rekindle.store.engine import Store
from rekindle.store.mailings import NewMailing, insert_mailing, tally
from rekindle.store.tables import audience_member, consent, contact, delivery, suppression

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
CAMPAIGN = Campaign(
    "winback", "offers", ("everyone",), Mailbox("a@b.example"), "s", "t.mjml", holdout=Holdout(Decimal(0))
)


def add_contacts(connection: Connection, emails: Iterable[str], consented: bool = True) -> None:
    rows = [
        {"email": email, "address_key": address_key(email), "first_seen_at": NOW, "exists_from": NOW}
        for email in emails
    ]
    connection.execute(insert(contact), rows)
    if consented:
        for contact_id in connection.scalars(select(contact.c.id)).all():
            give_consent(connection, contact_id)


def give_consent(connection: Connection, contact_id: int) -> None:
    past = NOW - timedelta(days=365)
    entry = {"contact_id": contact_id, "topic": "offers", "given": True, "occurred_at": past, "recorded_at": past}
    connection.execute(insert(consent), entry)


def only(*ids: int) -> Any:
    return select(contact.c.id).where(contact.c.id.in_(ids))


def rules(campaign: Campaign = CAMPAIGN, **changes: Any) -> AudienceRules:
    made = AudienceRules(
        campaign.name,
        "2026-11",
        campaign.topic,
        NOW,
        select(contact.c.id),
        arm_salt(campaign, "2026-11"),
        arms_of(campaign),
    )
    return replace(made, **changes)


def verdicts(connection: Connection, asked: AudienceRules) -> dict[int, tuple[str, str, str]]:
    with staged_audience(connection, asked) as audience:
        members = [member for page in audience_pages(connection, audience) for member in page]
    return {member.contact_id: (member.verdict, member.arm, member.reason) for member in members}


def reasons(connection: Connection, asked: AudienceRules) -> dict[int, str]:
    return {contact_id: row[2] for contact_id, row in verdicts(connection, asked).items()}


def a_mailing(connection: Connection, **changes: Any) -> int:
    made = insert_mailing(connection, NewMailing(**{"campaign": "winback", "period": "2026-10", "as_of": NOW,
                                                    "created_at": NOW} | changes))  # fmt: skip
    assert made is not None
    return made.mailing_id


def a_letter(connection: Connection, mailing_id: int, contact_id: int, **changes: Any) -> None:
    row = {"mailing_id": mailing_id, "contact_id": contact_id, "address": "x", "address_key": f"k{contact_id}",
           "domain": "d", "arm": "letter", "state": "sent"} | changes  # fmt: skip
    connection.execute(insert(delivery), row)


def test_everyone_in_the_segment_gets_exactly_one_verdict(store: Store) -> None:
    """One row a member, whatever keeps it out, and the counts add up to the segment."""
    campaign = replace(
        CAMPAIGN, holdout=Holdout(Decimal("0.3")), variants=(Variant("warm"), Variant("short", Decimal("0.25")))
    )
    with store.reading() as connection:
        add_contacts(connection, [f"u{n}@shop.example" for n in range(200)] + ["", "u1@shop.example"])
        asked = rules(campaign, excluded=only(*range(1, 20)), handed_over=only(*range(10, 40)))
        with staged_audience(connection, asked) as audience:
            counts = count_audience(connection, audience)
            pages = [member.contact_id for page in audience_pages(connection, audience, page=7) for member in page]
    assert sum(counts.values()) == 202
    assert pages == list(range(1, 203))
    left_out = {reason: count for (verdict, _, reason, _), count in counts.items() if verdict == Verdict.LEFT_OUT}
    assert left_out == {"excluded": 19, "handed_over": 20, "no_address": 1, "duplicate": 1}
    assert all((reason == "") == (verdict != "left_out") for verdict, _, reason, _ in counts)
    assert {(verdict, arm) for verdict, arm, reason, _ in counts if not reason} == {
        ("held_out", "holdout"),
        ("chosen", "warm"),
        ("chosen", "short"),
    }


def test_the_first_reason_in_the_contract_s_order_is_the_reason(store: Store) -> None:
    """COMMANDS 3 lists the reasons; who has several is counted under the first."""
    higher = {"outranked_by": ["sale"], "day": (NOW - timedelta(hours=9), NOW + timedelta(hours=15))}
    with store.writing() as connection:
        add_contacts(connection, [f"u{n}@shop.example" for n in range(1, 9)], consented=False)
        for contact_id in range(3, 9):
            give_consent(connection, contact_id)
        connection.execute(
            insert(suppression), {"kind": "address", "key": "u1@shop.example", "reason": "manual", "since": NOW}
        )
        sale, past = a_mailing(connection, campaign="sale", period="today"), a_mailing(connection)
        for contact_id in range(1, 5):
            connection.execute(
                insert(audience_member), {"mailing_id": sale, "contact_id": contact_id, "verdict": "chosen"}
            )
        for contact_id in range(1, 4):
            a_letter(connection, past, contact_id, sent_at=NOW - timedelta(days=1))
        for contact_id in range(4, 7):
            a_letter(connection, past, contact_id, sent_at=NOW - timedelta(days=20))
        asked = rules(
            capped=(1, NOW - timedelta(days=7)),
            excluded=only(1, 2, 3, 4, 5),
            had_since=NOW - timedelta(days=30),
            handed_over=only(1, 2, 3, 4, 5, 6, 7),
            **higher,
        )
        assert reasons(connection, asked) == {
            1: "suppressed",
            2: "no_consent",
            3: "capped",
            4: "outranked",
            5: "excluded",
            6: "had_it",
            7: "handed_over",
            8: "",
        }


def test_one_mailbox_gets_one_letter(store: Store) -> None:
    """Of those who share an address and may be written to the earliest stays, whatever keeps that one out otherwise.

    Else a mailbox whose first holder had the campaign, or goes to a call list, would get it by way of the second.
    """
    with store.reading() as connection:
        add_contacts(connection, ["a@x.example", "A@X.example", "a@x.example", "b@x.example"])
        assert reasons(connection, rules()) == {1: "", 2: "duplicate", 3: "duplicate", 4: ""}
        assert reasons(connection, rules(excluded=only(1))) == {1: "excluded", 2: "duplicate", 3: "duplicate", 4: ""}
        assert reasons(connection, rules(excluded=only(3))) == {1: "", 2: "duplicate", 3: "duplicate", 4: ""}
        everyone_held = replace(CAMPAIGN, holdout=Holdout(Decimal(1)))
        assert reasons(connection, rules(everyone_held))[2] == "duplicate"


@pytest.mark.parametrize(
    ("age", "letters", "expected"),
    [
        (timedelta(days=7), 1, ""),  # as_of - D itself is outside
        (timedelta(days=7) - timedelta(microseconds=1), 1, "capped"),
        (timedelta(0), 1, "capped"),
        (-timedelta(seconds=1), 1, ""),  # what comes after as_of does not exist
        (timedelta(days=1), 2, ""),
    ],
)
def test_a_cap_counts_the_letters_within_its_time(store: Store, age: timedelta, letters: int, expected: str) -> None:
    with store.writing() as connection:
        add_contacts(connection, ["a@x.example"])
        a_letter(connection, a_mailing(connection, campaign="other"), 1, sent_at=NOW - age)
        assert reasons(connection, rules(capped=(letters, NOW - timedelta(days=7)))) == {1: expected}


def test_a_letter_of_unknown_fate_counts_for_the_cap(store: Store) -> None:
    """It may have arrived: rather one letter too few."""
    with store.writing() as connection:
        add_contacts(connection, ["a@x.example"])
        a_letter(connection, a_mailing(connection, campaign="other"), 1, state="unknown", handed_at=NOW)
        assert reasons(connection, rules(capped=(1, NOW - timedelta(days=7)))) == {1: "capped"}


@pytest.mark.parametrize(
    ("state", "campaign", "expected"),
    [
        ("sent", "winback", "had_it"),
        ("unknown", "winback", "had_it"),
        ("queued", "winback", "had_it"),
        ("failed", "winback", ""),
        ("skipped", "winback", ""),
        ("sent", "other", ""),
    ],
)
def test_who_had_the_campaign_is_not_taken_again(store: Store, state: str, campaign: str, expected: str) -> None:
    with store.writing() as connection:
        add_contacts(connection, ["a@x.example"])
        sent_at = NOW - timedelta(days=40) if state == "sent" else None
        a_letter(connection, a_mailing(connection, campaign=campaign), 1, state=state, sent_at=sent_at)
        assert reasons(connection, rules(had_since=NOW - timedelta(days=60))) == {1: expected}
        assert reasons(connection, rules(had_since=None)) == {1: ""}


def test_only_the_same_day_and_whom_it_chose_are_outranked(store: Store) -> None:
    day = (NOW - timedelta(hours=9), NOW + timedelta(hours=15))
    with store.writing() as connection:
        add_contacts(connection, [f"u{n}@x.example" for n in range(4)])
        today = a_mailing(connection, campaign="sale", period="a")
        yesterday = a_mailing(connection, campaign="sale", period="b", as_of=NOW - timedelta(days=1))
        lower = a_mailing(connection, campaign="quiet", period="c")
        for mailing_id, contact_id, verdict in [(today, 1, "chosen"), (today, 2, "held_out"), (yesterday, 3, "chosen"),
                                                (lower, 4, "chosen")]:  # fmt: skip
            row = {"mailing_id": mailing_id, "contact_id": contact_id, "verdict": verdict}
            connection.execute(insert(audience_member), row)
        assert reasons(connection, rules(outranked_by=["sale"], day=day)) == {1: "outranked", 2: "", 3: "", 4: ""}


def test_the_store_draws_the_arms_that_python_draws(store: Store) -> None:
    """One sample rule: SQL and Python agree on every contact, so a rerun and a later step give the same arms."""
    campaign = replace(CAMPAIGN, holdout=Holdout(Decimal("0.15")), variants=(Variant("a"), Variant("b"), Variant("c")))
    with store.reading() as connection:
        add_contacts(connection, [f"Кто{n}+t@пример{n % 7}.example" for n in range(300)])
        keys = {row.id: row.address_key for row in connection.execute(select(contact.c.id, contact.c.address_key))}
        drawn = {contact_id: row[1] for contact_id, row in verdicts(connection, rules(campaign)).items()}
    assert drawn == {contact_id: draw_arm(campaign, "2026-11", key, contact_id) for contact_id, key in keys.items()}
    assert len(set(drawn.values())) == 4


def test_the_first_offer_that_holds_is_the_contact_s(store: Store) -> None:
    with store.reading() as connection:
        add_contacts(connection, [f"u{n}@x.example" for n in range(4)])
        asked = rules(offers=[(0, only(1)), (1, only(1, 2)), (2, None)], excluded=only(4))
        with staged_audience(connection, asked) as audience:
            offers = {m.contact_id: m.offer for page in audience_pages(connection, audience) for m in page}
        assert offers == {1: 0, 2: 1, 3: 2, 4: None}
        with staged_audience(connection, replace(asked, offers=[(0, only(1))])) as audience:
            offers = {m.contact_id: m.offer for page in audience_pages(connection, audience) for m in page}
        assert offers == {1: 0, 2: None, 3: None, 4: None}


def test_a_contact_found_unrenderable_leaves_the_draw(store: Store) -> None:
    with store.reading() as connection:
        add_contacts(connection, [f"u{n}@x.example" for n in range(3)])
        with staged_audience(connection, rules()) as audience:
            leave_out(connection, audience, [2], LeftOutReason.UNRENDERABLE)
            counts = count_audience(connection, audience)
    assert counts == {("chosen", "letter", "", None): 2, ("left_out", "", "unrenderable", None): 1}


def test_only_the_chosen_get_a_delivery(store: Store) -> None:
    """audience_member holds everyone; delivery exists for the chosen, with address, domain, arm and offer frozen."""
    with store.writing() as connection:
        add_contacts(connection, ["Кто@Пример.example", "held@x.example", ""])
        mailing_id = a_mailing(connection, period="2026-11")
        decide_audience(connection, Audience(audience_member, mailing_id), rules(excluded=only(2), offers=[(0, None)]))
        queue_deliveries(connection, mailing_id, NOW)
        row = connection.execute(select(delivery)).one()
        assert tally(connection, mailing_id).planned == 1
        assert connection.scalar(select(func.count()).select_from(audience_member)) == 3
    domain = address_key("x@Пример.example").rpartition("@")[2]
    assert (row.contact_id, row.address, row.domain, row.arm, row.offer, row.state, row.due_at) == (
        1, "Кто@Пример.example", domain, "letter", 0, DeliveryState.QUEUED.value, NOW,
    )  # fmt: skip


def test_who_is_new_and_who_is_gone_since_the_last_mailing(store: Store) -> None:
    with store.writing() as connection:
        add_contacts(connection, [f"u{n}@x.example" for n in range(5)])
        last = a_mailing(connection)
        decide_audience(connection, Audience(audience_member, last), rules(members=only(1, 2, 3)))
        with staged_audience(connection, rules(members=only(3, 4))) as audience:
            assert count_new_and_gone(connection, audience, last) == (1, 2)


def test_a_plan_leaves_nothing_behind(store: Store) -> None:
    """The stage can be built again and again on one connection, and the tables stay empty."""
    with store.writing() as connection:
        add_contacts(connection, ["a@x.example"])
        first, second = verdicts(connection, rules()), verdicts(connection, rules())
        assert first == second == {1: ("chosen", "letter", "")}
        assert connection.scalar(select(func.count()).select_from(audience_member)) == 0
