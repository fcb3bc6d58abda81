"""A segment: a condition over contacts, as a tree."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """Base of every node of the tree (the grammar in segment/ builds them)."""
