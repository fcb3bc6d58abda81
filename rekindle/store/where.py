"""A condition as one SQL expression over `contact`: the first reader of the language. Never NULL, bound values only.

`segment/evaluate` is the second reader; tests/property holds both to the same members.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, case, literal, not_, true, type_coerce

from ..model.segment import (
    AllOf,
    AnyOf,
    AtLeast,
    Behaviour,
    Condition,
    Everyone,
    FieldTest,
    Ignored,
    Imported,
    InSegment,
    NoneOf,
    Not,
    Reachable,
    Sample,
    StatusTest,
    Top,
)
from ..segment.asking import Asking
from .where_behaviours import behaviour_clause
from .where_fields import field_clause
from .where_frame import Frame, every, some
from .where_others import ignored, imported, reachable, sample, top
from .where_status import status_clause

__all__ = ["Asking", "Frame", "clause_of"]


def clause_of(frame: Frame, condition: Condition) -> ColumnElement[bool]:
    """Whether `condition` holds for the row of `frame.of`. Raises KeyError for a segment that `asking` has not."""
    match condition:
        case AllOf(parts=parts):
            return every(clause_of(frame, part) for part in parts)
        case AnyOf(parts=parts):
            return some(clause_of(frame, part) for part in parts)
        case NoneOf(parts=parts):
            return not_(some(clause_of(frame, part) for part in parts))
        case Not(part=part):
            return not_(clause_of(frame, part))
        case AtLeast():
            return _at_least(frame, condition)
        case InSegment(names=names):
            return some(clause_of(frame, frame.asking.segments[name].where) for name in dict.fromkeys(names))
        case FieldTest():
            return field_clause(frame, condition)
        case Behaviour():
            return behaviour_clause(frame, condition)
    return _other(frame, condition)


def _other(frame: Frame, condition: Condition) -> ColumnElement[bool]:
    match condition:
        case Everyone():
            return true()
        case StatusTest():
            return status_clause(frame, condition)
        case Ignored():
            return ignored(frame, condition)
        case Reachable():
            return reachable(frame, condition)
        case Top():
            return top(frame, condition)
        case Sample():
            return sample(frame, condition)
        case Imported():
            return imported(frame, condition)
    raise TypeError(f"{type(condition).__name__} is not a condition that can be asked in SQL")


def _at_least(frame: Frame, condition: AtLeast) -> ColumnElement[bool]:
    """The number of parts that hold, added up."""
    if condition.count <= 0:
        return true()
    holding: Any = literal(0, Integer)
    for part in condition.parts:
        holding = holding + case((clause_of(frame, part), type_coerce(literal(1), Integer)), else_=0)
    found: ColumnElement[bool] = holding >= condition.count
    return found
