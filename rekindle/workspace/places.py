"""Where something stands in the files of a workspace that is whole: for what is found wrong only later."""

from __future__ import annotations

from collections.abc import Mapping

from ..model.document import Mapping as MappingNode
from ..model.document import Node, Sequence
from ..model.problem import Position
from .document import read_document


def place_of(files: Mapping[str, str], file: str, *way: str | int) -> Position:
    """The place of the value under `way` (keys, and numbers within lists) in a YAML file; as near as it leads."""
    node, _ = read_document(files.get(file, ""), file)
    at = Position(file)
    for step in way:
        node = _below(node, step)
        if node is None:
            break
        at = node.at
    return at


def _below(node: Node | None, step: str | int) -> Node | None:
    if isinstance(node, MappingNode) and isinstance(step, str):
        return node.get(step)
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
        return node.items[step]
    return None
