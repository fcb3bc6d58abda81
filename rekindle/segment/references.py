"""What a condition refers to: other segments, statuses, fields; for cross-checks and for freezing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from ..model.segment import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    FieldBound,
    FieldTest,
    InSegment,
    NoneOf,
    Not,
    Segment,
    StatusTest,
)


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


def everything_below(condition: Condition, segments: Mapping[str, Segment]) -> Iterator[Condition]:
    """The condition's nodes and those of the segments that it leads to, each segment once."""
    seen: set[str] = set()
    waiting = [condition]
    while waiting:
        for node in walk(waiting.pop()):
            yield node
            for name in node.names if isinstance(node, InSegment) else ():
                if name in segments and name not in seen:
                    seen.add(name)
                    waiting.append(segments[name].where)


def status_questions(condition: Condition) -> tuple[StatusTest, ...]:
    """Every question for a status in the condition (not within the segments that it refers to)."""
    return tuple(node for node in walk(condition) if isinstance(node, StatusTest))


def asks_field(name: str, conditions: Iterable[Condition], segments: Mapping[str, Segment]) -> bool:
    """Whether any of the conditions, or a segment that they lead to, tests the field or takes it for a bound."""
    return any(_names(name, node) for condition in conditions for node in everything_below(condition, segments))


def _names(field: str, part: Any) -> bool:
    if isinstance(part, FieldTest | FieldBound) and part.field == field:
        return True
    if isinstance(part, tuple):
        return any(_names(field, one) for one in part)
    return is_dataclass(part) and any(_names(field, getattr(part, one.name)) for one in fields(part))
