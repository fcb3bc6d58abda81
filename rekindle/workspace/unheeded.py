"""Keys that the language has and this version does not act on yet: whoever writes one is told what happens instead.

A line leaves this table when the key is acted on. Where letters would go out against what the campaign says, nothing is
sent at all until then.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Lookup

from ..model.document import Mapping, Node, Sequence
from ..model.error import ProblemsError
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
    ("steps",): "only the first letter of the ladder is sent",
    ("then",): "nobody's status is pinned",
}
REFUSED = frozenset(IN_CAMPAIGN)
"""With these in its file a campaign is not planned and not sent."""


def unheeded_problems(files: Lookup[str, str], campaign: str = "") -> list[Problem]:
    """A warning for each such key in `files` (texts by name); of one campaign, and rekindle.yml, where it is named."""
    found: list[Problem] = []
    for file, text in files.items():
        of_campaign = file == f"{CAMPAIGNS}{campaign}.yml" if campaign else file.startswith(CAMPAIGNS)
        keys = IN_CAMPAIGN if of_campaign else IN_CONFIGURATION if file == CONFIGURATION else {}
        node = read_document(text, file)[0] if keys else None
        for path, instead in keys.items():
            message = f"'{path[-1]}' is not acted on yet: {instead}"
            hint = "such a campaign is not sent" if path in REFUSED and keys is IN_CAMPAIGN else ""
            found.extend(Problem(at, message, hint, warning=True) for at in _places(node, path))
    return sorted(found)


def refuse_unheeded(files: Lookup[str, str], campaign: str) -> None:
    """Raise ProblemsError where `campaign` relies on a key without which it must not be sent."""
    file = f"{CAMPAIGNS}{campaign}.yml"
    node = read_document(files.get(file, ""), file)[0]
    hint = "take it off, or send this campaign from a later version"
    problems = [
        Problem(at, f"'{path[-1]}' is not acted on yet: {IN_CAMPAIGN[path]}", hint)
        for path in sorted(REFUSED)
        for at in _places(node, path)
    ]
    if problems:
        raise ProblemsError(problems)


def _places(node: Node | None, path: tuple[str, ...]) -> Iterator[Position]:
    """Where the key at `path` stands, if it does."""
    if not isinstance(node, Mapping):
        return
    for key, below in node:
        if key.text == path[0] and len(path) == 1:
            # a ladder of one step is the campaign's own letter
            if not (key.text == "steps" and isinstance(below, Sequence) and len(below.items) < 2):
                yield key.at
        elif key.text == path[0]:
            yield from _places(below, path[1:])
