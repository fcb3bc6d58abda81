"""What a condition can never say, and what it says whatever is asked: parts that decide nothing, seen without a store.

Careful, not complete: where nothing speaks against it a condition counts as one that may hold and may fail, so what is
told here is certain. Parts that must hold together are looked at field by field: values that exclude each other,
ranges without a number between them, a part and its own complement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from ..model.folding import fold
from ..model.problem import Position, Problem
from ..model.segment import (
    COMPLEMENTS,
    AllOf,
    AnyOf,
    AtLeast,
    Behaviour,
    Condition,
    Everyone,
    FieldTest,
    FlagTest,
    InSegment,
    KnownTest,
    ListCountTest,
    ListOperator,
    NoneOf,
    Not,
    NumberOperator,
    NumberTest,
    Sample,
    Segment,
    StatusTest,
    TextOperator,
    TextTest,
    Top,
)
from .references import parts_of
from .value_tests import number_holds
from .written import written

Segments = Mapping[str, Segment]
PASSED_BY_NONE = frozenset([*COMPLEMENTS, NumberOperator.IS_NOT, NumberOperator.NOT_IN, ListOperator.HAS_NONE])
"""Operators that who has no value passes."""


LONGEST = 80
"""Letters of a condition in a message."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A leaf that must hold, or must fail."""

    leaf: Condition
    wanted: bool


def lint(segment: Segment, segments: Segments) -> Iterator[Problem]:
    """A warning for a segment that nobody can be in or everybody is in, else for each part that decides nothing.

    `everyone: true` and `any: []`, written as the whole condition, are meant so.
    """
    where = segment.where
    if where in (Everyone(), AnyOf(())):
        return
    if not can_be(where, True, segments):
        at = _culprit(where, segments)
        yield Problem(at, f"nobody can be in the segment '{segment.name}': its parts exclude each other", warning=True)
    elif not can_be(where, False, segments):
        yield Problem(where.at, f"everybody is in the segment '{segment.name}'", "write everyone: true", warning=True)
    else:
        yield from _idle_parts(where, segments)


def _idle_parts(condition: Condition, segments: Segments) -> Iterator[Problem]:
    """The parts that never or always hold, the outermost of them."""
    for part in parts_of(condition):
        if not can_be(part, True, segments):
            yield Problem(part.at, f"nobody passes this part: {_said(part)}", "it decides nothing", warning=True)
        elif not can_be(part, False, segments):
            yield Problem(part.at, f"everybody passes this part: {_said(part)}", "it decides nothing", warning=True)
        else:
            yield from _idle_parts(part, segments)


def _said(part: Condition) -> str:
    text = written(part)
    return text if len(text) <= LONGEST else text[: LONGEST - 2] + ".."


def _culprit(condition: Condition, segments: Segments) -> Position:
    """Where an impossible condition becomes so: its innermost impossible part, or what excludes the parts before it."""
    for part in parts_of(condition):
        if not isinstance(condition, Not | NoneOf) and not can_be(part, True, segments):
            return _culprit(part, segments)
    before: list[Claim] = []
    for claim in _claims(condition, True, segments):
        before.append(claim)
        if not consistent(before):
            return claim.leaf.at if claim.leaf.at.file == condition.at.file else condition.at
    return condition.at


def can_be(condition: Condition, wanted: bool, segments: Segments) -> bool:
    """Whether some contact might make the condition `wanted`; False is certain, True a may-be."""
    match condition:
        case Not(part=part):
            return can_be(part, not wanted, segments)
        case NoneOf(parts=parts):
            return can_be(AnyOf(parts), not wanted, segments)
        case AtLeast(count=count, parts=parts):
            needed = count if wanted else len(parts) - count + 1
            return sum(can_be(part, wanted, segments) for part in parts) >= max(needed, 0) and (wanted or count > 0)
        case InSegment(names=names):
            return can_be(AnyOf(tuple(segments[name].where for name in names if name in segments)), wanted, segments)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            if isinstance(condition, AnyOf) is wanted:
                return any(can_be(part, wanted, segments) for part in parts)
            claims = [claim for part in parts for claim in _claims(part, wanted, segments)]
            return all(can_be(part, wanted, segments) for part in parts) and consistent(claims)
    return _leaf_can_be(condition, wanted)


def _claims(condition: Condition, wanted: bool, segments: Segments) -> Iterator[Claim]:
    """The leaves that must hold or fail for the condition to be `wanted`, as far as that is certain."""
    match condition:
        case Not(part=part):
            yield from _claims(part, not wanted, segments)
        case NoneOf(parts=parts):
            yield from _claims(AnyOf(parts), not wanted, segments)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            if isinstance(condition, AllOf) is wanted or len(parts) == 1:
                for part in parts:
                    yield from _claims(part, wanted, segments)
        case InSegment(names=names):
            where = tuple(segments[name].where for name in names if name in segments)
            yield from _claims(AnyOf(where), wanted, segments)
        case AtLeast():
            return
        case _:
            yield Claim(condition, wanted)


def _leaf_can_be(condition: Condition, wanted: bool) -> bool:
    match condition:
        case Everyone():
            return wanted
        case Top(share=share):
            return not wanted or share > 0
        case Sample(share=share):
            return share > 0 if wanted else share < 1
        case Behaviour(counts=counts) if not condition.aggregates and not condition.firsts and not condition.lasts:
            return _some_number([(test, True) for test in counts]) if wanted else not _always(counts)
        case FieldTest():
            return consistent([Claim(condition, wanted)])
    return True


def _always(counts: tuple[NumberTest, ...]) -> bool:
    """Whether every number of rows from none up passes."""
    return all(not _some_number([(test, False)]) for test in counts)


# --- parts that must hold together ----------------------------------------------------------------------------------


def consistent(claims: Iterable[Claim]) -> bool:
    """Whether all claims may be true of one contact."""
    known = set(claims)
    if any(Claim(claim.leaf, not claim.wanted) in known for claim in known):
        return False
    by_field: dict[str, list[tuple[FieldTest, bool]]] = {}
    by_ladder: dict[str, list[frozenset[str]]] = {}
    for claim in known:
        if isinstance(claim.leaf, FieldTest):
            by_field.setdefault(claim.leaf.field, []).append((claim.leaf, claim.wanted))
        elif isinstance(claim.leaf, StatusTest) and claim.wanted and claim.leaf.names:
            by_ladder.setdefault(claim.leaf.ladder, []).append(frozenset(claim.leaf.names))
    return all(map(_field_may_be, by_field.values())) and all(
        frozenset.intersection(*names) for names in by_ladder.values()
    )


def _field_may_be(tests: list[tuple[FieldTest, bool]]) -> bool:
    """Whether one value, or none, of a field passes all of the tests."""
    present = any(_needs_value(leaf.test, wanted) for leaf, wanted in tests)
    missing = any(isinstance(leaf.test, KnownTest) and leaf.test.wanted is not wanted for leaf, wanted in tests)
    if present and missing:
        return False
    flags = {leaf.test.wanted for leaf, wanted in tests if isinstance(leaf.test, FlagTest) and wanted}
    if len(flags) > 1:
        return False
    numbers = [(leaf.test, wanted) for leaf, wanted in tests if isinstance(leaf.test, NumberTest)]
    texts = [(leaf.test, wanted) for leaf, wanted in tests if isinstance(leaf.test, TextTest)]
    if not present:
        return True  # who has no value passes every complement
    return _some_text(texts) and _some_number(numbers, whole=False, least=None)


def _needs_value(test: object, wanted: bool) -> bool:
    """Whether only a value that is there passes."""
    if isinstance(test, KnownTest):
        return test.wanted is wanted
    if isinstance(test, ListCountTest):
        return False  # of none the count is 0
    return (getattr(test, "operator", None) not in PASSED_BY_NONE) is wanted


def _some_text(tests: list[tuple[TextTest, bool]]) -> bool:
    """Whether some text is among all the asked values and none of the refused."""
    asked: set[str] | None = None
    refused: set[str] = set()
    for test, wanted in tests:
        operator = COMPLEMENTS.get(test.operator, test.operator)
        if operator not in (TextOperator.IS, TextOperator.IN):
            continue
        values = {fold(value) for value in test.values}
        if wanted is (test.operator not in COMPLEMENTS):
            asked = values if asked is None else asked & values
        else:
            refused |= values
    return asked is None or bool(asked - refused)


def _some_number(
    tests: list[tuple[NumberTest, bool]], *, whole: bool = True, least: Decimal | None = Decimal(0)
) -> bool:
    """Whether some number passes every test; `whole`: a whole one; from `least` up. Bounds that are fields may be any.

    Between, at and beyond the bounds one number of each stretch stands for all of it.
    """
    plain = [(test, wanted) for test, wanted in tests if not test.asks_field]
    bounds = sorted({Fraction(bound) for test, _ in plain for bound in test.bounds if isinstance(bound, Decimal)})
    if not bounds:
        return True
    ends = [bounds[0] - 1, *bounds, bounds[-1] + 1]
    stretches = {point for low, high in pairwise(ends) for point in (low, (low + high) / 2, high)}
    if whole:
        stretches = {Fraction(near) for point in stretches for near in (point // 1 - 1, point // 1, point // 1 + 1)}
    return any(
        all(number_holds(test, number) is wanted for test, wanted in plain)
        for number in stretches
        if least is None or number >= Fraction(least)
    )
