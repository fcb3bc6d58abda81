from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from rekindle.line.make_mailing import make_mailing
from rekindle.line.make_plan import make_plan
from rekindle.model.error import ProblemsError, UsageError
from rekindle.store.audiences import Member
from rekindle.store.engine import Store
from rekindle.store.plans import get_plan
from rekindle.store.remembered import recall
from rekindle.store.tables import audience_member, contact, delivery, mailing, suppression
from rekindle.store.warmup import WARMING

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
Read = Callable[[dict[str, str]], Any]


def test_the_plan_counts_everyone_once(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    """chosen + held_out + left_out is the segment; arms are the chosen and held out."""
    shop_files["campaigns/winback.yml"] = """\
topic: offers
segment: all
exclude: vip
subject: Hello
template: winback.txt
holdout: 30%
variants: [{name: warm}, {name: short, subject: Hi}]
offers: [{when: {first_name: Name5}, discount: 15%}, {discount: 10%, code: BACK}]
cost: {fixed: 5, per_letter: 0.5}
"""
    with shop.writing() as connection:
        connection.execute(
            insert(suppression), {"kind": "address", "key": "u10@post.example", "reason": "manual", "since": NOW}
        )
    plan = make_plan(shop, read_workspace(shop_files), "winback", "2026-11", NOW)
    assert plan.left_out == {"suppressed": 1, "excluded": 2}
    assert plan.chosen + plan.held_out == 7
    assert sum(plan.arms.values()) == 7
    assert plan.arms["holdout"] == plan.held_out
    assert set(plan.arms) == {"holdout", "warm", "short"}
    assert set(plan.offers) == {"15%", "10%, BACK"}
    assert sum(plan.offers.values()) == plan.chosen
    assert plan.cost == 5 + plan.chosen * plan.cost.__class__("0.5")
    document = plan.as_json()
    assert {"campaign", "period", "as_of", "hash", "chosen", "held_out", "left_out", "arms", "problems"} <= set(
        document
    )
    assert document["problems"] == []


def test_the_same_moment_gives_the_same_plan_and_it_leaves_only_itself(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    workspace = read_workspace(shop_files)
    first = make_plan(shop, workspace, "winback", "2026-11", NOW)
    second = make_plan(shop, workspace, "winback", "2026-11", NOW, now=NOW + timedelta(days=1))
    assert first == second
    assert first.hash == second.hash
    with shop.reading() as connection:
        for table in (mailing, audience_member, delivery):
            assert connection.scalar(select(func.count()).select_from(table)) == 0
        assert get_plan(connection, first.hash).planned_at == NOW + timedelta(days=1)


def test_a_changed_letter_or_audience_is_another_plan(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    first = make_plan(shop, read_workspace(shop_files), "winback", "p", NOW).hash
    shop_files["templates/winback.txt"] += "PS: really.\n"
    changed = make_plan(shop, read_workspace(shop_files), "winback", "p", NOW).hash
    with shop.writing() as connection:
        connection.execute(
            insert(suppression), {"kind": "address", "key": "u1@post.example", "reason": "manual", "since": NOW}
        )
    smaller = make_plan(shop, read_workspace(shop_files), "winback", "p", NOW).hash
    assert len({first, changed, smaller}) == 3


def test_each_contact_whose_letter_fails_is_named_with_what_is_missing(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    """A letter that wants a field which this contact has not: left out as unrenderable, the others stay."""
    with shop.writing() as connection:
        connection.execute(update(contact).where(contact.c.id == 4).values(first_name="", first_name_folded=""))
    plan = make_plan(shop, read_workspace(shop_files), "winback", "2026-11", NOW)
    assert plan.left_out == {"unrenderable": 1}
    assert plan.chosen == 9
    assert plan.unrenderable == (4,)
    (problem,) = plan.problems
    assert (problem.contact_id, problem.external_id, problem.email) == (4, "u4", "u4@post.example")
    assert "first_name" in problem.what
    assert problem.at.startswith(("campaigns/winback.yml:", "templates/winback.txt:"))


def test_who_is_held_out_is_tried_too(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    """Else the holdout would keep contacts that the mailed arms have lost, and the comparison would lie."""
    shop_files["campaigns/winback.yml"] = shop_files["campaigns/winback.yml"].replace("holdout: 0", "holdout: 99.99%")
    with shop.writing() as connection:
        connection.execute(update(contact).where(contact.c.id == 4).values(first_name="", first_name_folded=""))
    plan = make_plan(shop, read_workspace(shop_files), "winback", "2026-11", NOW)
    assert (plan.chosen, plan.held_out, plan.left_out) == (0, 9, {"unrenderable": 1})


def test_every_member_is_handed_to_the_taker_in_order(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    taken: list[Member] = []
    counted: list[tuple[int, int]] = []
    workspace = read_workspace(shop_files)
    make_plan(shop, workspace, "winback", "p", NOW, take=taken.append, progress=lambda *told: counted.append(told))
    assert [member.contact_id for member in taken] == list(range(1, 11))
    assert counted == [(10, 10)]


def test_what_changed_since_the_last_mailing(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    shop_files["campaigns/winback.yml"] = shop_files["campaigns/winback.yml"].replace("segment: all", "segment: vip")
    make_mailing(shop, read_workspace(shop_files), "winback", "2026-10", NOW - timedelta(days=31), NOW)
    with shop.writing() as connection:
        connection.execute(update(contact).where(contact.c.id == 1).values(city="Rome", city_folded="rome"))
        connection.execute(update(contact).where(contact.c.id.in_([7, 8])).values(city_folded="paris"))
    plan = make_plan(shop, read_workspace(shop_files), "winback", "2026-11", NOW)
    assert (plan.last_period, plan.new, plan.gone) == ("2026-10", 2, 1)
    assert plan.made_already == ""
    assert make_plan(shop, read_workspace(shop_files), "winback", "2026-10", NOW).made_already == "sending"


def test_an_unknown_campaign_and_a_wrong_period_are_refused(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    workspace = read_workspace(shop_files)
    with pytest.raises(UsageError, match="no campaign 'winbak' in campaigns/; did you mean 'winback'"):
        make_plan(shop, workspace, "winbak", None, NOW)
    with pytest.raises(UsageError, match="cannot name a period"):
        make_plan(shop, workspace, "winback", "no good", NOW)


def test_a_broken_template_stops_plan_and_mailing_before_anything(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    shop_files["templates/winback.txt"] = "{% if %}"
    workspace = read_workspace(shop_files)
    with pytest.raises(ProblemsError, match=r"templates/winback\.txt:1"):
        make_plan(shop, workspace, "winback", "p", NOW)
    with pytest.raises(ProblemsError, match=r"templates/winback\.txt:1"):
        make_mailing(shop, workspace, "winback", "p", NOW, NOW)
    with shop.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(mailing)) == 0


LADDER = """\
topic: offers
segment: all
subject: "Hello {{ contact.first_name }}"
template: winback.txt
holdout: 20%
variants: [{name: warm}, {name: short, subject: Hi}]
steps:
  - {template: winback.txt}
  - {after: 7 days, template: second.txt}
  - {after: 7 days, template: third.txt}
"""
LATER = {
    "templates/second.txt": "{{ contact.city }}, {{ campaign.step }} of {{ campaign.arm }} {{ links.unsubscribe }}\n",
    "templates/third.txt": "{{ contact.last_name | default('friend') }}\n{{ contact.city }} {{ links.unsubscribe }}\n",
}


def test_later_letters_are_made_too_and_who_lacks_one_is_named_with_the_step(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    """Such a contact still gets the letters that it can be written; without a first one it gets none."""
    shop_files |= LATER
    shop_files["campaigns/winback.yml"] = LADDER
    with shop.writing() as connection:
        connection.execute(update(contact).where(contact.c.id == 4).values(first_name="", city=""))
        connection.execute(update(contact).where(contact.c.id == 6).values(city=""))
    plan = make_plan(shop, read_workspace(shop_files), "winback", "2026-11", NOW)
    assert (plan.left_out, plan.unrenderable) == ({"unrenderable": 1}, (4,))
    assert plan.failing == {2: 1, 3: 1}
    first, *later = plan.problems
    assert (first.contact_id, first.step) == (4, 1)
    assert [(each.contact_id, each.step, each.at) for each in later] == [
        (6, 2, "templates/second.txt:1:1"),
        (6, 3, "templates/third.txt:2:1"),
    ]
    assert "step 3: " in str(later[1])
    assert plan.as_json()["problems"][2]["step"] == 3


@pytest.mark.parametrize(
    ("sending", "expected"),
    [
        ("", []),
        ("sending: {per_second: 0.5}\n", [timedelta(seconds=20)]),
        ("sending: {domains: {post.example: {per_second: 0.1}, other.example: {per_second: 0.01}}}\n",
         [timedelta(seconds=100)]),
        ("sending: {warmup: {start: 4, factor: 1.5}}\n", [timedelta(days=1)]),
        ("sending: {warmup: {start: 3, factor: 1}, per_second: 0.5}\n", [timedelta(days=3, seconds=2)]),
    ],
)  # fmt: skip
def test_when_the_last_letter_leaves(
    shop: Store, shop_files: dict[str, str], read_workspace: Read, sending: str, expected: list[timedelta]
) -> None:
    """The slowest of the relay's rate, the domains' and the warm-up's days; ten letters."""
    shop_files["rekindle.yml"] += sending
    plan = make_plan(shop, read_workspace(shop_files), "winback", "2026-11", NOW)
    assert [moment - NOW for moment in plan.departures] == expected
    assert plan.last_letter_at == (NOW + expected[-1] if expected else None)
    if "warmup" in sending:
        with shop.reading() as connection:
            assert recall(connection, WARMING) is None, "a plan does not begin a warm-up"


def test_of_a_ladder_each_step_s_last_letter_is_told(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    shop_files |= LATER
    shop_files["campaigns/winback.yml"] = LADDER
    plan = make_plan(shop, read_workspace(shop_files), "winback", "2026-11", NOW)
    assert [moment - NOW for moment in plan.departures] == [timedelta(days=days) for days in (0, 7, 14)]
    assert list(plan.as_json()["last_letters"]) == ["1", "2", "3"]
