"""Who entered and left is who is on one side only, and every one of them was moved by something, whatever is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from rekindle.line.segment_changes import Side, changes_in_time, changes_of_definition
from rekindle.segment.evaluate import evaluate
from rekindle.segment.references import walk
from rekindle.store.engine import Store
from rekindle.store.segments import member_ids

from .random_tree import condition
from .random_world import asking_of, fill
from .test_two_readers import CONTACTS, read, with_segments

TREES = 25


@pytest.mark.parametrize("seed", range(2))
def test_changes_in_time_and_of_definition(store: Store, seed: int) -> None:
    """entered = after - before, left = before - after; the parts named stand in the condition and changed."""
    random = Random(seed)
    asking = with_segments(random, asking_of(random))
    earlier = replace(asking, as_of=asking.as_of - timedelta(days=40))
    with store.writing() as connection:
        fill(connection, random, asking, CONTACTS)
    with store.reading() as connection:
        for _ in range(TREES):
            one, other = read(condition(random), asking), read(condition(random), asking)
            now = Side.of(connection, one, asking)
            for before, changed in (
                (Side.of(connection, one, earlier), changes_in_time),
                (Side.of(connection, other, asking), changes_of_definition),
            ):
                was, will = (set(member_ids(connection, side.condition, side.asking)) for side in (before, now))
                found = list(changed(connection, before, now))
                assert [change.contact.contact_id for change in found] == [*sorted(will - was), *sorted(was - will)]
                assert [change.entered for change in found] == [True] * len(will - was) + [False] * len(was - will)
                for change in found:
                    came = change.contact.created_at > before.asking.as_of
                    assert bool(change.by) is not came


@pytest.mark.parametrize("seed", range(1))
def test_a_mover_is_a_part_that_reads_otherwise_at_the_other_moment(store: Store, seed: int) -> None:
    """Judged alone at both moments, each mover changed its truth to what is said of it."""
    random = Random(seed + 100)
    asking = replace(asking_of(random), segments={})
    earlier = replace(asking, as_of=asking.as_of - timedelta(days=90))
    with store.writing() as connection:
        fill(connection, random, asking, CONTACTS)
    with store.reading() as connection:
        for _ in range(TREES):
            written = condition(random)
            if "segment" in str(written):
                continue
            tree = read(written, asking)
            before, after = Side.of(connection, tree, earlier), Side.of(connection, tree, asking)
            for change in changes_in_time(connection, before, after):
                if not change.by:
                    continue
                facts = after.facts(connection, [change.contact.contact_id])[change.contact.contact_id]
                for mover in change.by:
                    alone = [
                        evaluate(mover.condition, facts_of_side, side.asking, side.population)
                        for side in (before, after)
                        for facts_of_side in [side.at(facts)]
                    ]
                    assert (alone, mover.condition in list(walk(tree))) == ([not mover.holds, mover.holds], True)
