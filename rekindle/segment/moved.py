"""Which parts of a condition moved a contact in or out, from its judgements (`segment diff`)."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.segment import AnyOf, AtLeast, Condition, NoneOf, Not
from .judgement import Judgement


@dataclass(frozen=True, slots=True)
class Mover:
    """A part of the condition that decided: whether it `holds` now, and the values found, for people."""

    condition: Condition
    holds: bool
    before: str = ""
    after: str = ""


def movers(before: Judgement, after: Judgement) -> tuple[Mover, ...]:
    """The leaves whose change of truth made the whole change, in the order written; none where it did not change.

    Both judgements are of one condition. A part that changed the other way moved nothing and is left out.
    """
    if before.holds == after.holds:
        return ()
    if not after.parts:
        return (Mover(after.condition, after.holds, before.value, after.value),)
    wanted = after.holds is not isinstance(after.condition, Not | NoneOf)
    pairs = zip(before.parts, after.parts, strict=True)
    found = (mover for was, now in pairs if now.holds is wanted for mover in movers(was, now))
    return tuple(dict.fromkeys(found))


def refusers(judgement: Judgement) -> tuple[Mover, ...]:
    """The parts that keep a contact out, in the order written; none where it is in."""
    if judgement.holds:
        return ()
    condition, parts = judgement.condition, judgement.parts
    if isinstance(condition, Not | NoneOf):
        return tuple(Mover(part.condition, holds=True, after=part.value) for part in parts if part.holds)
    if not parts or (isinstance(condition, AnyOf | AtLeast) and len(parts) > 1):
        return (Mover(condition, holds=False, after=judgement.value),)
    return tuple(dict.fromkeys(mover for part in parts for mover in refusers(part)))
