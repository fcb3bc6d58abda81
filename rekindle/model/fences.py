"""The fences between scores: what a buyer's value is held against to score it among all buyers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fences:
    """Pairs of a score and the least value that has it, ascending (a day's ordinal, a number, minor units)."""

    least: tuple[tuple[int, int], ...] = ()

    def score(self, value: int) -> int:
        """The score of a value; 1 below all fences."""
        return max((score for score, least in self.least if value >= least), default=1)
