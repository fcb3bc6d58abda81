"""A YAML file as a tree of texts with positions (model.document), or the problems that stand in the way.

YAML 1.2, read event by event: no type is guessed, tags are refused, aliases are counted before they multiply, and no
input can make the reader recurse deeply or grow without bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..model.document import Mapping, Node, Scalar, Sequence
from ..model.problem import Position, Problem
from .breakage import broken

DEEPEST = 150
"""Levels of lists and mappings; conditions have a limit of their own, which comes first."""

MOST_NODES = 100_000
"""Values of one file, those that aliases repeat counted every time."""

REMEMBERED = 128
"""Trees that are kept: each mailing has the texts of its own files, which mostly are those of the one before."""

_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def read_document(text: str, shown_name: str) -> tuple[Node | None, list[Problem]]:
    """The tree of `text` and its problems, which name the file `shown_name`.

    With small faults (a key twice, a tag) the tree comes too, so that what else is wrong is found in the same run;
    None where nothing can be made of the text.
    """
    node, problems = _read(text, shown_name)
    return node, list(problems)


@lru_cache(maxsize=REMEMBERED)
def _read(text: str, shown_name: str) -> tuple[Node | None, tuple[Problem, ...]]:
    found = unreadable_character(text, shown_name)
    if found is not None:
        return None, (found,)
    builder = _Builder(shown_name)
    node = builder.build(text.removeprefix("\ufeff"))
    return node, tuple(builder.problems)


def unreadable_character(text: str, shown_name: str) -> Problem | None:
    """The first character that no text file may have, or None. A surrogate stands for a byte that is not UTF-8."""
    found = _UNREADABLE.search(text)
    if found is None:
        return None
    before = text[: found.start()]
    at = Position(shown_name, before.count("\n") + 1, len(before) - before.rfind("\n"))
    if "\ud800" <= found[0] <= "\udfff":
        return Problem(at, "the file is not UTF-8", "save it again as UTF-8; it may be Windows-1251 now")
    if found[0] == "\x00":
        return Problem(at, "the file holds a zero byte", "save it again as plain text in UTF-8")
    return Problem(at, f"the file holds an invisible control character ({ord(found[0]):#04x})", "take it away")


class _StopError(Exception):
    """No tree can be made; the problem is noted already."""


@dataclass
class _Open:
    """A list or mapping whose end has not come yet."""

    at: Position
    anchor: str | None
    is_list: bool
    began: int
    items: list[Node] = field(default_factory=list)
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    key: Scalar | None = None
    wants_value: bool = False


class _Builder:
    """Turns events into nodes with a stack, so that depth costs no recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.nodes = 0
        self.root: Node | None = None
        self.documents = 0

    def build(self, text: str) -> Node | None:
        """The root, or None with a problem."""
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        try:
            for event in _events(text):
                self._take(event)
        except _StopError:
            return None
        except MarkedYAMLError as error:
            fault = broken(error, text, self.file)
            if all(fault.at.line != known.at.line for known in self.problems):
                self.problems.append(fault)
            return None
        except YAMLError:
            self._fault(Position(self.file), "this is not YAML that can be read", "save it as plain text in UTF-8")
            return None
        if self.root is None or (isinstance(self.root, Scalar) and self.root.is_null):
            self._fault(Position(self.file), "the file is empty", "write something, or take the file away")
            return None
        return self.root

    def _fault(self, at: Position, message: str, hint: str = "") -> None:
        self.problems.append(Problem(at, message, hint))

    def _take(self, event: Any) -> None:
        kind = type(event).__name__
        at = Position(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        if kind == "DocumentStartEvent":
            self._begin_document(at)
        elif kind == "ScalarEvent":
            self._check_tag(event, at)
            self._count(at)
            nothing = event.style is None and not event.value
            scalar = Scalar(event.value, self._of_key(at) if nothing else at, plain=event.style is None)
            self._place(scalar, event.anchor, 1)
        elif kind == "AliasEvent":
            self._alias(event.anchor, at)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._check_tag(event, at)
            self._open(at, event.anchor, kind == "SequenceStartEvent")
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._close()

    def _of_key(self, at: Position) -> Position:
        """Where nothing stands: right after its key, not wherever the next word of the file is."""
        key = self.stack[-1].key if self.stack and self.stack[-1].wants_value else None
        return at if key is None else Position(self.file, key.at.line, key.at.column + len(key.text) + 1)

    def _begin_document(self, at: Position) -> None:
        self.documents += 1
        if self.documents > 1:
            self._fault(at, "a second document begins here", "keep one in each file; take the '---' away")
            raise _StopError

    def _count(self, at: Position, more: int = 1) -> None:
        self.nodes += more
        if self.nodes > MOST_NODES:
            self._fault(at, f"the file holds more than {MOST_NODES} values, repeats by '*' counted", "write less")
            raise _StopError

    def _check_tag(self, event: Any, at: Position) -> None:
        tag = str(getattr(event, "tag", None) or "")
        if tag and tag != "None":
            self._fault(at, "a tag (a word that begins with '!') is not taken", "take it away, or put quotes")

    def _open(self, at: Position, anchor: str | None, is_list: bool) -> None:
        if len(self.stack) >= DEEPEST:
            self._fault(at, f"lists and mappings lie more than {DEEPEST} deep in each other", "write it flatter")
            raise _StopError
        self._count(at)
        self.stack.append(_Open(at, anchor, is_list, self.nodes - 1))

    def _close(self) -> None:
        ended = self.stack.pop()
        node: Node = (
            Sequence(tuple(ended.items), ended.at) if ended.is_list else Mapping(tuple(ended.entries), ended.at)
        )
        self._place(node, ended.anchor, self.nodes - ended.began)

    def _alias(self, name: str, at: Position) -> None:
        known = self.anchors.get(name)
        if known is None:
            inside = any(opened.anchor == name for opened in self.stack)
            message = f"'*{name}' stands inside of what it repeats" if inside else f"'*{name}' repeats nothing here"
            self._fault(at, message, "put a text that begins with '*' in quotes")
            self._count(at)
            self._place(Scalar(f"*{name}", at, plain=False), None, 1)
            return
        node, size = known
        self._count(at, size)
        self._place(node, None, size)

    def _place(self, node: Node, anchor: str | None, size: int) -> None:
        if anchor:
            self.anchors[anchor] = (node, size)
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if parent.is_list:
            parent.items.append(node)
        elif parent.wants_value:
            self._entry(parent, node)
        else:
            self._key(parent, node)

    def _key(self, parent: _Open, node: Node) -> None:
        parent.wants_value = True
        parent.key = None
        if not isinstance(node, Scalar):
            self._fault(node.at, "a key must be one word", "put a text with {{ }} or [ ] in quotes")
        elif node.is_null:
            self._fault(node.at, "a key is missing before the ':'", "write it like key: value")
        elif node.text in parent.lines:
            first = parent.lines[node.text]
            self._fault(node.at, f"'{node.text}' stands here a second time, first in line {first}", "keep one of them")
        else:
            parent.lines[node.text] = node.at.line
            parent.key = node

    def _entry(self, parent: _Open, node: Node) -> None:
        parent.wants_value = False
        if parent.key is not None:
            parent.entries.append((parent.key, node))


def _events(text: str) -> Iterator[Any]:
    from ruamel.yaml import YAML

    yield from YAML(typ="safe", pure=True).parse(text)
