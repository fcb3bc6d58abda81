"""Keys that the language has and this version does not act on yet: whoever writes one is told what happens instead.

A line leaves this table when the key is acted on. No key of a campaign may ever stand here: letters would go out
against what its file says.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Lookup

from ..model.document import Mapping, Node
from ..model.problem import Position, Problem
from .document import read_document
from .files import CONFIGURATION

IN_CONFIGURATION = {
    ("sending", "per_second"): "letters leave as fast as the relay takes them; fewer connections press it less",
    ("sending", "domains"): "all domains are written to alike",
    ("sending", "warmup"): "the whole mailing leaves at once; `send --limit N` sends a part of it",
    ("stop_when",): "no mailing pauses by itself; `pause MAILING` does it by hand",
}


def unheeded_problems(files: Lookup[str, str]) -> list[Problem]:
    """A warning for each such key in `files` (texts by name)."""
    node = read_document(files.get(CONFIGURATION, ""), CONFIGURATION)[0]
    return sorted(
        Problem(at, f"'{path[-1]}' is not acted on yet: {instead}", warning=True)
        for path, instead in IN_CONFIGURATION.items()
        for at in _places(node, path)
    )


def _places(node: Node | None, path: tuple[str, ...]) -> Iterator[Position]:
    """Where the key at `path` stands, if it does."""
    if not isinstance(node, Mapping):
        return
    for key, below in node:
        if key.text == path[0] and len(path) == 1:
            yield key.at
        elif key.text == path[0]:
            yield from _places(below, path[1:])
