"""Bounds moved: every number, duration and date of a condition, down and up, one at a time and nothing else."""

from __future__ import annotations

import pytest

from rekindle.model.segment import Ladder, Rung
from rekindle.segment.bounds import moved_bounds
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.grammar import read_condition
from rekindle.segment.written import written
from rekindle.workspace.document import read_document


def moved(text: str) -> list[tuple[int, str, str, str]]:
    node, _ = read_document(text, "x.yml")
    assert node is not None
    condition, problems = read_condition(node, Catalogue(ladders=(Ladder("status", (Rung("x"),)),)))
    assert problems == []
    assert condition is not None
    bounds = list(moved_bounds(condition))
    assert all(one.condition != condition for one in bounds)
    return [(one.place, str(one.at), one.bound, written(one.condition)) for one in bounds]


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("orders: 2", ["orders: 1", "orders: 3"]),
        ("revenue: {at_least: 1000}", ["revenue: {at_least: 900}", "revenue: {at_least: 1100}"]),
        ("overdue: {more_than: 0.5}", ["overdue: {more_than: 0.45}", "overdue: {more_than: 0.55}"]),
        ("orders: {at_most: 0}", ["orders: {at_most: 1}"]),
        ("revenue: {less_than: {field: orders, times: 20}}",
         ["revenue: {less_than: {field: orders, times: 18}}", "revenue: {less_than: {field: orders, times: 22}}"]),
        ("revenue: {less_than: {field: orders}}", []),
        ("opened: {within: 90 days}", ["opened: {within: 81 days}", "opened: {within: 99 days}"]),
        ("opened: {within: 2 weeks}", ["opened: {within: 13 days}", "opened: {within: 15 days}"]),
        ("opened: {since: 2026-03-01}", ["opened: {since: 2026-02-22}", "opened: {since: 2026-03-08}"]),
        ("opened: {since: 90 days ago}", ["opened: {since: 81 days ago}", "opened: {since: 99 days ago}"]),
        ("opened: {in: last month}", []),
        ("opened: {since: today}", []),
        ("birthday: {month: [1, 12]}", []),
        ("ignored: {last: 6}", ["ignored: {last: 5}", "ignored: {last: 7}"]),
        ("status: {in: [x], for_at_least: 20 days}",
         ["status: {in: [x], for_at_least: 18 days}", "status: {in: [x], for_at_least: 22 days}"]),
        ("[top: {share: 20%}, sample: {share: 10%, salt: a}, city: '7']", []),
    ],
)  # fmt: skip
def test_each_bound_is_moved_down_and_up(text: str, conditions: list[str]) -> None:
    """By a tenth and by one at least; zero only up; names, months and spans of the calendar are no bounds."""
    assert [condition for _, _, _, condition in moved(text)] == conditions


def test_bounds_are_found_at_any_depth_with_their_place() -> None:
    """Each alone, at the operator that it stands under; the count that goes without saying is none."""
    text = "at_least: {count: 2, of: [{bought: {within: 20 days}}, {not: {ignored: {within: 30 days, at_least: 3}}}]}"
    assert [(place, at, bound) for place, at, bound, _ in moved(text)] == [
        (0, "x.yml:1:1", "2"), (0, "x.yml:1:1", "2"), (1, "x.yml:1:37", "20 days"), (1, "x.yml:1:37", "20 days"),
        (2, "x.yml:1:63", "30 days"), (2, "x.yml:1:63", "30 days"), (3, "x.yml:1:63", "3"), (3, "x.yml:1:63", "3"),
    ]  # fmt: skip
