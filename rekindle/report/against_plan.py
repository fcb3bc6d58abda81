"""The plan held against what is: how many stand on each status, and whether the base grows as it should."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt


@dataclass(frozen=True, slots=True)
class PlannedStatus:
    """So many contacts are `planned` on a status; so many are there, were there at the beginning, and came since."""

    ladder: str
    status: str
    label: str
    planned: int
    actual: int
    at_start: int
    entered: int

    @property
    def ok(self) -> bool:
        """Whether the plan is met."""
        return self.actual >= self.planned


@dataclass(frozen=True, slots=True)
class Growth:
    """A base of so many contacts at the beginning, and how many came since.

    The square-root rule: in a period a base of n should gain at least the square root of n.
    """

    base: int
    gained: int

    @property
    def needed(self) -> int:
        """The smallest number of contacts that is no less than the square root of the base."""
        root = isqrt(self.base)
        return root if root * root == self.base else root + 1

    @property
    def ok(self) -> bool:
        """Whether the base grows as it should."""
        return self.gained >= self.needed
