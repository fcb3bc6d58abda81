"""A word out of those that are known: a segment, a topic, a timezone; any other gets its neighbour as a hint."""

from __future__ import annotations

from collections.abc import Collection

from ..model.document import Node
from ..model.problem import did_you_mean
from .reading import Reading, quoted, scalar


def known_word(node: Node, reading: Reading, expected: str, known: Collection[str], otherwise: str) -> str | None:
    """The word that `node` is, where it is one of `known`; else None, with a problem.

    `expected` says what should stand there and begins with the noun of the message (`a timezone such as UTC`: unknown
    timezone); `otherwise` is the hint where nothing known looks alike.
    """
    found = scalar(node, reading, expected)
    if found is None or found.text in known:
        return None if found is None else found.text
    noun = expected.partition(" ")[2].partition(" such as ")[0]
    hint = did_you_mean(found.text, known) or did_you_mean(found.text.upper(), known) or otherwise
    reading.fault(node.at, f"unknown {noun} {quoted(found.text)}", hint)
    return None
