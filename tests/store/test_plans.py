from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rekindle.model.error import InputError
from rekindle.store.engine import Store
from rekindle.store.plans import StoredPlan, get_plan, keep_plan

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
PLAN = StoredPlan("abc123", "winback", "2026-11", NOW, NOW, "d", "a", '{"chosen": 5}', (3, 9))


def test_a_plan_is_read_as_it_was_kept(store: Store) -> None:
    with store.writing() as connection:
        keep_plan(connection, PLAN)
        assert get_plan(connection, "abc123") == PLAN


def test_the_same_plan_made_again_is_as_fresh_as_its_last_making(store: Store) -> None:
    """`send --plan` refuses plans older than 7 days; planning again renews the same hash."""
    with store.writing() as connection:
        keep_plan(connection, PLAN)
        keep_plan(connection, replace(PLAN, planned_at=NOW + timedelta(days=5)))
        assert get_plan(connection, "abc123").planned_at == NOW + timedelta(days=5)


def test_an_unknown_hash_says_how_to_make_one(store: Store) -> None:
    with (
        store.reading() as connection,
        pytest.raises(InputError, match="there is no plan nope; `rekindle plan CAMPAIGN`"),
    ):
        get_plan(connection, "nope")
