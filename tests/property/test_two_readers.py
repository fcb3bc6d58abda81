"""The Python reader and the SQL reader of a condition name the same members, on both databases, whatever is asked."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from math import ceil
from random import Random
from typing import Any

import pytest

from rekindle.model.segment import Condition, FieldTest, KnownTest, Not, Segment, Top
from rekindle.model.when import local_day
from rekindle.rhythm.gap import gaps_of, median_gap, usual_gap
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import SCORE_FIELDS
from rekindle.segment.evaluate import evaluate
from rekindle.segment.facts import ContactFacts, Population
from rekindle.segment.fields import paid_orders
from rekindle.segment.grammar import read_condition
from rekindle.segment.membership import top_score
from rekindle.segment.references import walk
from rekindle.store.engine import Store
from rekindle.store.facts import load_facts, load_population
from rekindle.store.segments import member_ids
from rekindle.store.where_alive import with_fitted_lifetimes
from rekindle.store.where_scores import with_fences

from .hints import hints_of
from .random_tree import condition
from .random_world import asking_of, fill
from .written import node_of

CONTACTS = 30
SCORES = [FieldTest(field, KnownTest(True)) for field in SCORE_FIELDS]
TREES = 250
# `make soak` asks for more worlds
SEEDS = range(int(os.environ.get("SEEDS", "4")))


def read(written: Any, asking: Asking) -> Condition:
    found, problems = read_condition(node_of(written), asking.catalogue)
    assert problems == []
    assert found is not None
    return found


def with_segments(random: Random, asking: Asking) -> Asking:
    """`first` asks nothing of other segments, `second` may ask `first`."""
    plain = replace(asking, segments={})
    first = None
    while first is None or "segment'" in str(first):
        first = condition(random, 2)
    segments = {"first": Segment("first", read(first, plain))}
    segments["second"] = Segment("second", read({"any": [{"segment": "first"}, {"orders": "1"}]}, plain))
    return replace(asking, segments=segments)


def naive_population(facts: Iterable[ContactFacts], tree: Condition, asking: Asking) -> Population:
    """The edges of every `top`, by sorting everybody."""
    edges: dict[Top, tuple[int, int] | None] = {}
    trees = [tree, *(segment.where for segment in asking.segments.values())]
    for node in (node for one in trees for node in walk(one) if isinstance(node, Top)):
        ranked = sorted((-top_score(node, one, asking), one.contact.contact_id) for one in facts)
        buyers = [(-score, owner) for score, owner in ranked if score < 0]
        best = buyers[: ceil(Fraction(node.share) * len(buyers))]
        edges[node] = best[-1] if best else None
    return Population(edges)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_readers_name_the_same_members_and_not_is_the_exact_complement(store: Store, seed: int) -> None:
    """evaluate == SQL for every field, behaviour and set condition; members of `not x` are all the others."""
    random = Random(seed)
    asking = with_segments(random, asking_of(random))
    with store.writing() as connection:
        fill(connection, random, asking, CONTACTS)
    with store.reading() as connection:
        asking = with_fences(connection, with_fitted_lifetimes(connection, asking), SCORES)
        facts = load_facts(connection, range(1, CONTACTS + 1), asking)
        existing = {owner: one for owner, one in facts.items() if one.contact.created_at <= asking.as_of}
        hints = hints_of(random, facts.values(), asking)
        for number in range(TREES):
            written = condition(random, hints=hints)
            tree = read(written, asking)
            population = naive_population(existing.values(), tree, asking)
            assert load_population(connection, tree, asking).edges.items() <= population.edges.items()
            by_python = [owner for owner, one in existing.items() if evaluate(tree, one, asking, population)]
            by_sql = list(member_ids(connection, tree, asking))
            assert by_sql == by_python, f"tree {number} of seed {seed}: {written}"
            others = list(member_ids(connection, Not(tree), asking))
            assert sorted(by_sql + others) == sorted(existing), f"not, tree {number} of seed {seed}: {written}"


def test_the_usual_gap_of_the_facts_is_the_definition(store: Store) -> None:
    """(n m + k M) / (n + k) with M over all contacts that exist, computed here from the orders themselves."""
    random = Random(11)
    asking = asking_of(random)
    with store.writing() as connection:
        fill(connection, random, asking, CONTACTS)
    with store.reading() as connection:
        facts = load_facts(connection, range(1, CONTACTS + 1), asking)
    days = {
        owner: [local_day(order.placed_at, asking.zone) for order in paid_orders(one, asking)]
        for owner, one in facts.items()
    }
    exist = [owner for owner, one in facts.items() if one.contact.created_at <= asking.as_of]
    common = median_gap(gap for owner in exist for gap in gaps_of(days[owner]))
    assert common is not None
    assert {owner: facts[owner].usual_gap for owner in facts} == {
        owner: usual_gap(days[owner], common) for owner in facts
    }
