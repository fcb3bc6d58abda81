"""The kinds of values that name something else of the workspace: a segment, a topic, a status, a letter."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from dataclasses import dataclass

from ..model.document import Node
from ..model.problem import did_you_mean
from .files import SEGMENTS, TEMPLATES
from .reading import Reading, quoted, scalar

LETTER_SUFFIXES = (".mjml", ".html", ".txt")


@dataclass(frozen=True, slots=True)
class SegmentName:
    """A segment that has a file."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, "the name of a segment")
        if found is None:
            return None
        if found.text not in reading.segments:
            hint = _nearest(found.text, reading.segments, f"there is no {SEGMENTS}{found.text}.yml")
            reading.fault(node.at, f"unknown segment {quoted(found.text)}", hint)
            return None
        return found.text


@dataclass(frozen=True, slots=True)
class TopicName:
    """A topic that rekindle.yml declares."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, "a topic")
        if found is None:
            return None
        if found.text not in reading.topics and "topics" not in reading.unreadable:
            hint = _nearest(found.text, reading.topics, "declare it under 'topics' in rekindle.yml")
            reading.fault(node.at, f"unknown topic {quoted(found.text)}", hint)
            return None
        return found.text


@dataclass(frozen=True, slots=True)
class StatusName:
    """A status of the first ladder."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, "a status")
        if found is None:
            return None
        if found.text not in reading.statuses:
            hint = _nearest(found.text, reading.statuses, "statuses stand in segments/statuses.yml")
            reading.fault(node.at, f"unknown status {quoted(found.text)}", hint)
            return None
        return found.text


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
            hint = _nearest(name, reading.templates, "templates/ holds no letters yet")
            reading.fault(node.at, f"there is no {TEMPLATES}{name}", hint)
        else:
            return name
        return None


def _nearest(word: str, known: Collection[str], otherwise: str) -> str:
    return did_you_mean(word, known) or otherwise
