"""Tags and attributes of MJML and HTML as written, with their places: for cutting and judging, not for showing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ATTRIBUTE = r"""[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>]++))?"""
ATTRIBUTES = rf"(?:[\s/]++{_ATTRIBUTE})*"
"""Each run of characters is possessive, and no two alternatives begin alike: a broken tag is found in one pass, however
much space stands in it. No group is possessive: Python 3.11.0 to 3.11.4 get those wrong (gh-106052)."""
TAG = re.compile(rf"<(/?)([A-Za-z][A-Za-z0-9:_-]*+)({ATTRIBUTES})\s*+(/?)>")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?""")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a tag: `value` as written between the quotes, `start` where it begins; `quoted` or bare."""

    name: str
    value: str
    name_start: int
    start: int
    quoted: bool


@dataclass(frozen=True, slots=True)
class Tag:
    """One opening, closing or empty tag from `start` to `end` of the text."""

    name: str
    start: int
    end: int
    closing: bool
    empty: bool
    attributes: tuple[Attribute, ...]

    def value(self, name: str) -> str | None:
        """The written value of an attribute, or None."""
        return next((attribute.value for attribute in self.attributes if attribute.name == name), None)


def attributes_of(match: re.Match[str]) -> Iterator[Attribute]:
    """The attributes of a match of TAG."""
    start, end = match.span(3)
    for found in ATTRIBUTE.finditer(match.string, start, end):
        group = next((number for number in (2, 3, 4) if found[number] is not None), None)
        value = found[group] if group else ""
        at = found.start(group) if group else found.end()
        yield Attribute(found[1].lower(), value, found.start(), at, group in (2, 3))


def tag_of(match: re.Match[str]) -> Tag:
    """A match of TAG as a value."""
    attributes = tuple(attributes_of(match)) if match[3] else ()
    return Tag(match[2].lower(), match.start(), match.end(), bool(match[1]), bool(match[4]), attributes)


def tags_in(text: str) -> Iterator[Tag]:
    """Every tag of `text`, those inside conditional comments too."""
    return (tag_of(match) for match in TAG.finditer(text))
