"""A workspace read whole: every file, every problem of every file in one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..model.campaign import Campaign
from ..model.configuration import Configuration
from ..model.document import Node
from ..model.error import ProblemsError
from ..model.problem import Position, Problem
from ..model.segment import Ladder, Segment
from ..segment.catalogue import Catalogue
from .campaigns import read_campaign
from .configuration import EVERY_KEY, configuration_of, read_configuration
from .document import read_document, unreadable_character
from .files import CAMPAIGNS, CONFIGURATION, SEGMENTS, STATUSES, TEMPLATES, read_files, templates_of
from .reading import Reading
from .segments import check_circles, check_ladders, check_names, named_segments, read_ladders, read_segments
from .targets import check_targets
from .values import NAME


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything that the files of a workspace say, free of problems. `files` holds their texts by name."""

    root: Path
    files: Mapping[str, str]
    configuration: Configuration
    catalogue: Catalogue
    segments: Mapping[str, Segment]
    ladders: tuple[Ladder, ...]
    campaigns: Mapping[str, Campaign]
    warnings: tuple[Problem, ...] = field(default=(), compare=False)


def load_workspace(root: Path) -> Workspace:
    """The workspace at `root`. Raises ProblemsError with every problem, InputError for files that cannot be read."""
    workspace, problems = parse_workspace(read_files(root), root)
    if workspace is None:
        raise ProblemsError(problems)
    return workspace


def parse_workspace(files: Mapping[str, str], root: Path = Path()) -> tuple[Workspace | None, list[Problem]]:
    """The workspace that `files` (texts by name) make up, and its problems, sorted; warnings alone leave it usable."""
    workspace, problems = salvage_workspace(files, root)
    sound = all(problem.warning for problem in problems)
    return (workspace if sound else None), problems


def salvage_workspace(files: Mapping[str, str], root: Path = Path()) -> tuple[Workspace, list[Problem]]:
    """What can be made of `files` in spite of their problems, so that a check can look further; and all problems.

    Not to be worked with: what has a problem is missing from it, or has a default in its place.
    """
    reading = Reading(unreadable=EVERY_KEY)
    nodes = _documents(files, reading)
    configuration = _take_configuration(files, nodes, reading)
    ladders = _take_ladders(nodes, reading)
    segments = _take_segments(nodes, ladders, reading)
    campaigns = _take_campaigns(nodes, configuration, reading)
    problems = sorted(set(reading.problems))
    warnings = tuple(problem for problem in problems if problem.warning)
    catalogue = reading.catalogue or Catalogue()
    workspace = Workspace(root, dict(files), configuration, catalogue, segments, ladders, campaigns, warnings)
    return workspace, problems


def _documents(files: Mapping[str, str], reading: Reading) -> dict[str, Node]:
    """The trees of the YAML files whose names are right; templates are only looked at for what no text may hold."""
    reading.templates = templates_of(files)
    nodes: dict[str, Node] = {}
    for file, text in files.items():
        if file.startswith(TEMPLATES):
            found = unreadable_character(text, file)
            reading.problems.extend([found] if found else [])
        elif _well_named(file, reading):
            node, problems = read_document(text, file)
            reading.problems.extend(problems)
            if node is not None:
                nodes[file] = node
    reading.segments = frozenset(_names(files, SEGMENTS)) - {"statuses"}
    return nodes


def _well_named(file: str, reading: Reading) -> bool:
    folder, _, name = file.rpartition("/")
    at = Position(file)
    if not name.endswith(".yml"):
        reading.fault(at, "files end in .yml here", f"rename it to {name.removesuffix('.yaml')}.yml")
    elif "/" in folder:
        reading.fault(at, f"a file in a folder below {folder.split('/')[0]}/ is not read", "move it up")
    elif folder and not NAME.fullmatch(name.removesuffix(".yml")):
        what = "segment" if file.startswith(SEGMENTS) else "campaign"
        reading.fault(at, f"the file's name cannot be the name of a {what}", "only a-z, 0-9 and - may stand in it")
    else:
        return True
    return False


def _names(files: Mapping[str, str] | Mapping[str, Node], folder: str) -> list[str]:
    return [file.removeprefix(folder).removesuffix(".yml") for file in files if file.startswith(folder)]


def _take_configuration(files: Mapping[str, str], nodes: Mapping[str, Node], reading: Reading) -> Configuration:
    node = nodes.get(CONFIGURATION)
    if node is None:
        if CONFIGURATION not in files:
            hint = "`rekindle init` writes one; -C DIR names the workspace"
            reading.fault(Position(CONFIGURATION), "there is no rekindle.yml here", hint)
        return configuration_of({})
    configuration, unreadable = read_configuration(node, reading)
    reading.unreadable = unreadable
    reading.topics = frozenset(configuration.topics)
    if "attributes" not in unreadable:
        topics = None if "topics" in unreadable else tuple(configuration.topics)
        reading.catalogue = Catalogue(attributes=configuration.attributes, topics=topics)
    return configuration


def _take_ladders(nodes: Mapping[str, Node], reading: Reading) -> tuple[Ladder, ...]:
    node = nodes.get(STATUSES)
    if node is None or reading.catalogue is None:
        return ()
    ladders = read_ladders(node, reading, reading.catalogue)
    reading.catalogue = reading.catalogue.with_ladders(ladders)
    reading.statuses = frozenset(ladders[0].names) if ladders else frozenset()
    check_targets(nodes.get(CONFIGURATION), reading.catalogue, reading)
    return ladders


def _take_segments(nodes: Mapping[str, Node], ladders: tuple[Ladder, ...], reading: Reading) -> dict[str, Segment]:
    own = {name: nodes[f"{SEGMENTS}{name}.yml"] for name in _names(nodes, SEGMENTS) if name != "statuses"}
    segments = read_segments(own, reading)
    for segment in segments.values():
        check_names(segment.where, reading)
    check_circles(segments, reading)
    check_ladders(ladders, segments, reading)
    return segments


def _take_campaigns(nodes: Mapping[str, Node], configuration: Configuration, reading: Reading) -> dict[str, Campaign]:
    campaigns: dict[str, Campaign] = {}
    for name in _names(nodes, CAMPAIGNS):
        campaign = read_campaign(name, nodes[f"{CAMPAIGNS}{name}.yml"], configuration, reading)
        if campaign is None:
            continue
        campaigns[name] = campaign
        for offer in campaign.offers:
            if offer.when is not None:
                check_names(offer.when, reading)
    return campaigns


def segments_of(campaign: Campaign) -> list[str]:
    """The segments that a campaign names itself, those of its offers' conditions included."""
    named = [*campaign.segments, *campaign.exclude, *campaign.hand_over]
    for offer in campaign.offers:
        if offer.when is not None:
            named.extend(name for name, _ in named_segments(offer.when))
    return named
