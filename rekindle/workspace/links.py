"""Links as written in letters: doubtful ones, and whether there is one to unsubscribe by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..model.problem import Position, Problem
from .files import TEMPLATES
from .letters import text_part

_HREF = re.compile(r"""(?<![\w-])href\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)
_UNSUBSCRIBE = re.compile(r"links\s*(?:\.\s*unsubscribe\b|\[\s*['\"]unsubscribe['\"]\s*\])")


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


def unsubscribe_problems(template: str, reachable: Mapping[str, str]) -> Iterator[Problem]:
    """A letter, or its text part, that has no way to leave: neither it nor its includes print links.unsubscribe."""
    text = text_part(template)
    parts = [template, *([text] if text in reachable and text != template else [])]
    for part in parts:
        own = {name: content for name, content in reachable.items() if _belongs(name, part, text)}
        if not any(_UNSUBSCRIBE.search(_without_comments(content)) for content in own.values()):
            hint = "put {{ links.unsubscribe }} into it" if part == text else 'add <a href="{{ links.unsubscribe }}">'
            yield Problem(Position(TEMPLATES + part), "the letter has no link to unsubscribe", hint)


def _belongs(name: str, part: str, text: str) -> bool:
    """Whether a file of the letter can be reached from this part of it: .txt files make the text part."""
    return name.endswith(".txt") == (part == text)


def _without_comments(text: str) -> str:
    """`text` with comments as blanks, every line and column where it was."""
    return _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _position(file: str, text: str, offset: int) -> Position:
    return Position(file, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
