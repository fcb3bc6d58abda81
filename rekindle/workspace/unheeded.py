"""Keys that the language has and this version does not act on yet: whoever writes one is told what happens instead.

A line leaves this table when the key is acted on.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Lookup

from ..model.document import Mapping, Node
from ..model.problem import Position, Problem
from .document import read_document
from .files import CAMPAIGNS, CONFIGURATION

IN_CONFIGURATION = {
    ("notify",): "nobody is written to; cron can mail what `run` says on stderr",
    ("sending", "per_second"): "letters leave as fast as the relay takes them; fewer connections press it less",
    ("sending", "domains"): "all domains are written to alike",
    ("sending", "warmup"): "the whole mailing leaves at once; `send --limit N` sends a part of it",
    ("stop_when",): "no mailing pauses by itself; `pause MAILING` does it by hand",
    ("targets",): "nothing is held against them",
}
IN_CAMPAIGN = {
    ("window",): "letters leave at any hour, once the mailing is sent",
    ("steps",): "only the first letter of the ladder is sent",
    ("then",): "nobody's status is pinned",
}


def unheeded_problems(files: Lookup[str, str], campaign: str = "") -> list[Problem]:
    """A warning for each such key in `files` (texts by name); of one campaign, and rekindle.yml, where it is named."""
    found: list[Problem] = []
    for file, text in files.items():
        of_campaign = file == f"{CAMPAIGNS}{campaign}.yml" if campaign else file.startswith(CAMPAIGNS)
        keys = IN_CAMPAIGN if of_campaign else IN_CONFIGURATION if file == CONFIGURATION else {}
        node = read_document(text, file)[0] if keys else None
        for path, instead in keys.items():
            message = f"'{path[-1]}' has no effect in this version"
            found.extend(Problem(at, message, instead, warning=True) for at in _places(node, path))
    return sorted(found)


def _places(node: Node | None, path: tuple[str, ...]) -> Iterator[Position]:
    """Where the key at `path` stands, if it does."""
    if not isinstance(node, Mapping):
        return
    for key, below in node:
        if key.text == path[0] and len(path) == 1:
            yield key.at
        elif key.text == path[0]:
            yield from _places(below, path[1:])
