"""Every fault of a workspace in one run: its files, its letters compiled, its letters filled for real contacts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..compose.letter import CompiledLetter, compile_letter
from ..model.campaign import Campaign
from ..model.error import ProblemsError
from ..model.problem import Problem
from ..workspace.caps import cap_problems
from ..workspace.files import CONFIGURATION, read_files
from ..workspace.letters import letter_source, letters_of
from ..workspace.links import link_problems
from ..workspace.load import Workspace, salvage_workspace
from ..workspace.senders import sender_problems
from .check_segments import lint_segments
from .letter_facts import letter_style
from .tried_segments import bound_problems


@dataclass(frozen=True)
class Checked:
    """What a check came to: every problem, and the letters that compile, each with its campaign.

    `workspace` is what could be read in spite of problems.
    """

    problems: tuple[Problem, ...]
    workspace: Workspace
    letters: tuple[tuple[Campaign, CompiledLetter], ...]

    @property
    def sound(self) -> bool:
        """Whether there is nothing worse than warnings."""
        return all(problem.warning for problem in self.problems)


def check_files(root: Path) -> Checked:
    """The workspace at `root`, without a store: its files, its sender, its links, every letter compiled.

    Raises InputError for files that cannot be read at all.
    """
    files = read_files(root)
    workspace, problems = salvage_workspace(files, root)
    if all(problem.at.file != CONFIGURATION for problem in problems):
        problems += sender_problems(workspace)
    letters: list[tuple[Campaign, CompiledLetter]] = []
    used: dict[str, str] = {}
    for campaign in workspace.campaigns.values():
        style = letter_style(workspace, campaign)
        for variant, step in letters_of(campaign):
            source = letter_source(workspace, campaign, variant, step)
            used.update(source.files)
            try:
                letter = compile_letter(source, style)
            except ProblemsError as error:
                problems += error.problems
            else:
                problems += letter.warnings
                letters.append((campaign, letter))
    problems += [*link_problems(used), *cap_problems(workspace)]
    if all(problem.warning for problem in problems):
        problems += [*lint_segments(workspace), *bound_problems(workspace)]
    return Checked(tuple(sorted(set(problems))), workspace, tuple(letters))
