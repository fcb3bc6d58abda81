"""A document as an editor's YAML reader gives it: numbers, flags and null where they stand without quotes."""

from __future__ import annotations

import re
from typing import Any

from rekindle.model.document import Mapping, Node, Sequence

_INTEGER = re.compile(r"[-+]?\d+\Z")
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?\Z")


def plain(node: Node) -> Any:
    """The YAML 1.2 core schema's value of a node."""
    if isinstance(node, Mapping):
        return {name.text: plain(value) for name, value in node}
    if isinstance(node, Sequence):
        return [plain(item) for item in node]
    if not node.plain:
        return node.text
    if node.is_null:
        return None
    if node.flag is not None:
        return node.flag
    if _INTEGER.match(node.text):
        return int(node.text)
    return float(node.text) if _FLOAT.match(node.text) else node.text
