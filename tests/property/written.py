"""Plain Python values as the nodes that a YAML file would give."""

from __future__ import annotations

from collections.abc import Mapping as PythonMapping
from typing import Any

from rekindle.model.document import Mapping, Node, Scalar, Sequence
from rekindle.model.problem import Position

AT = Position("written.yml")


def node_of(value: Any) -> Node:
    """`value` (dicts, lists, texts, numbers) as if it had been written."""
    if isinstance(value, PythonMapping):
        return Mapping(tuple((Scalar(str(key), AT), node_of(item)) for key, item in value.items()), AT)
    if isinstance(value, list):
        return Sequence(tuple(node_of(item) for item in value), AT)
    return Scalar("true" if value is True else "false" if value is False else str(value), AT)
