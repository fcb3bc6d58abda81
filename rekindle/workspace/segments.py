"""segments/*.yml read through the grammar of segment/: definitions, the ladders of statuses, circles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..model.document import Mapping as MappingNode
from ..model.document import Node, Scalar, Sequence
from ..model.problem import Position, did_you_mean
from ..model.segment import Condition, Ladder, Rung, Segment
from ..segment.catalogue import Catalogue
from ..segment.references import segment_references, status_questions
from .reading import Reading


def read_ladders(node: Node, reading: Reading, catalogue: Catalogue) -> tuple[Ladder, ...]:
    """The ladders of segments/statuses.yml; what is wrong with them is in `reading`.

    Where something is wrong they come with the names of their statuses alone, so that the files that ask for those
    are not blamed too.
    """
    from ..segment.grammar import read_ladders as read

    named = tuple(_ladder_names(node))
    ladders, problems = read(node, catalogue.with_ladders(named))
    reading.problems.extend(problems)
    return ladders or named


def _ladder_names(node: Node) -> Iterator[Ladder]:
    if not isinstance(node, MappingNode):
        return
    several = node.get("ladders")
    named = [("status", node.get("statuses"))]
    named += [(key.text, below) for key, below in several] if isinstance(several, MappingNode) else []
    for name, rungs in named:
        if isinstance(rungs, Sequence):
            words = (item.get("name") for item in rungs if isinstance(item, MappingNode))
            yield Ladder(name, tuple(Rung(word.text) for word in words if isinstance(word, Scalar)))


def read_segments(nodes: Mapping[str, Node], reading: Reading) -> dict[str, Segment]:
    """The segments by name, those without problems of their own."""
    from ..segment.grammar import read_segment

    found: dict[str, Segment] = {}
    if reading.catalogue is None:
        return found
    for name, node in nodes.items():
        segment, problems = read_segment(name, node, reading.catalogue)
        reading.problems.extend(problems)
        if segment is not None:
            found[name] = segment
    return found


def named_segments(condition: Condition) -> Iterator[tuple[str, Position]]:
    """The segments that `condition` names itself, each with its place."""
    for part in segment_references(condition):
        yield from part.named


def check_names(condition: Condition, reading: Reading) -> None:
    """Note every segment that is named and has no file."""
    for name, at in named_segments(condition):
        if name not in reading.segments:
            hint = did_you_mean(name, reading.segments) or f"there is no segments/{name}.yml"
            reading.fault(at, f"unknown segment '{name}'", hint)


def check_circles(segments: Mapping[str, Segment], reading: Reading) -> None:
    """Note every circle of segments once, at its first file by name, with the way round."""
    reported: set[frozenset[str]] = set()
    done: set[str] = set()
    for start in sorted(segments):
        for way, at in _circles(start, segments, done):
            if frozenset(way) not in reported:
                reported.add(frozenset(way))
                hint = "one of them must say what it means without the other"
                reading.fault(at, f"the segment asks for itself: {' → '.join((*way, way[0]))}", hint)


def _circles(start: str, segments: Mapping[str, Segment], done: set[str]) -> Iterator[tuple[tuple[str, ...], Position]]:
    """The circles met on a walk from `start`: the names on the way round, and where the first names the second."""
    way: list[tuple[str, Position]] = []
    on_way: set[str] = set()
    walks = [iter([(start, Position(""))])]
    while walks:
        step = next(walks[-1], None)
        if step is None:
            walks.pop()
            if way:
                name, _ = way.pop()
                on_way.discard(name)
                done.add(name)
            continue
        name, at = step
        if name in on_way:
            names = [one for one, _ in way]
            round_names = tuple(names[names.index(name) :])
            first = way[names.index(name) + 1][1] if len(round_names) > 1 else at
            yield round_names, first
        elif name in segments and name not in done:
            way.append((name, at))
            on_way.add(name)
            walks.append(named_segments(segments[name].where))


def check_ladders(ladders: tuple[Ladder, ...], segments: Mapping[str, Segment], reading: Reading) -> None:
    """Note every rung that names no segment, or one that asks for a status: a status may not hang on a status."""
    for ladder in ladders:
        for rung in ladder.rungs:
            if rung.when is not None:
                check_names(rung.when, reading)
                _check_rung(rung.when, segments, reading)


def _check_rung(when: Condition, segments: Mapping[str, Segment], reading: Reading) -> None:
    for name, at in named_segments(when):
        if any(status_questions(segments[below].where) for below in reach([name], segments)):
            reading.fault(at, f"the segment '{name}' asks for a status, so a status may not ask for it", "rephrase it")


def reach(names: list[str], segments: Mapping[str, Segment]) -> list[str]:
    """`names` and every segment that they lead to, each once, sorted."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in segments and name not in found:
            found.add(name)
            waiting.extend(below for below, _ in named_segments(segments[name].where))
    return sorted(found)
