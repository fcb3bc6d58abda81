"""Problems of a template's markup, with their places: MJML that would vanish, values where none may stand, bad links.

Works on the text with its Jinja tags blanked out, character for character, so that every offset is still a place.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..model.problem import Position, Problem, did_you_mean
from .links import LinkError, checked_url
from .markup import COMMENT, TAG, Attribute, Tag, tag_of
from .mjml_table import CHILDREN, HOLDS_HTML, LINK_TAGS, TAGS, UNSUPPORTED, VERBATIM
from .tokens import JINJA_TAG

PRINTED = "\ue000"
"""Stands, as often as the tag is long, where a value is printed."""
QUOTED = "\ue001"
_FREE_PARENTS = frozenset(["mj-body", "mj-column", "mj-hero"])
"""Where blocks of Jinja may stand between elements while MJML is compiled once: no width depends on what they hold."""
_CODE = re.compile(r"<(style|script)\b[^>]*>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)


def blanked(source: str) -> str:
    """`source` with each printing tag as a run of PRINTED, each block tag and comment as spaces, of the same length."""

    def blank(match: re.Match[str]) -> str:
        if match[0].startswith("{{"):
            return PRINTED * len(match[0])
        if re.match(r"\{%[-+]?\s*raw\b", match[0]):
            return QUOTED * len(match[0])
        return " " * len(match[0])

    return JINJA_TAG.sub(blank, source)


@dataclass
class Open:
    """A tag that is still open."""

    name: str
    tag: Tag


class MjmlLint:
    """Reads the structure of one MJML document; `once`: whether it may be compiled before Jinja is."""

    def __init__(self, source: str, position: Callable[[int], Position]) -> None:
        self.problems: list[Problem] = []
        self.once = True
        self._source = source
        self._position = position
        self._open: list[Open] = []
        self._roots = 0
        self._steering = [(m.start(), m.end()) for m in JINJA_TAG.finditer(source) if m[0].startswith("{%")]
        self._read(COMMENT.sub(lambda match: " " * len(match[0]), blanked(source)))

    def _read(self, text: str) -> None:
        end = 0
        for tag in self._structure(text):
            self._between(text, end, tag.start)
            self._step(tag)
            end = tag.end
        self._between(text, end, len(text))
        for left in self._open:
            self._complain(left.tag.start, f"<{left.name}> is never closed")
        if not self._roots and not self.problems:
            self._complain(0, "this is no MJML: there is no <mjml>")

    def _structure(self, text: str) -> Iterator[Tag]:
        """The tags that make the structure; what stands inside a tag that holds HTML is passed over."""
        place = 0
        while match := TAG.search(text, place):
            tag = tag_of(match)
            yield tag
            place = tag.end
            if tag.name in HOLDS_HTML and not tag.closing and not tag.empty:
                close = re.compile(rf"</{tag.name}\s*>", re.IGNORECASE).search(text, place)
                stop = close.start() if close else place
                self._inside(text, tag, place, stop)
                place = stop
                if close:
                    yield tag_of(TAG.match(text, stop))  # type: ignore[arg-type]
                    place = close.end()

    def _inside(self, text: str, holder: Tag, start: int, stop: int) -> None:
        for match in TAG.finditer(text, start, stop):
            if match[2].lower().startswith("mj-"):
                self._complain(match.start(), f"<{match[2]}> may not stand inside <{holder.name}>, which holds HTML")
                return

    def _between(self, text: str, start: int, end: int) -> None:
        """What stands between two tags: only space, and blocks of Jinja where nothing depends on them."""
        parent = self._open[-1].name if self._open else ""
        if parent in HOLDS_HTML:
            return
        between = text[start:end]
        stray = re.search(r"\S", between)
        if stray:
            at = start + stray.start()
            self.once = False
            if between[stray.start()] == "<":
                self._complain(at, "this tag is broken: a quote or a > is missing")
            elif PRINTED not in between and QUOTED not in between:
                self._complain(at, "text between MJML tags is lost", "put it into mj-text or mj-raw")
        if self._steers(start, end) and parent and parent not in _FREE_PARENTS:
            self.once = False

    def _steers(self, start: int, end: int) -> bool:
        return any(start <= opening < end for opening, _ in self._steering)

    def _step(self, tag: Tag) -> None:
        if tag.closing:
            self._close(tag)
            return
        parent = self._open[-1].name if self._open else ""
        self._roots += tag.name == "mjml"
        if tag.name in UNSUPPORTED:
            self._complain(tag.start, f"<{tag.name}> is not taken", UNSUPPORTED[tag.name])
        elif parent == "mj-attributes":
            self._default(tag)
        elif tag.name not in TAGS:
            hint = did_you_mean(tag.name, TAGS) if tag.name.startswith("mj") else "put HTML into mj-text or mj-raw"
            self._complain(tag.start, f"unknown MJML tag <{tag.name}>", hint)
        else:
            self._place(tag, parent)
            self._attributes(tag, TAGS[tag.name])
        if not tag.empty:
            self._open.append(Open(tag.name, tag))

    def _default(self, tag: Tag) -> None:
        """Inside mj-attributes stand defaults of a tag, of mj-all or of a class."""
        if tag.name in ("mj-all", "mj-class"):
            every = frozenset().union(*TAGS.values()) | {"name"}
            self._attributes(tag, every)
        elif tag.name in TAGS:
            self._attributes(tag, TAGS[tag.name])
        else:
            self._complain(tag.start, f"unknown MJML tag <{tag.name}>", did_you_mean(tag.name, TAGS))

    def _place(self, tag: Tag, parent: str) -> None:
        allowed = CHILDREN.get(parent)
        if allowed is not None and tag.name not in allowed:
            where = f"in <{parent}>" if parent else "outside <mjml>"
            fitting = sorted(name for name, children in CHILDREN.items() if tag.name in children and name)
            hint = f"it belongs into {' or '.join(fitting)}" if fitting else ""
            self._complain(tag.start, f"<{tag.name}> may not stand {where}", hint)

    def _attributes(self, tag: Tag, known: frozenset[str]) -> None:
        for attribute in tag.attributes:
            if PRINTED in attribute.name or not attribute.name.strip(PRINTED + QUOTED):
                self.once = False
            elif attribute.name not in known:
                hint = did_you_mean(attribute.name, known)
                self._complain(attribute.name_start, f"<{tag.name}> has no attribute '{attribute.name}'", hint)
            elif PRINTED in attribute.value and attribute.name not in VERBATIM:
                self.once = False
        inside_tag = self._steers(tag.start, tag.end)
        if inside_tag and not self._only_in_verbatim_values(tag):
            self.once = False

    def _only_in_verbatim_values(self, tag: Tag) -> bool:
        """Whether every block tag of Jinja within this tag stands in a value that comes out as it went in."""
        spans = [
            (attribute.start, attribute.start + len(attribute.value))
            for attribute in tag.attributes
            if attribute.name in VERBATIM and attribute.quoted
        ]
        inner = [opening for opening, _ in self._steering if tag.start <= opening < tag.end]
        return all(any(start <= opening < stop for start, stop in spans) for opening in inner)

    def _close(self, tag: Tag) -> None:
        if self._open and self._open[-1].name == tag.name:
            self._open.pop()
            return
        names = [left.name for left in self._open]
        if tag.name not in names:
            self._complain(tag.start, f"</{tag.name}> closes nothing")
            return
        while self._open[-1].name != tag.name:
            left = self._open.pop()
            self._complain(left.tag.start, f"<{left.name}> is never closed")
        self._open.pop()

    def _complain(self, offset: int, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self._position(offset), message, hint))


def lint_values(source: str, position: Callable[[int], Position], strange: Callable[[str], bool]) -> list[Problem]:
    """Contacts' values where escaping does not protect: in code, styles, event attributes, outside quotes, in names.

    `strange` says of a printing tag whether what it prints may come from a contact.
    """
    text = blanked(source)
    starts = [m for m in JINJA_TAG.finditer(source) if m[0].startswith("{{") and strange(m[0])]
    problems = []
    for match in starts:
        context = _context(text, match.start())
        if context:
            message = f"a contact's value may not stand in {context}"
            problems.append(Problem(position(match.start()), message, "choose between fixed words with an if"))
    return problems


def _context(text: str, offset: int) -> str:
    """The dangerous place that `offset` lies in, or nothing."""
    for code in _CODE.finditer(text):
        if code.start(2) <= offset < code.end(2):
            return f"<{code[1].lower()}>"
    opening = text.rfind("<", 0, offset)
    match = TAG.match(text, opening) if opening >= 0 else None
    if match is None or match.end() <= offset:
        return "a broken tag" if match is None and opening >= 0 and _inside_tag(text, opening, offset) else ""
    attribute = _attribute_at(tag_of(match), offset)
    if attribute is None:
        return "the name of a tag or attribute"
    if not attribute.quoted:
        return f"{attribute.name}= without quotes"
    if attribute.name == "style" or attribute.name.startswith("on") or attribute.name == "srcdoc":
        return f"{attribute.name}="
    return ""


def _inside_tag(text: str, opening: int, offset: int) -> bool:
    return text[opening + 1 : opening + 2].isalpha() and ">" not in text[opening:offset]


def _attribute_at(tag: Tag, offset: int) -> Attribute | None:
    for attribute in tag.attributes:
        if attribute.start <= offset < attribute.start + len(attribute.value):
            return attribute
    return None


def lint_links(source: str, position: Callable[[int], Position]) -> list[Problem]:
    """Links that may not stand in a letter, as far as they are known without a contact."""
    text = blanked(source)
    problems = []
    for match in TAG.finditer(text):
        if match[1] or match[2].lower() not in LINK_TAGS:
            continue
        for attribute in tag_of(match).attributes:
            if attribute.name == "href":
                span = source[attribute.start : attribute.start + len(attribute.value)]
                if message := _link_fault(span, attribute.value):
                    problems.append(Problem(position(attribute.start), message))
    return problems


def _link_fault(written: str, value: str) -> str:
    """What is wrong with an address; where Jinja stands in it, only its beginning is judged."""
    if "{" in written and JINJA_TAG.search(written):
        known = re.split(rf"[{PRINTED}{QUOTED} ]", value, maxsplit=1)[0]
        scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", known)
        if scheme and scheme[1].lower() not in ("http", "https", "mailto", "tel"):
            return f"a link may not begin with '{scheme[1]}:'; use https, http, mailto or tel"
        return ""
    try:
        checked_url(html.unescape(written))
    except LinkError as error:
        return str(error)
    return ""
