"""`rekindle segment test`: the tests inside segments, and the bounds that none of them holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..model.error import ExitCode, UsageError
from .asked import asked_of, where_option
from .door import Door
from .truth_tree import tree_lines, tree_of

if TYPE_CHECKING:
    from ..line.tried_segments import TestResult, TriedBound
    from ..model.segment import Segment


@click.command(short_help="Run the tests inside the segments.")
@click.argument("name", required=False)
@where_option
@click.option("--mutate", is_flag=True, help="Move every bound a little: which does no test hold?")
@click.pass_obj
def test(door: Door, name: str | None, where: str | None, mutate: bool) -> int:
    """Run the tests inside the segments; show the tree of each that fails.

    With --mutate every number, duration and date of a segment is moved down and up by a tenth, one at a time: what no
    test notices is not held by any. With --where the tests of NAME are tried with that condition in place of its own.
    """
    from ..line.tried_segments import run_tests, try_bounds

    workspace, chosen = door.workspace, _chosen(door, name, where)
    results = [result for segment in chosen for result in run_tests(workspace, segment)]
    failed = [result for result in results if not result.passed]
    bounds = [bound for segment in chosen for bound in try_bounds(workspace, segment)] if mutate else []
    if door.as_json:
        tests = [_test_document(one) for one in results]
        door.give_json({"tests": tests, "bounds": [_bound_document(one) for one in bounds]} if mutate else tests)
    else:
        _give(door, failed, bounds)
    door.say(f"{_counted(len(results), 'test')}, {len(failed)} failed")
    if mutate:
        door.say(f"{_counted(len(bounds), 'moved bound')}, {sum(not one.held for one in bounds)} noticed by no test")
    return ExitCode.PROBLEMS if failed else ExitCode.DONE


def _chosen(door: Door, name: str | None, where: str | None) -> list[Segment]:
    """The segments whose tests are run."""
    from dataclasses import replace

    segments = door.workspace.segments
    if name is not None:
        asked_of(door.workspace, name, None)
    if where is None:
        return [segments[one] for one in sorted(segments) if name in (None, one)]
    if name is None:
        raise UsageError("a condition has no tests of its own; name the segment whose tests it is tried with")
    return [replace(segments[name], where=asked_of(door.workspace, None, where).condition)]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _give(door: Door, failed: list[TestResult], bounds: list[TriedBound]) -> None:
    for one in failed:
        expected, found = ("in", "out") if one.test.expect_in else ("out", "in")
        door.give(f"{one.test.at}: {one.segment}: {one.test.name}: expected {expected}, is {found}")
        door.give("\n".join(tree_lines(one.judgement, "  ")))
    for bound in bounds:
        moved = bound.moved
        if not bound.held:
            door.give(f"{moved.at}: no test notices {moved.moved_to} for {moved.bound} in {moved.part}")


def _test_document(one: TestResult) -> dict[str, Any]:
    return {
        "segment": one.segment,
        "test": one.test.name,
        "expected": "in" if one.test.expect_in else "out",
        "passed": one.passed,
        "tree": tree_of(one.judgement),
    }


def _bound_document(bound: TriedBound) -> dict[str, Any]:
    moved = bound.moved
    return {
        "segment": bound.segment,
        "file": moved.at.file,
        "line": moved.at.line,
        "column": moved.at.column,
        "part": moved.part,
        "bound": moved.bound,
        "moved_to": moved.moved_to,
        "held": bound.held,
    }
