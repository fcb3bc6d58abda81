"""MJML to HTML by mrml, and what mrml does not say: unknown words, broken tags, and where they stand."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .markup import COMMENT, TAG, tag_of
from .mjml_table import HOLDS_HTML

_HOLDING = re.compile(
    rf"<({'|'.join(sorted(HOLDS_HTML))})((?:\s[^<>]*?)?)(?<!/)>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE
)
_INLINE_STYLE = re.compile(
    r"<mj-style\b[^>]*\binline\s*=\s*[\"']inline[\"'][^>]*>(.*?)</mj-style\s*>", re.DOTALL | re.IGNORECASE
)
_CONTENT_WORD = re.compile(r"rkcontent(\d+)c")
_CHARACTER_WORD = re.compile(r"rkcharacter([0-9a-f]+)x")
_BYTES = re.compile(r"position (\d+):\d+")


class MjmlError(Exception):
    """mrml refuses the document; `offset` (characters) where it says so."""

    def __init__(self, message: str, offset: int | None) -> None:
        super().__init__(message)
        self.offset = offset


def mjml_to_html(source: str, language: str = "") -> str:
    """The HTML of an MJML document that holds no Jinja (or only its tokens).

    mrml sees the skeleton only: what stands in mj-text and the like passes by it untouched, because it would want that
    HTML to be XML; and so do backslashes, quotes and unprintable characters of attributes, which it garbles.
    `mj-style inline` is inlined into the finished HTML. Raises MjmlError.
    """
    styles = [match[1] for match in _INLINE_STYLE.finditer(source)]
    source = _INLINE_STYLE.sub("", source) if styles else source
    contents: list[str] = []

    def hide(match: re.Match[str]) -> str:
        contents.append(match[3])
        return f"<{match[1]}{match[2]}>rkcontent{len(contents) - 1}c</{match[1]}>"

    skeleton = _quiet(COMMENT.sub(_kept_comment, _HOLDING.sub(hide, source)))
    html = _render(_with_language(skeleton, language))
    html = _CHARACTER_WORD.sub(lambda match: chr(int(match[1], 16)), html)
    html = _CONTENT_WORD.sub(lambda match: contents[int(match[1])], html)
    return inlined(html, "\n".join(styles)) if styles else html


def _kept_comment(match: re.Match[str]) -> str:
    """Comments of the marketer are not mailed; ours stand for block tags."""
    return match[0] if re.fullmatch(r"<!--rkt+\d+t-->", match[0]) else ""


def _quiet(skeleton: str) -> str:
    """The tags without the space between them, at which mrml stumbles in some places."""
    parts, end = [], 0
    for match in TAG.finditer(skeleton):
        parts += [skeleton[end : match.start()].strip(), _quiet_tag(match)]
        end = match.end()
    return "".join(parts) + skeleton[end:].strip()


def _quiet_tag(match: re.Match[str]) -> str:
    """The tag with its attributes double-quoted and free of what mrml would escape for itself."""
    tag = tag_of(match)
    if tag.closing or not tag.attributes:
        return match[0]
    written = " ".join(f'{attribute.name}="{_quiet_value(attribute.value)}"' for attribute in tag.attributes)
    return f"<{match[2]} {written}{' /' if tag.empty else ''}>"


def _quiet_value(value: str) -> str:
    if value.isprintable() and "\\" not in value and '"' not in value and "'" not in value:
        return value
    return "".join(_quiet_character(character) for character in value)


def _quiet_character(character: str) -> str:
    if character == '"':
        return "&quot;"
    if character in "\n\r\t":
        return " "
    if character.isprintable() and character not in "\\'":
        return character
    return f"rkcharacter{ord(character):x}x"


def _with_language(source: str, language: str) -> str:
    if not language or re.search(r"<mjml\b[^>]*\slang\s*=", source):
        return source
    return re.sub(r"<mjml\b", f'<mjml lang="{language}"', source, count=1)


def _render(source: str) -> str:
    import mjml

    try:
        html: str = mjml.mjml2html(source)
    except ValueError as error:
        found = _BYTES.search(str(error))
        offset = len(source.encode()[: int(found[1])].decode(errors="ignore")) if found else None
        raise MjmlError(str(error).replace(" in root template", ""), offset) from error
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
