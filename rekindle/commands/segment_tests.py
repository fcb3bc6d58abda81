"""`rekindle segment test`: the tests inside segments, and the bounds that none of them holds."""

from __future__ import annotations

import click

from ..model.error import ExitCode
from .asked import asked_of
from .door import Door
from .truth_tree import tree_lines, tree_of


@click.command(short_help="Run the tests inside the segments.")
@click.argument("name", required=False)
@click.pass_obj
def test(door: Door, name: str | None) -> int:
    """Run the tests inside the segments; show the tree of each that fails."""
    from ..line.tried_segments import run_tests

    workspace = door.workspace
    if name is not None:
        asked_of(workspace, name, None)
    chosen = [workspace.segments[one] for one in sorted(workspace.segments) if name in (None, one)]
    results = [result for segment in chosen for result in run_tests(workspace, segment)]
    failed = [result for result in results if not result.passed]
    if door.as_json:
        door.give_json([
            {"segment": one.segment, "test": one.test.name, "expected": "in" if one.test.expect_in else "out",
             "passed": one.passed, "tree": tree_of(one.judgement)} for one in results
        ])  # fmt: skip
    else:
        for one in failed:
            expected, found = ("in", "out") if one.test.expect_in else ("out", "in")
            door.give(f"{one.test.at}: {one.segment}: {one.test.name}: expected {expected}, is {found}")
            door.give("\n".join(tree_lines(one.judgement, "  ")))
    door.say(f"{len(results)} tests, {len(failed)} failed")
    return ExitCode.PROBLEMS if failed else ExitCode.DONE
