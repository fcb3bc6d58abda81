"""Links as written in letters: those that can be followed and still make one doubt."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..model.problem import Position, Problem
from .files import TEMPLATES

_HREF = re.compile(r"""(?<![\w-])href\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)


def link_problems(templates: Mapping[str, str]) -> list[Problem]:
    """Warnings about written links of these letters (name in templates/ -> text); wrong ones do not compile at all."""
    found: list[Problem] = []
    for name, text in templates.items():
        if not name.endswith((".mjml", ".html")):
            continue
        blank = _without_comments(text)
        for match in _HREF.finditer(blank):
            said = _doubt((match[1] if match[1] is not None else match[2]).strip())
            if said is not None:
                at = _position(TEMPLATES + name, blank, match.start())
                found.append(Problem(at, *said, warning=True))
    return found


def _doubt(target: str) -> tuple[str, str] | None:
    """What is doubtful about a link's target: message and hint."""
    if target in ("", "#"):
        return "this link leads nowhere", "write an address such as https://example.com"
    if target.lower().startswith("http://"):
        return f"'{target}' is not encrypted", "write https:// where the site has it"
    return None


def _without_comments(text: str) -> str:
    """`text` with comments as blanks, every line and column where it was."""
    return _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _position(file: str, text: str, offset: int) -> Position:
    return Position(file, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
