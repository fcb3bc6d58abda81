"""Whether two letters are the same to a reader: compared as documents, not as bytes."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_SPACES = re.compile(r"\s+")


class _Events(HTMLParser):
    """A document as a list of what a browser would see; the head's styles may hold rules that nothing uses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[tuple[str, ...]] = []
        self._words: list[str] = []
        self._in_body = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_body = self._in_body or tag == "body"
        self._end_words()
        written = sorted(f"{name}={_SPACES.sub(' ', value or '').strip()}" for name, value in attrs)
        self.events.append((tag, *written))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._end_words()
        self.events.append(("/" + tag,))

    def handle_comment(self, data: str) -> None:
        self._end_words()
        self.events.append(("!--", _SPACES.sub(" ", data).strip()))

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def _end_words(self) -> None:
        words = _SPACES.sub(" ", "".join(self._words)).strip()
        self._words = []
        if words:
            self.events.append(("", words))

    def body(self) -> list[tuple[str, ...]]:
        """From the body on; all of it where there is no body."""
        self._end_words()
        start = next((index for index, event in enumerate(self.events) if event[0] == "body"), 0)
        return self.events[start:]


def events_of(html: str) -> list[tuple[str, ...]]:
    """The body of `html`, event by event."""
    reader = _Events()
    reader.feed(html)
    reader.close()
    return reader.body()


def same_html(one: str, other: str) -> bool:
    """Whether both show the same elements, attributes, comments and words in the same order."""
    return events_of(one) == events_of(other)


def same_text(one: str, other: str) -> bool:
    """Whether both say the same words."""
    return one.split() == other.split()
