"""Cuts the holes: in a template once, before any contact is known, or in finished HTML, letter by letter."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from ..model.problem import Position
from .environment import LINK_FILTER
from .links import PIXEL, LinkBook, hole
from .markup import COMMENT, TAG, tag_of
from .tokens import JinjaTag, Tokens
from .values import MARK

LATE_BEGIN, LATE_END = f"{{% filter {LINK_FILTER} %}}", "{% endfilter %}"
"""Around an address that is cut when the contact is known."""
_LINKS = frozenset(["a", "area"])
_OWN = re.compile(r"\{\{[-+]?\s*links\s*(?:\.\s*\w+|\[[^\]]*\])\s*[-+]?\}\}")
_TEXT_URL = re.compile(rf"https?://[^\s<>\"'{MARK}]+", re.IGNORECASE)
_TRAILING = ".,;:!?)]}»”’\"'…"
_INERT = re.compile(
    rf"{COMMENT.pattern}|<(style|script|title|mj-style|mj-title|mj-preview)\b[^>]*>.*?</\1\s*>|{TAG.pattern}",
    re.DOTALL | re.IGNORECASE,
)
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>(?!.*</body\s*>)", re.IGNORECASE | re.DOTALL)


def cut_template_html(source: str, tokens: Tokens, book: LinkBook) -> str:
    """`source` (HTML with tokens) with a hole in place of each link; an address with Jinja in it is cut while filling.

    Raises LinkError for a fixed address that may not stand in a letter.
    """

    def cut(written: str) -> str:
        tags = tokens.in_text(written)
        if not tags:
            return html.escape(book.hole_for(html.unescape(written)))
        if len(tags) == 1 and _OWN.fullmatch(tags[0].text) and tokens.word_pattern.fullmatch(written.strip()):
            return written.strip()
        return _late(written, tags, tokens)

    return _with_links(source, cut)


def cut_template_text(source: str, tokens: Tokens, book: LinkBook) -> str:
    """The same for a plain text, where every web address is a link."""

    def cut(match: re.Match[str]) -> str:
        url, rest = _trimmed(_balanced(match[0], tokens))
        rest += match[0][len(url) + len(rest) :]
        tags = tokens.in_text(url)
        return (_late(url, tags, tokens) if tags else book.hole_for(url)) + rest

    return _TEXT_URL.sub(cut, source)


def cut_finished_html(source: str, book: LinkBook) -> str:
    """`source` (a contact's own finished HTML) with its links cut. Raises LinkError."""
    return _with_links(source, lambda written: html.escape(book.hole_for(html.unescape(written))))


def cut_finished_text(source: str, book: LinkBook) -> str:
    """`source` (a contact's own finished plain text) with its links cut. Raises LinkError."""

    def cut(match: re.Match[str]) -> str:
        url, rest = _trimmed(match[0])
        return book.hole_for(url) + rest

    return _TEXT_URL.sub(cut, source)


def commented(source: str, tokens: Tokens) -> str:
    """`source` with the token of each block tag that stands in running content as a comment."""
    parts, end = [], 0
    for start, stop in _inert_spans(source):
        parts += [_comments(source[end:start], tokens), source[start:stop]]
        end = stop
    return "".join(parts) + _comments(source[end:], tokens)


def _inert_spans(source: str) -> list[tuple[int, int]]:
    """Tags, comments, styles and titles: where a comment would be no comment."""
    return [match.span() for match in _INERT.finditer(source)]


def _comments(text: str, tokens: Tokens) -> str:
    def comment(match: re.Match[str]) -> str:
        number = int(match[1])
        return tokens.comment(number) if tokens.tags[number].steers else match[0]

    return tokens.word_pattern.sub(comment, text)


def _with_links(source: str, cut: Callable[[str], str]) -> str:
    parts: list[str] = []
    end = 0
    for match in TAG.finditer(source):
        if match[2].lower() not in _LINKS or match[1]:
            continue
        for attribute in tag_of(match).attributes:
            if attribute.name == "href":
                stop = attribute.start + len(attribute.value)
                inside = cut(attribute.value)
                parts += [source[end : attribute.start], inside if attribute.quoted else f'"{inside}"']
                end = stop
    return "".join(parts) + source[end:]


def _late(written: str, tags: list[JinjaTag], tokens: Tokens) -> str:
    """The address between two tags that cut it when it is known."""
    at: Position = tags[0].at
    return tokens.add(LATE_BEGIN, at) + written + tokens.add(LATE_END, at)


def _balanced(url: str, tokens: Tokens) -> str:
    """`url` up to the first block tag that belongs to what surrounds it."""
    depth, opened_at = 0, 0
    for match in tokens.word_pattern.finditer(url):
        tag = tokens.tags[int(match[1])]
        if not tag.steers:
            continue
        if tag.word.startswith("end"):
            depth -= 1
        elif tag.word in ("if", "for", "filter", "call", "macro"):
            opened_at = match.start() if depth == 0 else opened_at
            depth += 1
        if depth < 0 or (depth == 0 and tag.word in ("else", "elif")):
            return url[: match.start()]
    return url[:opened_at] if depth else url


def _trimmed(url: str) -> tuple[str, str]:
    """The address, and the punctuation of the sentence behind it."""
    bare = url.rstrip(_TRAILING)
    if bare.count("(") > bare.count(")") and url[len(bare) :].startswith(")"):
        bare += ")"
    return bare, url[len(bare) :]


def without_block_lines(source: str, tokens: Tokens) -> str:
    """A plain text in which a line of nothing but block tags leaves no empty line behind."""

    def joined(match: re.Match[str]) -> str:
        tags = tokens.in_text(match[0])
        return re.sub(r"\s", "", match[0]) if all(tag.steers for tag in tags) else match[0]

    return re.sub(rf"^[ \t]*(?:{tokens.word_pattern.pattern}[ \t]*)+\n", joined, source, flags=re.MULTILINE)


def with_frame(source: str, preheader: str) -> str:
    """`source` with `preheader` at the beginning of its body and the hole of the pixel at the end."""
    begin = _BODY.search(source)
    at = begin.end() if begin else 0
    source = source[:at] + preheader + source[at:]
    end = _BODY_END.search(source)
    at = end.start() if end else len(source)
    return source[:at] + hole(PIXEL) + source[at:]
