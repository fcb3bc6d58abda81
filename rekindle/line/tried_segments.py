"""The tests inside segments, run: each with the judgement of its made-up contact; and the bounds that they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from fractions import Fraction
from itertools import groupby
from math import ceil

from ..model.order import OrderStatus
from ..model.problem import Problem
from ..model.segment import Segment, SegmentTest, Top
from ..model.when import When, local_day
from ..rhythm.gap import gaps_of, median_gap, usual_gap
from ..segment.asking import Asking
from ..segment.bounds import MovedBound, moved_bounds
from ..segment.evaluate import judge
from ..segment.facts import ContactFacts, Population
from ..segment.judgement import Judgement
from ..segment.made_up import made_up_facts
from ..segment.membership import top_score
from ..segment.references import everything_below
from ..workspace.load import Workspace
from .asking import asking as ask


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test: what was judged, and whether that was expected."""

    __test__ = False

    segment: str
    test: SegmentTest
    judgement: Judgement
    exists: bool

    @property
    def member(self) -> bool:
        """Whether the made-up contact is in the segment."""
        return self.exists and self.judgement.holds

    @property
    def passed(self) -> bool:
        """Whether that is what the test expects."""
        return self.member is self.test.expect_in


def run_tests(workspace: Workspace, segment: Segment) -> Iterator[TestResult]:
    """Every test of a segment, in file order. The made-up contact is the whole population."""
    for test in segment.tests:
        # of one contact no model can be made: `alive` is missing
        asking = replace(ask(workspace, _written(test.as_of, workspace.configuration.timezone)), fitted=True)
        facts = _with_rhythm(made_up_facts(test, asking), asking)
        judgement = judge(segment.where, facts, asking, _population(segment, facts, asking))
        yield TestResult(segment.name, test, judgement, facts.contact.created_at <= asking.as_of)


def _written(when: When, zone: tzinfo) -> datetime:
    # a written day or moment means the same whenever it is asked
    return when.moment_at(datetime(2000, 1, 1, tzinfo=UTC), zone)


def _with_rhythm(facts: ContactFacts, asking: Asking) -> ContactFacts:
    days = [
        local_day(order.placed_at, asking.zone)
        for order in facts.orders
        if order.status == OrderStatus.PAID and order.placed_at <= asking.as_of
    ]
    return replace(facts, usual_gap=usual_gap(days, median_gap(gaps_of(days))))


def _population(segment: Segment, facts: ContactFacts, asking: Asking) -> Population:
    edges: dict[Top, tuple[int, int] | None] = {}
    for node in everything_below(segment.where, asking.segments):
        if isinstance(node, Top):
            score = top_score(node, facts, asking)
            inside = score > 0 and ceil(Fraction(node.share)) > 0
            edges[node] = (score, facts.contact.contact_id) if inside else None
    return Population(edges)


@dataclass(frozen=True, slots=True)
class TriedBound:
    """A bound of a segment that was moved: whether any test of the segment notices (`held`)."""

    segment: str
    moved: MovedBound
    held: bool


def try_bounds(workspace: Workspace, segment: Segment) -> Iterator[TriedBound]:
    """Every bound of the segment moved a little down and up, and its tests run again each time."""
    standing = [result.member for result in run_tests(workspace, segment)]
    for moved in moved_bounds(segment.where):
        found = [result.member for result in run_tests(workspace, replace(segment, where=moved.condition))]
        yield TriedBound(segment.name, moved, found != standing)


def bound_problems(workspace: Workspace) -> Iterator[Problem]:
    """A warning for each bound that no test holds on either side, of the segments that have tests."""
    for segment in workspace.segments.values():
        tried = try_bounds(workspace, segment) if segment.tests else ()
        for _, moves in groupby(tried, key=lambda one: one.moved.place):
            sides = list(moves)
            if not any(one.held for one in sides):
                moved = sides[0].moved
                to = " or ".join(one.moved.moved_to for one in sides)
                hint = f"with {to} they all say the same; add one close to it"
                yield Problem(moved.at, f"no test holds {moved.bound} in '{moved.part}'", hint, warning=True)
