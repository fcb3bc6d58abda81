"""MJML to HTML by mrml, and what mrml does not say: unknown words, broken tags, and where they stand."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .markup import ATTRIBUTES, COMMENT, TAG, tag_of
from .mjml_table import HOLDS_HTML

_HOLDING = re.compile(rf"<({'|'.join(sorted(HOLDS_HTML))})({ATTRIBUTES})\s*+>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)
_GARBLED = re.compile(r"[\\\"']")
_INLINE_STYLE = re.compile(
    r"<mj-style\b[^>]*\binline\s*=\s*[\"']inline[\"'][^>]*>(.*?)</mj-style\s*>", re.DOTALL | re.IGNORECASE
)


class MjmlError(Exception):
    """mrml, or the inliner of its styles, refuses the document."""


def mjml_to_html(source: str, language: str = "") -> str:
    """The HTML of an MJML document that holds no Jinja (or only its tokens).

    `mj-style inline` is inlined into the finished HTML. No font is fetched from elsewhere unless mj-font says so.
    Raises MjmlError.
    """
    styles = [match[1] for match in _INLINE_STYLE.finditer(source)]
    shield = _Shield(_INLINE_STYLE.sub("", source) if styles else source)
    try:
        html = shield.restored(_render(_with_language(shield.skeleton, language)))
        return inlined(html, "\n".join(styles)) if styles else html
    except ValueError as error:
        raise MjmlError(str(error).replace(" in root template", "")) from error


class _Shield:
    """The skeleton of a document: all that mrml has to see.

    What stands in mj-text and the like passes by it untouched, because it would want that HTML to be XML; and so do
    backslashes, quotes and unprintable characters of attributes, which it garbles.
    """

    def __init__(self, source: str) -> None:
        self._mark = "rkm"
        while self._mark in source:
            self._mark += "m"
        self._contents: list[str] = []
        self.skeleton = self._quiet(COMMENT.sub(_kept_comment, _HOLDING.sub(self._hide, source)))

    def restored(self, html: str) -> str:
        """`html` with all that was hidden in its place; nothing put back is looked at again."""

        def put_back(match: re.Match[str]) -> str:
            return self._contents[int(match[1])] if match[1] else chr(int(match[2], 16))

        return re.sub(rf"{self._mark}(\d+)q|{self._mark}([0-9a-f]+)x", put_back, html)

    def _hide(self, match: re.Match[str]) -> str:
        self._contents.append(match[3])
        return f"<{match[1]}{match[2]}>{self._mark}{len(self._contents) - 1}q</{match[1]}>"

    def _quiet(self, skeleton: str) -> str:
        """The tags without the space between them, at which mrml stumbles in some places."""
        parts, end = [], 0
        for match in TAG.finditer(skeleton):
            parts += [skeleton[end : match.start()].strip(), self._quiet_tag(match)]
            end = match.end()
        return "".join(parts) + skeleton[end:].strip()

    def _quiet_tag(self, match: re.Match[str]) -> str:
        """The tag with its attributes double-quoted and free of what mrml would escape for itself."""
        tag = tag_of(match)
        if tag.closing or not tag.attributes:
            return match[0]
        written = " ".join(f'{attribute.name}="{self._quiet_value(attribute.value)}"' for attribute in tag.attributes)
        return f"<{match[2]} {written}{' /' if tag.empty else ''}>"

    def _quiet_value(self, value: str) -> str:
        if value.isprintable() and not _GARBLED.search(value):
            return value
        return "".join(map(self._quiet_character, value))

    def _quiet_character(self, character: str) -> str:
        if character == '"':
            return "&quot;"
        if character in "\n\r\t":
            return " "
        if character.isprintable() and not _GARBLED.match(character):
            return character
        return f"{self._mark}{ord(character):x}x"


def _kept_comment(match: re.Match[str]) -> str:
    """Comments of the marketer are not mailed; ours stand for block tags."""
    return match[0] if re.fullmatch(r"<!--rkt+\d+t-->", match[0]) else ""


def _with_language(source: str, language: str) -> str:
    if not language or re.search(r"<mjml\b[^>]*\slang\s*=", source):
        return source
    return re.sub(r"<mjml\b", f'<mjml lang="{language}"', source, count=1)


def _render(source: str) -> str:
    import mjml

    html: str = mjml.mjml2html(source, fonts={})
    return html


@lru_cache(maxsize=16)
def _inliner(css: str) -> Any:
    import css_inline

    return css_inline.CSSInliner(
        inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=css, base_url=None
    )


def inlined(html: str, css: str) -> str:
    """`html` with the rules of `css` written into the style of each element (mj-style inline). Nothing is fetched."""
    finished: str = _inliner(css).inline(_with_bodies(html))
    return finished


def _with_bodies(html: str) -> str:
    """`html` with the <tbody> that a parser would put around bare rows: it would put it inside a loop's tags."""
    parts: list[str] = []
    bare: list[bool] = []
    end = 0
    tags = list(TAG.finditer(html))
    for match, after in zip(tags, [*tags[1:], None], strict=True):
        if match[2].lower() != "table":
            continue
        if not match[1]:
            bare.append(after is not None and (after[1] + after[2]).lower() in ("tr", "/table"))
            parts += [html[end : match.end()], "<tbody>" if bare[-1] else ""]
            end = match.end()
        elif bare and bare.pop():
            parts += [html[end : match.start()], "</tbody>"]
            end = match.start()
    return "".join(parts) + html[end:]
