"""What a template asks for: every name it uses held against the names there are, before any letter is made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jinja2 import nodes
from jinja2.tests import TESTS

from ..model.problem import Position, Problem, did_you_mean
from ..names.declension import CASES
from .environment import ALLOWED_FILTERS, LetterEnvironment
from .expand import SourceFiles
from .filters import OWN_FILTERS
from .syntax import plain_words, unclosed_tag
from .values import (
    CAMPAIGN_FIELDS,
    CONTACT_FIELDS,
    ITEM_FIELDS,
    LINK_FIELDS,
    ORDER_FIELDS,
    ORGANISATION_FIELDS,
    POPULAR_FIELDS,
    LetterStyle,
)

ROOTS = ("contact", "offer", "offers", "popular", "orders", "campaign", "organisation", "links", "as_of")
TRUSTED_ROOTS = frozenset(["offer", "offers", "campaign", "organisation", "links", "as_of"])
"""What the marketer wrote himself; everything else may come from a stranger."""
KNOWN_FILTERS = ALLOWED_FILTERS | OWN_FILTERS
PRIVATE = ("_cut", "_link", "_preheader")
"""Names of ours inside a compiled template."""


@dataclass(frozen=True)
class Shape:
    """What a name stands for: a record of `fields`, or a list of `items`."""

    name: str
    fields: Mapping[str, Shape | None] | None = None
    items: Shape | None = None


@dataclass
class Usage:
    """Which roots, links and filters some templates use; `dynamic`: they reach others than by plain includes.

    `fields`: those of the contact's fields that they may ask for; where it is handed on as a whole, all of them.
    """

    roots: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    filters: set[str] = field(default_factory=set)
    dynamic: bool = False


def _record(name: str, fields: frozenset[str] | set[str], **shapes: Shape) -> Shape:
    return Shape(name, {**dict.fromkeys(fields), **shapes})


def shapes_of(style: LetterStyle) -> dict[str, Shape | None]:
    """The shape of every name that a letter knows; None: a plain value, or not known before filling."""
    item = _record("item", ITEM_FIELDS)
    order = _record("order", ORDER_FIELDS, items=Shape("items", items=item))
    offer = None if style.offer_fields is None else _record("offer", frozenset(style.offer_fields))
    return {
        "contact": _record("contact", CONTACT_FIELDS | frozenset(style.attributes)),
        "offer": offer,
        "offers": Shape("offers", items=offer) if offer else None,
        "popular": Shape("popular", items=_record("popular", POPULAR_FIELDS)),
        "orders": Shape("orders", items=order),
        "campaign": _record("campaign", CAMPAIGN_FIELDS),
        "organisation": _record("organisation", ORGANISATION_FIELDS),
        "links": _record("links", LINK_FIELDS),
        "as_of": None,
    }


class TemplateReader:
    """Holds one file's syntax tree against the shapes; collects problems and what is used."""

    def __init__(
        self, file: str, sources: SourceFiles, style: LetterStyle, usage: Usage, stored: frozenset[str]
    ) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._sources = sources
        self._usage = usage
        self._shapes = shapes_of(style)
        self._fields_of_contact = CONTACT_FIELDS | frozenset(style.attributes)
        self._stored = stored

    def read(self, tree: nodes.Template) -> None:
        """Look at every node once, in order, loop variables taking the shape of what is looped over."""
        for node in tree.iter_child_nodes():
            self._look(node, dict(self._shapes))

    def _look(self, node: nodes.Node, scope: dict[str, Shape | None]) -> None:
        if isinstance(node, nodes.For):
            self._look_at_loop(node, scope)
            return
        if isinstance(node, nodes.Getattr | nodes.Getitem):
            self._shape_of(node, scope)
        elif isinstance(node, nodes.Name):
            self._look_at_name(node, scope)
        elif isinstance(node, nodes.Test) and node.name not in TESTS:
            self._complain(node, node.name, f"unknown test '{node.name}'", did_you_mean(node.name, TESTS))
        elif isinstance(node, nodes.Filter):
            self._look_at_filter(node)
        elif isinstance(node, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
            self._look_at_file(node)
        elif isinstance(node, nodes.ScopedEvalContextModifier | nodes.EvalContextModifier):
            self._complain(node, "autoescape", "a letter's values are always escaped; leave autoescape out")
        for child in node.iter_child_nodes():
            if _is_contact(child) and (field := _field_read(node, child)):
                self._usage.roots.add("contact")
                self._usage.fields.add(field)
            else:
                self._look(child, scope)

    def _look_at_loop(self, node: nodes.For, scope: dict[str, Shape | None]) -> None:
        self._look(node.iter, scope)
        inner = dict(scope)
        shape = self._shape_of(node.iter, scope)
        for name in node.target.find_all(nodes.Name):
            inner[name.name] = None
        if isinstance(node.target, nodes.Name):
            inner[node.target.name] = shape.items if shape else None
        self._look(node.target, inner)
        for child in (*node.body, *([node.test] if node.test else []), *node.else_):
            self._look(child, inner)

    def _shape_of(self, node: nodes.Node, scope: dict[str, Shape | None]) -> Shape | None:
        """The shape of an expression, None where it is not known; a field that does not exist is a problem."""
        if isinstance(node, nodes.Name):
            return scope.get(node.name)
        if isinstance(node, nodes.Filter) and node.name in ("first", "last") and node.node is not None:
            inside = self._shape_of(node.node, scope)
            return inside.items if inside else None
        if isinstance(node, nodes.Filter) and node.name in ("sort", "reverse", "list") and node.node is not None:
            return self._shape_of(node.node, scope)
        if isinstance(node, nodes.Getattr):
            return self._field(node, self._shape_of(node.node, scope), node.attr)
        if isinstance(node, nodes.Getitem):
            return self._item(node, self._shape_of(node.node, scope))
        return None

    def _item(self, node: nodes.Getitem, owner: Shape | None) -> Shape | None:
        if owner is None:
            return None
        if owner.items is not None:
            return owner if isinstance(node.arg, nodes.Slice) else owner.items
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self._field(node, owner, node.arg.value)
        return None

    def _field(self, node: nodes.Node, owner: Shape | None, name: str) -> Shape | None:
        if owner is None or owner.fields is None:
            return None
        if name not in owner.fields:
            self._complain(node, name, f"{owner.name} has no '{name}'", did_you_mean(name, owner.fields))
            return None
        if owner.name == "links":
            self._usage.links.add(name)
        return owner.fields[name]

    def _look_at_name(self, node: nodes.Name, scope: dict[str, Shape | None]) -> None:
        if node.ctx == "load":
            if node.name in ROOTS:
                self._usage.roots.add(node.name)
                if node.name == "contact":
                    self._usage.fields |= self._fields_of_contact
            elif node.name not in self._stored and node.name not in scope and node.name not in _GLOBALS:
                self._complain(node, node.name, f"unknown name '{node.name}'", did_you_mean(node.name, ROOTS))
        elif node.name in ROOTS or node.name.startswith("_"):
            self._complain(node, node.name, f"'{node.name}' is given by rekindle; choose another name")

    def _look_at_filter(self, node: nodes.Filter) -> None:
        self._usage.filters.add(node.name)
        if node.name not in KNOWN_FILTERS:
            self._complain(node, node.name, f"unknown filter '{node.name}'", did_you_mean(node.name, KNOWN_FILTERS))
        words = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
        if node.name == "case" and words and words[0] not in CASES:
            self._complain(node, "case", f"unknown case '{words[0]}'", did_you_mean(str(words[0]), CASES))
        if node.name == "plural" and not 2 <= len(node.args) <= 3:
            self._complain(node, "plural", "plural takes two or three forms: plural('заказ','заказа','заказов')")
        if node.name in ("safe", "e", "escape", "forceescape") and self._is_strange(node):
            if node.name == "safe":
                self._complain(node, "safe", "a contact's value may not be marked safe: it would be taken for HTML")
        elif self._is_link(node.node) and node.name not in ("safe", "e", "escape"):
            self._complain(node, node.name, "links take no filter: they are known only when the letter is sealed")

    def _is_strange(self, node: nodes.Filter) -> bool:
        if node.node is None:
            return True
        inside = [node.node, *node.node.find_all(nodes.Name)]
        return any(isinstance(name, nodes.Name) and name.name not in TRUSTED_ROOTS for name in inside)

    def _is_link(self, node: nodes.Node | None) -> bool:
        return isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "links"

    def _look_at_file(self, node: nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends) -> None:
        self._usage.dynamic = self._usage.dynamic or not _is_plain_include(node)
        for name in _constant_names(node.template):
            if name not in self._sources.files and not getattr(node, "ignore_missing", False):
                self._complain(node, name, f"there is no templates/{name}", did_you_mean(name, self._sources.files))

    def _complain(self, node: nodes.Node, word: str, message: str, hint: str = "") -> None:
        at = place_of(self._sources, self._file, node.lineno, word)
        problem = Problem(at, message, hint)
        self.problems.append(problem)


_GLOBALS = frozenset(["range", "namespace", "loop", "caller", "varargs", "kwargs", "self", "super"])


def _is_contact(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "contact" and node.ctx == "load"


def _field_read(node: nodes.Node, contact: nodes.Node) -> str:
    """The one field for whose sake `node` names the contact; nothing where it may ask for any."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        return node.arg.value
    return "gender" if isinstance(node, nodes.Filter) and node.name == "by_gender" and node.node is contact else ""


def _is_plain_include(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Include) and isinstance(node.template, nodes.Const) and node.with_context


def _constant_names(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const):
        values = node.value if isinstance(node.value, tuple | list) else [node.value]
        yield from (value for value in values if isinstance(value, str))
    elif isinstance(node, nodes.Tuple | nodes.List):
        for item in node.items:
            yield from _constant_names(item)


def place_of(sources: SourceFiles, file: str, line: int, word: str) -> Position:
    """The place of `word` on or soon after `line` of `file`: Jinja knows where a tag's line begins, not the column."""
    text = sources.files[file]
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    found = re.compile(rf"(?<![\w]){re.escape(word)}(?![\w])").search(text, start)
    if found is None or text.count("\n", start, found.start()) > 5:
        found_at = next((match.start() for match in re.finditer(r"\{[{%]", text[start : start + 500])), 0) + start
        return sources.position(file, found_at)
    return sources.position(file, found.start())


def place_of_tag(sources: SourceFiles, file: str, line: int) -> Position:
    """The first tag of `line` that is closed wrongly, else its first block tag, else its first value or beginning."""
    lines = sources.files[file].split("\n")
    text = lines[line - 1]
    wrongly_closed = r"\{\{[^{}]*\}(?!\})|\{%[^{}%]*\}"
    found = re.search(wrongly_closed, text) or re.search(r"\{%", text) or re.search(r"\{[{#]", text)
    return sources.position(file, len("\n".join(lines[: line - 1])) + (line > 1) + (found.start() if found else 0))


def stored_names(trees: Mapping[str, nodes.Template]) -> frozenset[str]:
    """Every name that some file of the letter gives: set, for, macro, import."""
    names: set[str] = set()
    for tree in trees.values():
        names |= {node.name for node in tree.find_all(nodes.Name) if node.ctx in ("store", "param")}
        names |= {node.name for node in tree.find_all(nodes.Macro)}
        names |= {node.target for node in tree.find_all(nodes.Import)}
        for node in tree.find_all(nodes.FromImport):
            names |= {name if isinstance(name, str) else name[1] for name in node.names}
        names |= {node.name for node in tree.find_all(nodes.NSRef)}
    return frozenset(names)


def read_templates(
    files: Mapping[str, nodes.Template], sources: SourceFiles, style: LetterStyle
) -> tuple[Usage, list[Problem]]:
    """What these parsed files use together, and every name in them that does not exist."""
    usage, problems, stored = Usage(), [], stored_names(files)
    for file, tree in files.items():
        reader = TemplateReader(file, sources, style, usage, stored)
        reader.read(tree)
        problems += reader.problems
    return usage, problems


def parse_file(environment: LetterEnvironment, sources: SourceFiles, file: str) -> nodes.Template | Problem:
    """The syntax tree of one file, or what is wrong with its syntax."""
    from jinja2 import TemplateSyntaxError

    try:
        return environment.parse(sources.files[file], name=file)
    except TemplateSyntaxError as error:
        message = error.message or ""
        words = re.findall(r"'(\w+)'", message)
        opened = unclosed_tag(sources.files[file], message)
        at = place_of(sources, file, error.lineno, words[0]) if words else place_of_tag(sources, file, error.lineno)
        return Problem(at if opened is None else sources.position(file, opened), *plain_words(message))
