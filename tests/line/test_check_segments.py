"""What `check` says of segments: parts that decide nothing, members by a missing value, values never seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert

from rekindle.line.check_segments import check_segments
from rekindle.model.folding import fold
from rekindle.segment.grammar import read_condition
from rekindle.segment.missing import gaps_in, with_known_values
from rekindle.store import tables as t
from rekindle.store.engine import Store
from rekindle.store.segments import member_ids
from rekindle.store.where_alive import with_fitted_lifetimes
from rekindle.workspace.load import Workspace, parse_workspace
from tests.property.random_tree import condition
from tests.property.random_world import asking_of, catalogue, fill
from tests.property.written import node_of

AS_OF = datetime(2026, 11, 1, 9, tzinfo=UTC)
CONFIGURATION = """\
organisation: {name: Shop, address: "1 High Street"}
from: Shop <hello@shop.example>
topics: {offers: Offers}
attributes: {brands: list, shop: text}
"""


def workspace_of(files: Mapping[str, str]) -> Workspace:
    found, problems = parse_workspace({"rekindle.yml": CONFIGURATION, **files})
    assert found is not None, problems
    return found


def put(store: Store, cities: tuple[str, ...]) -> None:
    """A contact for each city; all of channel vk, with the tag `vip` and one activity, a visit."""
    with store.writing() as connection:
        for number, city in enumerate(cities, start=1):
            connection.execute(insert(t.contact).values(
                id=number, first_seen_at=AS_OF, exists_from=AS_OF, city=city, city_folded=fold(city), channel="VK",
                channel_folded="vk"))  # fmt: skip
            connection.execute(insert(t.contact_tag).values(contact_id=number, folded="vip", tag="VIP"))
            connection.execute(
                insert(t.activity).values(
                    contact_id=number, kind="Visit", kind_folded="visit", occurred_at=AS_OF, fingerprint=str(number)
                )
            )


def told(store: Store, files: Mapping[str, str]) -> list[str]:
    return [str(problem) for problem in check_segments(store, workspace_of(files), AS_OF)]


def test_a_value_that_the_store_has_never_seen_is_told_with_the_nearest(store: Store) -> None:
    """Folded like all texts; fields, attributes, tags, activities, campaigns; once for each value."""
    put(store, ("Москва", "Тверь", ""))
    found = told(store, {
        "segments/a.yml": "where:\n- city: [москва, ' ТВЕРЬ', Твеьр]\n- {channel: {is_not: vkk}}\n- tags: vipp\n",
        "segments/b.yml": "where:\n- did: {activity: [visit, visti]}\n- shop: x\n- {mailed: {campaign: nwes}}\n",
        "segments/c.yml": "where: {city: {contains: zzz}, gender: f, channel: vkk}\n",
    })  # fmt: skip
    assert [line for line in found if "missing value" not in line] == [
        "segments/a.yml:2:9: warning: no contact has the city 'Твеьр' (did you mean 'Тверь'?)",
        "segments/a.yml:3:14: warning: no contact has the channel 'vkk' (did you mean 'VK'?)",
        "segments/a.yml:4:9: warning: no contact has the tag 'vipp' (did you mean 'VIP'?)",
        "segments/b.yml:2:3: warning: no activity is a 'visti' (did you mean 'Visit'?)",
        "segments/b.yml:3:9: warning: no contact has the shop 'x' (no contact has any shop)",
        "segments/b.yml:4:4: warning: no mailing is of 'nwes' (nothing was ever sent)",
    ]


def test_another_word_for_what_is_there_is_no_fault(store: Store) -> None:
    """`[photographer, фотограф]` in a base that has one of them; beside it a slip of the pen is told."""
    put(store, ("Тверь",))
    assert told(store, {"segments/a.yml": "where: {city: [Tver, тверь]}\n"}) == []
    assert len(told(store, {"segments/a.yml": "where: {city: [Tver, тверь, Тврь]}\n"})) == 1
    assert told(store, {"segments/a.yml": "where: {city: [Tver, Kalinin]}\n"}) == [
        "segments/a.yml:1:15: warning: no contact has the city 'Tver' or 'Kalinin' (known: Тверь)",
    ]


def test_products_are_looked_at_and_what_nobody_has_at_all_is_said(store: Store) -> None:
    """A product of no order, with the nearest; a field that is empty in the whole store."""
    put(store, ("Тверь",))
    with store.writing() as connection:
        order = {"source": "main", "number": "1", "contact_id": 1, "placed_at": AS_OF, "placed_on": AS_OF.date(),
                 "amount": 1, "status": "paid"}  # fmt: skip
        connection.execute(insert(t.orders).values(id=1, **order))
        item = {"order_id": 1, "product": "Tea", "product_folded": "tea"}
        connection.execute(insert(t.order_item).values({**item, "category": "", "category_folded": ""}))
    found = told(store, {
        "segments/a.yml": "where:\n- bought: {product: [TEA, Teaa]}\n- not_bought: {category: [x, y]}\n"
                          "- position: chef\n",
    })  # fmt: skip
    assert found == [
        "segments/a.yml:2:21: warning: no order has the product 'Teaa' (did you mean 'Tea'?)",
        "segments/a.yml:3:26: warning: no order has the category 'x' or 'y' (no order names its categories)",
        "segments/a.yml:4:13: warning: no contact has the position 'chef' (no contact has any position)",
    ]


def test_ladders_and_offers_are_looked_at_too(store: Store) -> None:
    """Wherever a condition stands."""
    put(store, ("Тверь",))
    found = told(store, {
        "segments/statuses.yml": "statuses: [{name: a, when: {city: Tvr}}, {name: b, otherwise: true}]\n",
        "segments/all.yml": "where: {everyone: true}\n",
        "campaigns/x.yml": "topic: offers\nsegment: all\nsubject: s\ntemplate: x.mjml\n"
                           "offers: [{when: {channel: VKontakte}, code: A}]\n",
        "templates/x.mjml": "<mjml></mjml>",
    })  # fmt: skip
    assert [line.partition(" (")[0] for line in found] == [
        "campaigns/x.yml:5:27: warning: no contact has the channel 'VKontakte'",
        "segments/statuses.yml:1:35: warning: no contact has the city 'Tvr'",
    ]


def test_an_empty_store_says_nothing(store: Store) -> None:
    """Before the first import every value is one that was never seen."""
    assert told(store, {"segments/a.yml": "where: {city: x}\n"}) == []


@pytest.mark.parametrize(("unknown", "is_told"), [(1, False), (2, True)])
def test_members_by_a_missing_value_are_told_from_more_than_five_in_a_hundred(
    store: Store, unknown: int, is_told: bool
) -> None:
    """20 members: one by a gap is 5 %, two are more."""
    put(store, ("Тверь",) * 5 + ("Москва",) * (20 - unknown) + ("",) * unknown)
    found = told(store, {"segments/a.yml": "where: {city: {is_not: Тверь}}\n"})
    assert found == (
        ["segments/a.yml:1:9: warning: 2 of 20 members (10 %) are in 'a' by a missing value "
         "(of city; to leave them out, add known: true)"] if is_told else []
    )  # fmt: skip


def test_only_the_gaps_that_make_a_member_are_named() -> None:
    """`is: x` is never passed by a gap, `not: {is: x}` is, `none` and `segment` are looked through."""
    workspace = workspace_of({
        "segments/inner.yml": "where: {city: Тверь}\n",
        "segments/a.yml": "where:\n- {channel: vk}\n- none: [{shop: x}, {rank: {is_not: y}}]\n"
                          "- not: {segment: inner}\n- {brands: {has_none: [a]}}\n- {not_bought: true}\n",
    })  # fmt: skip
    assert gaps_in(workspace.segments["a"].where, workspace.segments) == ("shop", "brands", "city")
    assert gaps_in(workspace.segments["inner"].where, workspace.segments) == ()


def test_the_stricter_condition_never_has_another_member(sqlite_store: Store) -> None:
    """Whoever is a member by values alone is a member; where no field is named nothing changes."""
    random = Random(23)
    asking = asking_of(random)
    with sqlite_store.writing() as connection:
        fill(connection, random, asking, 30)
    changed = 0
    with sqlite_store.reading() as connection:
        asking = with_fitted_lifetimes(connection, asking)
        for _ in range(250):
            written = condition(random)
            if "segment" in str(written):
                continue
            where, _ = read_condition(node_of(written), catalogue())
            assert where is not None
            members = set(member_ids(connection, where, asking))
            by_values = set(member_ids(connection, with_known_values(where, {}), asking))
            assert by_values <= members, written
            assert by_values == members or gaps_in(where, {}), written
            changed += by_values != members
    assert changed > 10


def test_check_says_it_and_its_exit_code_stays(
    workspace: Callable[[Mapping[str, str]], Path], rekindle: Callable[..., Any]
) -> None:
    """Warnings; what the files alone show is told without a store too."""
    root = workspace({
        "rekindle.yml": CONFIGURATION,
        "segments/a.yml": "where:\n- city: Tver\n- city: Moscow\n",
        "segments/b.yml": "where: {any: [{city: Tver}, {bought: {at_least: 0}}]}\n",
    })  # fmt: skip
    ran = rekindle("-C", root, "check")
    assert (ran.code, ran.out.splitlines()) == (0, [
        "segments/a.yml:3:3: warning: nobody can be in the segment 'a': its parts exclude each other",
        "segments/b.yml:1:9: warning: everybody is in the segment 'b' (write everyone: true)",
    ])  # fmt: skip
