"""The HTML part of a letter whose template is a plain text: the same lines, the addresses in it as links."""

from __future__ import annotations

import html as html_words
import re

from .cutting import without_block_lines
from .tokens import Tokens

_OWN_LINK = re.compile(r"\{\{[-+]?\s*links\.\w+\s*[-+]?\}\}")
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)»]")
# a sealed link is longer than a phone is wide
_STYLE = "font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;word-break:break-word"


def page_of_text(tokens: Tokens) -> str:
    """A page that reads as the text of `tokens` does; what the text says of HTML (`<`, `&`) stays words."""
    text = html_words.escape(without_block_lines(tokens.text, tokens).strip(), quote=False)
    text = _ADDRESS.sub(lambda match: _linked(match[0]), text)
    text = tokens.word_pattern.sub(lambda match: _own_link(tokens, int(match[1]), match[0]), text)
    lines = text.replace("\r\n", "\n").replace("\n", "<br>\n")
    return f'<div style="{_STYLE}">{lines}</div>'


def _linked(address: str) -> str:
    return f'<a href="{address}">{address}</a>'


def _own_link(tokens: Tokens, number: int, word: str) -> str:
    return _linked(word) if _OWN_LINK.fullmatch(tokens.tags[number].text) else word
