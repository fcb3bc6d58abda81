"""A campaign frozen as the texts of the files that it needs, to be read again by the reader of every workspace."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from ..model.campaign import Campaign
from ..model.error import ProblemsError
from ..model.problem import Position, Problem
from .files import CAMPAIGNS, CONFIGURATION, SEGMENTS, STATUSES, TEMPLATES
from .letters import letter_source, letters_of
from .load import Workspace, parse_workspace, segments_of
from .segments import named_segments, reach

if TYPE_CHECKING:
    from collections.abc import Iterator


def freeze(workspace: Workspace, campaign: Campaign) -> str:
    """The texts of rekindle.yml, the campaign, its segments, the statuses, its letters: JSON, the same for the same."""
    names = sorted(set(_needed(workspace, campaign)) & set(workspace.files))
    texts = {name: workspace.files[name] for name in names}
    return json.dumps(texts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def thaw(text: str) -> Workspace:
    """The workspace of a frozen campaign. Raises ProblemsError where the text was not made by `freeze`."""
    try:
        files = json.loads(text)
        sound = isinstance(files, dict) and all(isinstance(content, str) for content in files.values())
    except ValueError:
        sound = False
    if not sound:
        raise ProblemsError([Problem(Position(CONFIGURATION), "the mailing's frozen files cannot be read")])
    workspace, problems = parse_workspace(files)
    if workspace is None:
        raise ProblemsError(problems)
    return workspace


def definition_hash(workspace: Workspace, campaign: Campaign) -> str:
    """SHA-256 (64 hex digits) over all that `freeze` takes: it changes when the definition or a letter does."""
    return hashlib.sha256(freeze(workspace, campaign).encode()).hexdigest()


def file_marks(workspace: Workspace, campaign: Campaign) -> dict[str, str]:
    """A short mark of every file that `freeze` takes, by name: it changes when the file does."""
    texts: dict[str, str] = json.loads(freeze(workspace, campaign))
    return {name: hashlib.sha256(text.encode()).hexdigest()[:12] for name, text in texts.items()}


def _needed(workspace: Workspace, campaign: Campaign) -> Iterator[str]:
    yield CONFIGURATION
    yield STATUSES
    yield f"{CAMPAIGNS}{campaign.name}.yml"
    of_ladders = [
        name
        for ladder in workspace.ladders
        for rung in ladder.rungs
        if rung.when is not None
        for name, _ in named_segments(rung.when)
    ]
    for name in reach([*segments_of(campaign), *of_ladders], workspace.segments):
        yield f"{SEGMENTS}{name}.yml"
    for variant, step in letters_of(campaign):
        for name in letter_source(workspace, campaign, variant, step).files:
            yield f"{TEMPLATES}{name}"
