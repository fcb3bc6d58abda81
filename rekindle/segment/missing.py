"""Members decided by a missing value: the same condition, asked of nobody of whom a value is not known (LANGUAGE 2).

A complement (`is_not`, `not_in`, `has_none`, `not:` and their kin) holds where the value is missing. Here every
complement wants the value to be there too; who is a member of the one and not of the other is a member by a gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from ..model.segment import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    FieldTest,
    InSegment,
    KnownTest,
    ListCountTest,
    NoneOf,
    Not,
    Segment,
)
from .lint import PASSED_BY_NONE
from .references import everything_below

Segments = Mapping[str, Segment]


def with_known_values(condition: Condition, segments: Segments) -> Condition:
    """The condition, stricter: what holds by a missing value fails. Segments that it asks for are written out."""
    return _stricter(condition, True, segments)


def gaps_in(condition: Condition, segments: Segments) -> tuple[str, ...]:
    """The fields whose missing values may make somebody a member, in the order written."""
    asked = [node.field for node in everything_below(condition, segments) if isinstance(node, FieldTest)]
    stricter = set(everything_below(with_known_values(condition, segments), {}))
    return tuple(field for field in dict.fromkeys(asked) if _known(field) in stricter)


def _known(field: str) -> Condition:
    return FieldTest(field, KnownTest(True))


def _stricter(condition: Condition, wanted: bool, segments: Segments) -> Condition:
    """What holds where `condition` is `wanted`, and by no gap."""
    match condition:
        case Not(part=part):
            return _stricter(part, not wanted, segments)
        case NoneOf(parts=parts):
            return _stricter(AnyOf(parts), not wanted, segments)
        case InSegment(names=names):
            return _stricter(AnyOf(tuple(segments[name].where for name in names)), wanted, segments)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            stricter = tuple(_stricter(part, wanted, segments) for part in parts)
            return AllOf(stricter) if isinstance(condition, AllOf) is wanted else AnyOf(stricter)
        case AtLeast(count=count, parts=parts):
            stricter = tuple(_stricter(part, wanted, segments) for part in parts)
            return AtLeast(count if wanted else len(parts) - count + 1, stricter)
    leaf = condition if wanted else Not(condition)
    return AllOf((leaf, _known(condition.field))) if _may_be_a_gap(condition, wanted) else leaf


def _may_be_a_gap(leaf: Condition, wanted: bool) -> TypeGuard[FieldTest]:
    """Whether a missing value makes the leaf `wanted`."""
    if not isinstance(leaf, FieldTest) or isinstance(leaf.test, KnownTest | ListCountTest):
        return False
    return (getattr(leaf.test, "operator", None) in PASSED_BY_NONE) is wanted
