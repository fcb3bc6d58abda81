"""What a condition refers to: other segments, statuses, fields; for cross-checks and for freezing."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.segment import AllOf, AnyOf, AtLeast, Condition, InSegment, NoneOf, Not, StatusTest


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly below this one."""
    if isinstance(condition, AllOf | AnyOf | NoneOf | AtLeast):
        return condition.parts
    return (condition.part,) if isinstance(condition, Not) else ()


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and all below it, in the order written."""
    yield condition
    for part in parts_of(condition):
        yield from walk(part)


def segment_references(condition: Condition) -> tuple[InSegment, ...]:
    """Every `segment:` in the condition, with its position and names."""
    return tuple(node for node in walk(condition) if isinstance(node, InSegment))


def references(condition: Condition) -> tuple[str, ...]:
    """The names of the segments that the condition asks for directly, each once, in the order written."""
    return tuple(dict.fromkeys(name for node in segment_references(condition) for name in node.names))


def status_questions(condition: Condition) -> tuple[StatusTest, ...]:
    """Every question for a status in the condition (not within the segments that it refers to)."""
    return tuple(node for node in walk(condition) if isinstance(node, StatusTest))
