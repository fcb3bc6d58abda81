"""Where something stands in the files of a workspace that is whole: for what is found wrong only later."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ..model.document import Mapping as MappingNode
from ..model.document import Node, Sequence
from ..model.problem import Position
from .document import read_document


def place_of(files: Mapping[str, str], file: str, *way: str | int) -> Position:
    """The place of the value under `way` (keys, and numbers within lists) in a YAML file; as near as it leads."""
    node = _tree(files.get(file, ""), file)
    at = Position(file) if node is None else node.at
    for step in way:
        node = _below(node, step)
        if node is None:
            break
        at = node.at
    return at


@lru_cache(maxsize=32)
def _tree(text: str, file: str) -> Node | None:
    return read_document(text, file)[0]


def _below(node: Node | None, step: str | int) -> Node | None:
    if isinstance(node, MappingNode) and isinstance(step, str):
        return node.get(step)
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
        return node.items[step]
    return None
