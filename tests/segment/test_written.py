"""A condition written back reads as the same condition."""

from __future__ import annotations

from random import Random

import pytest

from rekindle.segment.grammar import read_condition
from rekindle.segment.written import written
from rekindle.workspace.document import read_document
from tests.property.random_tree import condition
from tests.property.random_world import catalogue
from tests.property.written import node_of


@pytest.mark.parametrize("seed", range(300))
def test_what_is_written_reads_back_as_the_same(seed: int) -> None:
    """written() loses nothing of a condition."""
    tree, problems = read_condition(node_of([condition(Random(seed))]), catalogue())
    assert problems == []
    assert tree is not None
    node, faults = read_document(f"{{{written(tree)}}}", "back.yml")
    assert faults == []
    assert node is not None
    assert read_condition(node, catalogue()) == (tree, [])
