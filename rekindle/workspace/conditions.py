"""The kind of value that is a condition: read by segment/, the segments that it names looked up here."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.document import Node
from ..model.segment import Condition
from .reading import Reading


@dataclass(frozen=True, slots=True)
class When:
    """A condition over contacts (LANGUAGE 2)."""

    def __call__(self, node: Node, reading: Reading) -> Condition | None:
        from ..segment.grammar import read_condition

        if reading.catalogue is None:
            return None
        condition, problems = read_condition(node, reading.catalogue)
        reading.problems.extend(problems)
        return condition
