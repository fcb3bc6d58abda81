"""The bounds of a condition (numbers, durations, dates), each moved a little both ways: do the tests notice?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from ..model.duration import Duration, DurationUnit
from ..model.problem import Position
from ..model.segment import NOWHERE, Behaviour, Condition, FieldBound, Ignored, Located, Sample, Top
from ..model.when import When
from .behaviour_grammar import ONCE
from .written import label, written

MOVED_BY = 10
"""A bound is moved by one part in so many, and by one at least."""
_FINER = {
    DurationUnit.YEAR: (365, DurationUnit.DAY),
    DurationUnit.MONTH: (30, DurationUnit.DAY),
    DurationUnit.WEEK: (7, DurationUnit.DAY),
    DurationUnit.DAY: (24, DurationUnit.HOUR),
    DurationUnit.HOUR: (60, DurationUnit.MINUTE),
}
_COUNTS = {"count", "last", "at_least"}


@dataclass(frozen=True, slots=True)
class MovedBound:
    """One bound moved: where it stands, the part of the condition that it belongs to, and the whole `condition`.

    `place` numbers the bounds in the order written; each is moved down and up, where it can be.
    """

    place: int
    at: Position
    part: str
    bound: str
    moved_to: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class _Move:
    """A bound, what it is moved to, and what holds it rebuilt around that."""

    key: tuple[Any, ...]
    at: Position
    part: str
    bound: str
    moved_to: str
    whole: Any


def moved_bounds(condition: Condition) -> Iterator[MovedBound]:
    """Every bound of the condition moved down, then up, by a tenth. Shares of `top` and `sample` are left alone:

    they are bounds of a population, and a test has one contact.
    """
    places: dict[tuple[Any, ...], int] = {}
    for move in _moves(condition, (), NOWHERE, ""):
        place = places.setdefault(move.key, len(places))
        yield MovedBound(place, move.at, move.part, move.bound, move.moved_to, move.whole)


def _moves(part: Any, key: tuple[Any, ...], at: Position, words: str) -> Iterator[_Move]:
    """Every move below `part`; `key` leads to it from the whole, `at` and `words` are of what holds it."""
    if isinstance(part, tuple):
        for place, item in enumerate(part):
            for move in _moves(item, (*key, place), at, words):
                yield replace(move, whole=(*part[:place], move.whole, *part[place + 1 :]))
    elif isinstance(part, Duration | When | Decimal):
        for to in _neighbours(part):
            yield _Move(key, at, words, _shown(part), _shown(to), to)
    elif is_dataclass(part) and not isinstance(part, Top | Sample | type):
        yield from _moves_inside(part, key, at, words)


def _moves_inside(part: Any, key: tuple[Any, ...], at: Position, words: str) -> Iterator[_Move]:
    if isinstance(part, Located) and part.at != NOWHERE:
        at = part.at
    if isinstance(part, Condition):
        words = written(part) if label(part) == written(part) else label(part)
    for one in fields(part):
        value = getattr(part, one.name)
        if one.name in ("at", "months") or _unsaid(part, one.name, value):
            continue
        if one.name in _COUNTS and type(value) is int:
            value = Decimal(value)
        for move in _moves(value, (*key, one.name), at, words):
            whole = int(move.whole) if one.name in _COUNTS else move.whole
            yield replace(move, whole=replace(part, **{one.name: whole}))


def _unsaid(part: Any, name: str, value: Any) -> bool:
    """What goes without saying is nobody's bound: `at_least: 1` of a behaviour, once another field."""
    if isinstance(part, Ignored):
        return name == "at_least" and part.last is not None
    if isinstance(part, FieldBound):
        return name == "times" and value == 1
    return isinstance(part, Behaviour) and name == "counts" and value == (ONCE,)


def _neighbours(bound: Duration | When | Decimal) -> list[Any]:
    if isinstance(bound, Duration):
        return _durations(bound)
    if isinstance(bound, When):
        return _whens(bound)
    step = abs(bound) / MOVED_BY if bound != bound.to_integral_value() else max(abs(bound) // MOVED_BY, Decimal(1))
    return [bound - step, bound + step] if bound > 0 else [bound + step]


def _durations(bound: Duration) -> list[Duration]:
    if bound.count == 0:
        return [Duration(1, bound.unit)]
    while bound.count < MOVED_BY and bound.unit in _FINER:
        times, unit = _FINER[bound.unit]
        bound = Duration(bound.count * times, unit)
    step = max(bound.count // MOVED_BY, 1)
    return [Duration(bound.count - step, bound.unit), Duration(bound.count + step, bound.unit)]


def _whens(bound: When) -> list[When]:
    week = timedelta(weeks=1)
    if bound.ago is not None:
        return [replace(bound, ago=ago) for ago in _durations(bound.ago)]
    if bound.moment is not None:
        return [replace(bound, moment=bound.moment - week), replace(bound, moment=bound.moment + week)]
    return [replace(bound, day=bound.day - week), replace(bound, day=bound.day + week)] if bound.day else []


def _shown(bound: Duration | When | Decimal) -> str:
    return f"{bound.normalize():f}" if isinstance(bound, Decimal) else str(bound)
