"""`rekindle check`: every file of the workspace, all problems at once; letters tried on real contacts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ..model.error import ExitCode
from ..model.problem import Problem
from ..settings import setting_problems
from .door import Door

if TYPE_CHECKING:
    from ..line.check_workspace import Checked


@click.command("check")
@click.pass_obj
def command(door: Door) -> int:
    """Find every problem of the workspace in one run.

    Each is a line `file:line:column: what (hint)` on stdout. Every letter is compiled; where there is a client store
    already, every letter is filled for real contacts too. Warnings never change the exit code.
    """
    from ..line.check_workspace import check_files

    checked = check_files(door.root)
    problems = [*setting_problems(door.root), *checked.problems]
    if checked.sound:
        problems += _on_contacts(door, checked)
    if door.as_json:
        door.give_json([_shown(problem) for problem in problems])
    else:
        for problem in problems:
            door.give(str(problem))
    door.say(summary(checked, problems))
    return ExitCode.DONE if all(problem.warning for problem in problems) else ExitCode.PROBLEMS


def _on_contacts(door: Door, checked: Checked) -> list[Problem]:
    """Letters filled for contacts of the store, where there is one; `check` never makes one."""
    from ..line.check_campaigns import check_campaigns
    from ..line.check_letters import check_letters
    from ..line.check_segments import check_segments
    from ..store.existing import existing_store

    with existing_store(door.database_url) as store:
        if store is None:
            return []
        tried = check_letters(store, checked, door.now)
        strange = check_segments(store, checked.workspace, door.now)
        strange += check_campaigns(store, checked.workspace, door.now)
    door.say(f"{_count(tried.letters, 'letter')} tried on real contacts of the store")
    return [*strange, *tried.problems]


def _shown(problem: Problem) -> dict[str, str | int | bool]:
    at = problem.at
    return {
        "file": at.file,
        "line": at.line,
        "column": at.column,
        "message": problem.message,
        "hint": problem.hint,
        "warning": problem.warning,
    }


def summary(checked: Checked, problems: Sequence[Problem]) -> str:
    """What was looked at and what was found: `12 files, 5 segments, 4 campaigns: no problems`."""
    warnings = sum(problem.warning for problem in problems)
    faults = len(problems) - warnings
    found = [_count(faults, "problem")] if faults else []
    found += [_count(warnings, "warning")] if warnings else []
    files = checked.workspace.files
    segments = sum(name.startswith("segments/") and not name.endswith("/statuses.yml") for name in files)
    campaigns = sum(name.startswith("campaigns/") for name in files)
    looked_at = f"{_count(len(files), 'file')}, {_count(segments, 'segment')}, {_count(campaigns, 'campaign')}"
    return f"{looked_at}: {' and '.join(found) or 'no problems'}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
