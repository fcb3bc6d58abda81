"""What comes from a file or a contact is text on a page, whatever it is written like."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from rekindle.track.markup import Html, join, markup
from rekindle.track.words import ENGLISH, RUSSIAN, words_for

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><svg/onload=alert(1)>",
    "{0} {name} {name.__class__} {{7*7}} ${7*7} <%= 7 %>",
    "javascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202ereversed\u202c",
    "a\x00b\x1bc",
    "<!--",
    "]]>",
]


class Seen(HTMLParser):
    """The elements and attributes of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hole_holds_text_only(payload: str) -> None:
    page = markup('<p title="{name}">{name}</p>', name=payload)
    seen = Seen()
    seen.feed(page)
    assert seen.found == [("p", ("title",))]
    assert not set(page) & set("\x00\x1b\u202e\u202c")


def test_html_goes_in_as_it_is_and_a_name_in_braces_is_no_hole() -> None:
    inner = markup("<b>{text}</b>", text="{other}")
    assert markup("<p>{inner}</p>", inner=inner) == "<p><b>{other}</b></p>"
    assert join([inner, Html("<hr>")]) == "<b>{other}</b>\n<hr>"


@pytest.mark.parametrize(
    ("locale", "fallback", "words"),
    [
        ("ru", "en_GB", RUSSIAN),
        ("ru_RU", "en_GB", RUSSIAN),
        ("RU-ru", "en_GB", RUSSIAN),
        ("", "ru_RU", RUSSIAN),
        ("en", "ru_RU", ENGLISH),
        ("de_DE", "ru_RU", ENGLISH),
        ("", "", ENGLISH),
        ("rust", "", ENGLISH),
    ],
)
def test_words_are_the_readers_then_the_workspaces_then_english(locale: str, fallback: str, words: object) -> None:
    assert words_for(locale, fallback) is words
