"""The kinds of values that name something else of the workspace: a segment, a topic, a status, a letter."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from ..model.document import Node
from ..model.problem import did_you_mean
from .files import TEMPLATES
from .known_words import known_word
from .reading import Reading, quoted, scalar

LETTER_SUFFIXES = (".mjml", ".html", ".txt")


@dataclass(frozen=True, slots=True)
class SegmentName:
    """A segment that has a file."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        return known_word(node, reading, "a segment", reading.segments, "each is a file in segments/")


@dataclass(frozen=True, slots=True)
class TopicName:
    """A topic that rekindle.yml declares."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        hint = "declare it under 'topics' in rekindle.yml"
        if "topics" in reading.unreadable:
            found = scalar(node, reading, "a topic")
            return None if found is None else found.text
        return known_word(node, reading, "a topic", reading.topics, hint)


@dataclass(frozen=True, slots=True)
class StatusName:
    """A status of the first ladder."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        return known_word(node, reading, "a status", reading.statuses, "statuses stand in segments/statuses.yml")


@dataclass(frozen=True, slots=True)
class TemplateName:
    """A letter's file in templates/."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, "the name of a file in templates/")
        if found is None:
            return None
        name = found.text.removeprefix(TEMPLATES)
        if posixpath.normpath(name) != name or name.startswith(("/", "..")) or "\\" in name:
            reading.fault(node.at, f"{quoted(found.text)} leads out of templates/", "letters lie in templates/ only")
        elif not name.endswith(LETTER_SUFFIXES):
            reading.fault(node.at, f"{quoted(found.text)} is not a letter", "its name ends in .mjml, .html or .txt")
        elif name not in reading.templates:
            hint = did_you_mean(name, reading.templates) or "templates/ holds no letters yet"
            reading.fault(node.at, f"there is no {TEMPLATES}{name}", hint)
        else:
            return name
        return None
