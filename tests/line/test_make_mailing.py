from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from rekindle.line.make_mailing import make_mailing
from rekindle.line.make_plan import make_plan
from rekindle.model.error import HeldError, InputError
from rekindle.model.mailing import MailingState
from rekindle.store.engine import Store
from rekindle.store.mailings import frozen_files, held_reason, step_mailing, tally
from rekindle.store.tables import audience_member, consent, contact, delivery, mailing
from rekindle.workspace.freeze import thaw

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
Read = Callable[[dict[str, str]], Any]
HALF = "again: after 6 months\n"


def test_files_audience_and_deliveries_are_frozen_together(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    made = make_mailing(shop, read_workspace(shop_files), "winback", None, NOW, NOW)
    assert (made.period, made.state, made.as_of, made.started_at) == ("2026-11", MailingState.SENDING, NOW, NOW)
    with shop.reading() as connection:
        counts = tally(connection, made.mailing_id)
        assert (counts.planned, counts.waiting) == (10, 10)
        frozen = thaw(frozen_files(connection, made.mailing_id))
        assert connection.scalar(select(mailing.c.topic)) == "offers"
    assert frozen.files["templates/winback.txt"] == shop_files["templates/winback.txt"]


def test_the_mailing_that_is_there_is_returned_as_it_is(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    """Editing files and a grown base change nothing in flight."""
    first = make_mailing(shop, read_workspace(shop_files), "winback", "2026-11", NOW, NOW)
    shop_files["templates/winback.txt"] += "More.\n"
    with shop.writing() as connection:
        connection.execute(insert(contact), {"first_seen_at": NOW, "exists_from": NOW, "address_key": "new@x.example"})
    again = make_mailing(shop, read_workspace(shop_files), "winback", "2026-11", NOW + timedelta(days=1), NOW)
    assert again == first
    with shop.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(audience_member)) == 10
        assert "More." not in frozen_files(connection, first.mailing_id)


def test_an_error_on_the_way_leaves_nothing(
    shop: Store, shop_files: dict[str, str], read_workspace: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction: a crash after the audience and before the deliveries leaves the store as it was."""

    def fails(*_: object) -> None:
        raise RuntimeError("power loss")

    monkeypatch.setattr("rekindle.line.make_mailing.queue_deliveries", fails)
    with pytest.raises(RuntimeError):
        make_mailing(shop, read_workspace(shop_files), "winback", "2026-11", NOW, NOW)
    with shop.reading() as connection:
        for table in (mailing, audience_member, delivery):
            assert connection.scalar(select(func.count()).select_from(table)) == 0


def test_of_many_that_make_it_at_once_one_does_and_all_get_it(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    workspace, ids, start = read_workspace(shop_files), [], threading.Barrier(4)

    def make() -> None:
        start.wait()
        ids.append(make_mailing(shop, workspace, "winback", "2026-11", NOW, NOW).mailing_id)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with shop.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(mailing)) == 1
        assert connection.scalar(select(func.count()).select_from(delivery)) == 10
    assert ids == [ids[0]] * 4


def test_a_plan_s_audience_is_made_as_of_the_plan(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    """Whom no letter could be made for stays left out, and the counts are the plan's."""
    with shop.writing() as connection:
        connection.execute(update(contact).where(contact.c.id == 4).values(first_name="", first_name_folded=""))
    workspace = read_workspace(shop_files)
    plan = make_plan(shop, workspace, "winback", None, NOW)
    later = NOW + timedelta(days=6)
    made = make_mailing(shop, workspace, "winback", None, later, later, plan.hash)
    assert (made.as_of, made.period) == (NOW, "2026-11")
    with shop.reading() as connection:
        assert tally(connection, made.mailing_id).planned == plan.chosen == 9
        left_out = select(audience_member.c.contact_id).where(audience_member.c.reason == "unrenderable")
        assert connection.scalars(left_out).all() == [4]


def test_a_drifted_plan_is_refused_and_nothing_is_made(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    """Exit 6 where a file changed, the audience at the same moment is another, or a week has passed."""
    workspace = read_workspace(shop_files)
    plan = make_plan(shop, workspace, "winback", "2026-11", NOW)

    def refused(words: str, **changes: Any) -> None:
        asked = {"workspace": workspace, "now": NOW, "plan_hash": plan.hash, "period": None} | changes
        with pytest.raises(HeldError, match=words):
            make_mailing(shop, asked["workspace"], "winback", asked["period"], NOW, asked["now"], asked["plan_hash"])

    refused("older than 7 days", now=NOW + timedelta(days=7, seconds=1))
    refused("is of winback 2026-11, not of winback 2026-12", period="2026-12")
    changed = shop_files | {"templates/winback.txt": "Changed.\n"}
    refused("templates/winback.txt has changed", workspace=read_workspace(changed))
    with shop.writing() as connection:
        connection.execute(consent.delete().where(consent.c.contact_id == 3))
    refused("chosen 10 then, 9 now; left out .no_consent. 0 then, 1 now")
    with shop.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(mailing)) == 0
    with pytest.raises(InputError, match="no plan 0000"):
        make_mailing(shop, workspace, "winback", None, NOW, NOW, "0000")


def test_a_guard_holds_an_unattended_mailing_only(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    shop_files["campaigns/winback.yml"] += "guard: {max_audience: 9}\n"
    workspace = read_workspace(shop_files)
    held = make_mailing(shop, workspace, "winback", "a", NOW, NOW, unattended=True)
    by_hand = make_mailing(shop, workspace, "winback", "b", NOW, NOW)
    assert (held.state, held.started_at, by_hand.state) == (MailingState.HELD, None, MailingState.SENDING)
    with shop.reading() as connection:
        assert held_reason(connection, held.mailing_id) == "10 letters are more than guard.max_audience 9"
        assert tally(connection, held.mailing_id).waiting == 10


def test_a_mailing_that_was_for_nobody_is_made_anew_by_hand_and_stays_for_cron(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    """Consents that came a minute too late; the period of an unattended one is over once it was looked at."""
    workspace, later = read_workspace(shop_files), NOW + timedelta(hours=1)
    with shop.writing() as connection:
        kept = connection.execute(select(consent)).mappings().all()
        connection.execute(delete(consent))
    void = make_mailing(shop, workspace, "winback", "2026-11", NOW, NOW)
    with shop.writing() as connection:
        step_mailing(connection, void.mailing_id, MailingState.DONE, NOW)
        connection.execute(insert(consent), [dict(row) for row in kept])
    assert make_plan(shop, workspace, "winback", "2026-11", later).made_already == ""
    assert make_mailing(shop, workspace, "winback", "2026-11", later, later, unattended=True).as_of == NOW
    made = make_mailing(shop, workspace, "winback", "2026-11", later, later)
    again = make_mailing(shop, workspace, "winback", "2026-11", later + timedelta(hours=1), later)
    with shop.reading() as connection:
        counts = [tally(connection, one.mailing_id).planned for one in (made, again)]
        members = connection.scalar(select(func.count()).select_from(audience_member))
    assert (made.as_of, again, counts, members) == (later, made, [10, 10], 10)
    assert make_plan(shop, workspace, "winback", "2026-11", later).made_already == "sending"


def test_whom_a_mailing_holds_out_it_was_for(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    """Ten of whom not one is written to, as 99 % have it: an experiment that has begun is not drawn again."""
    held_out = shop_files["campaigns/winback.yml"].replace("holdout: 0\n", "holdout: 99%\n")
    workspace = read_workspace(shop_files | {"campaigns/winback.yml": held_out})
    first = make_mailing(shop, workspace, "winback", "2026-11", NOW, NOW)
    with shop.writing() as connection:
        assert tally(connection, first.mailing_id).planned == 0
        done = step_mailing(connection, first.mailing_id, MailingState.DONE, NOW)
    assert make_mailing(shop, workspace, "winback", "2026-11", NOW + timedelta(hours=1), NOW) == done


def test_growth_is_against_the_mailing_before(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    before, now = NOW - timedelta(days=31), NOW
    small = shop_files["campaigns/winback.yml"].replace("segment: all", "segment: vip")
    shop_files["campaigns/winback.yml"] += "guard: {max_growth: 50%}\n"
    first = make_mailing(
        shop, read_workspace(shop_files | {"campaigns/winback.yml": small}), "winback", "1", before, before
    )
    assert first.state is MailingState.SENDING
    grown = make_mailing(shop, read_workspace(shop_files), "winback", "2", now, now, unattended=True)
    assert grown.state is MailingState.HELD
    with shop.reading() as connection:
        assert "10 letters after 2 last time" in held_reason(connection, grown.mailing_id)


def test_the_cap_of_the_campaign_stands_in_place_of_the_workspace_s(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    limits = "limits: {per_contact: {letters: %d, within: 7 days}}\n"
    shop_files["rekindle.yml"] += limits % 1
    first = make_mailing(shop, read_workspace(shop_files), "winback", "1", NOW, NOW)
    with shop.writing() as connection:
        connection.execute(update(delivery).values(state="sent", sent_at=NOW))
    later = NOW + timedelta(days=6)
    capped = make_mailing(shop, read_workspace(shop_files), "winback", "2", later, later)
    shop_files["campaigns/winback.yml"] += limits % 2
    allowed = make_mailing(shop, read_workspace(shop_files), "winback", "3", later, later)
    with shop.reading() as connection:
        planned = [tally(connection, each.mailing_id).planned for each in (first, capped, allowed)]
    assert planned == [10, 0, 10]


@pytest.mark.parametrize(
    ("again", "days", "expected"),
    [
        ("", 1, 10),
        ("again: never\n", 4000, 0),
        (HALF, 183, 0),
        (HALF, 184, 10),
    ],
)
def test_whoever_had_it_is_not_taken_before_its_time(
    shop: Store, shop_files: dict[str, str], read_workspace: Read, again: str, days: int, expected: int
) -> None:
    """Without `again` and without steps: at once. Six months before 1 November is 1 May, 184 days ago."""
    shop_files["campaigns/winback.yml"] += again
    workspace, before = read_workspace(shop_files), NOW - timedelta(days=days)
    with shop.writing() as connection:
        connection.execute(update(contact).values(exists_from=before))
        connection.execute(update(consent).values(occurred_at=before))
    make_mailing(shop, workspace, "winback", "first", before, before)
    with shop.writing() as connection:
        connection.execute(update(delivery).values(state="sent", sent_at=before))
    second = make_mailing(shop, workspace, "winback", "second", NOW, NOW)
    with shop.reading() as connection:
        assert tally(connection, second.mailing_id).planned == expected


def test_two_campaigns_of_one_day_share_their_contacts_by_priority(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    shop_files["campaigns/sale.yml"] = """\
topic: offers
segment: vip
subject: Sale
template: winback.txt
holdout: 0
priority: 60
"""
    workspace = read_workspace(shop_files)
    make_mailing(shop, workspace, "sale", "a", NOW, NOW)
    same_day = make_mailing(shop, workspace, "winback", "a", NOW + timedelta(hours=14), NOW)
    next_day = make_mailing(shop, workspace, "winback", "b", NOW + timedelta(hours=15), NOW)
    with shop.reading() as connection:
        assert tally(connection, same_day.mailing_id).planned == 8
        assert tally(connection, next_day.mailing_id).planned == 10


def test_a_union_of_segments_has_each_contact_once(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    campaign = shop_files["campaigns/winback.yml"]
    shop_files["segments/some.yml"] = "where: {first_name: [Name2, Name3]}\n"
    shop_files["campaigns/winback.yml"] = campaign.replace("segment: all", "segment: [vip, some]\nhand_over: some")
    made = make_mailing(shop, read_workspace(shop_files), "winback", "2026-11", NOW, NOW)
    with shop.reading() as connection:
        rows = connection.execute(select(audience_member.c["contact_id", "reason"]).order_by("contact_id")).all()
        assert tally(connection, made.mailing_id).planned == 1
    assert [tuple(row) for row in rows] == [(1, ""), (2, "handed_over"), (3, "handed_over")]


def test_statuses_are_refreshed_before_the_audience_is_decided(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    """Nobody ran `status refresh`: the plan and the mailing see the statuses of their own moment all the same."""
    shop_files["segments/statuses.yml"] = (
        "statuses:\n  - {name: near, when: {city: Paris}}\n  - {name: far, otherwise: true}\n"
    )
    shop_files["segments/all.yml"] = "where: {status: near}\n"
    workspace = read_workspace(shop_files)
    assert make_plan(shop, workspace, "winback", "1", NOW).chosen == 2
    with shop.writing() as connection:
        connection.execute(update(contact).where(contact.c.id == 7).values(city="Paris", city_folded="paris"))
    made = make_mailing(shop, workspace, "winback", "2", NOW + timedelta(hours=1), NOW)
    with shop.reading() as connection:
        assert tally(connection, made.mailing_id).planned == 3
