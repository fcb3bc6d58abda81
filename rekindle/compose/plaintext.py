"""The text part, made from the HTML: paragraphs, lists, links as `words: address`, tables of layout flattened."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

_SKIPPED = frozenset(["head", "script", "style", "title", "template", "noscript"])
_EMPTY = frozenset(["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"])
_PARAGRAPHS = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "table", "section", "pre", "div"]
)
_LINES = frozenset(
    ["tr", "li", "center", "header", "footer", "article", "main", "address", "tbody", "thead", "dt", "dd"]
)
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_INVISIBLE = {0xA0: " ", 0x200C: None, 0x034F: None, 0xFEFF: None, 0xAD: None}
RULE = "-" * 20


@dataclass
class _Branch:
    """Where the text stood when a block tag of Jinja opened."""

    word: str
    pending: int


@dataclass
class _Anchor:
    """A link that is being read: where its words begin, and where it leads."""

    address: str
    words_from: int


@dataclass
class _State:
    parts: list[str] = field(default_factory=list)
    pending: int = 0
    ended: int = 0
    space: bool = False
    begun: bool = False
    bullet: bool = False


class _Reader(HTMLParser):
    """Walks the HTML and writes the text. `token_word` gives the first word of a Jinja block tag's token, or None."""

    def __init__(self, token_word: Callable[[str], str | None], same: Callable[[str, str], bool]) -> None:
        super().__init__(convert_charrefs=True)
        self._token_word = token_word
        self._same = same
        self.state = _State()
        self._hidden: list[str] = []
        self._branches: list[_Branch] = []
        self._anchor: _Anchor | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if self._hidden:
            if tag not in _EMPTY and tag == self._hidden[-1]:
                self._hidden.append(tag)
            return
        if tag not in _EMPTY and (tag in _SKIPPED or _HIDDEN.search(values.get("style", "")) or "hidden" in values):
            self._hidden.append(tag)
            return
        self._open(tag, values)

    def _open(self, tag: str, values: dict[str, str]) -> None:
        if tag == "br":
            self.state.pending = min(self.state.pending + 1, 2 - self.state.ended) if self.state.begun else 0
        elif tag == "hr":
            self._break(1)
            self._write(RULE)
            self._break(1)
        elif tag == "img":
            self._say(values.get("alt", ""))
        elif tag == "a":
            self._anchor = _Anchor(values.get("href", ""), len(self.state.parts))
        else:
            self._edge(tag)
        if tag == "li":
            self.state.bullet = True

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.pop()
            return
        if tag == "a" and self._anchor is not None:
            self._close_anchor(self._anchor)
            self._anchor = None
        else:
            self._edge(tag)

    def _edge(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._break(2)
        elif tag in _LINES:
            self._break(1)
        elif tag in ("td", "th"):
            self.state.space = True

    def _close_anchor(self, anchor: _Anchor) -> None:
        address = anchor.address
        if not address or address.startswith("#"):
            return
        words = _SPACES.sub(" ", "".join(self.state.parts[anchor.words_from :])).strip()
        plain = address.removeprefix("mailto:").removeprefix("tel:")
        if words and (words in (address, plain) or self._same(words, address)):
            self._retract(anchor.words_from)
            self.state.parts.append(plain)
        elif words:
            self.state.parts.append(f": {plain}")
        else:
            self._write(address)

    def _retract(self, start: int) -> None:
        """Take back the words from part `start` on, but not the line end or space before them."""
        kept = [part for part in self.state.parts[start : start + 1] if not part.strip()]
        self.state.parts[start:] = kept

    def handle_comment(self, data: str) -> None:
        word = self._token_word(data)
        if word is None or self._hidden:
            return
        if word in ("for", "macro", "call", "filter", "set") or not self.state.pending:
            self._flush()
        if word.startswith("end"):
            self._end_branch(word)
        elif word in ("elif", "else") and self._branches:
            self._other_branch(self._branches[-1])
        elif word in ("if", "for", "macro", "call", "filter"):
            self._branches.append(_Branch(word, self.state.pending))
        self.state.parts.append(data)

    def _other_branch(self, branch: _Branch) -> None:
        """The rows of a loop end their lines before its `else`; a branch begins where the first one began."""
        if branch.word == "for":
            self._flush()
        self.state.pending = branch.pending

    def _end_branch(self, word: str) -> None:
        branch = self._branches.pop() if self._branches else None
        if word in ("endfor", "endmacro", "endcall"):
            self._flush()
        elif branch is not None:
            self.state.pending = max(self.state.pending, branch.pending)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._say(data)

    def _say(self, text: str) -> None:
        words = _SPACES.sub(" ", text.translate(_INVISIBLE))
        if words.startswith(" ") and self.state.begun:
            self.state.space = True
        bare = words.strip(" ")
        if bare:
            self._write(bare)
            self.state.space = words.endswith(" ")

    def _break(self, lines: int) -> None:
        if self.state.begun:
            self.state.pending = max(self.state.pending, lines - self.state.ended)

    def _flush(self) -> None:
        if self.state.pending:
            self.state.parts.append("\n" * self.state.pending)
            self.state.ended += self.state.pending
        elif self.state.space and self.state.begun and not self.state.ended:
            self.state.parts.append(" ")
        self.state.pending, self.state.space = 0, False

    def _write(self, text: str) -> None:
        self._flush()
        if self.state.bullet:
            self.state.parts.append("- ")
            self.state.bullet = False
        self.state.ended = 0
        self.state.parts.append(text)
        self.state.begun = True


def text_from_html(
    html: str,
    token_word: Callable[[str], str | None] = lambda _data: None,
    same: Callable[[str, str], bool] = lambda words, address: words == address,
) -> str:
    """The words of `html` for a reader without HTML; ends with one newline.

    `token_word` tells which comments are Jinja block tags in disguise (they are kept, in place); `same` whether the
    words of a link are its address (perhaps behind a hole), so that `https://x: https://x` is not said.
    """
    reader = _Reader(token_word, same)
    reader.feed(html)
    reader.close()
    return tidy("".join(reader.state.parts))


def tidy(text: str) -> str:
    """No space at the ends of lines, at most one empty line between paragraphs, one newline at the end."""
    lines = re.sub(r"[ \t]+(?=\n)", "", text)
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n ") + "\n"
