"""HTML by templates whose every hole is escaped: what a file or a contact says can only ever be text."""

from __future__ import annotations

import html
from string import Formatter
from typing import Any


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


class _Escaping(Formatter):
    def get_value(self, key: int | str, args: Any, kwargs: Any) -> str:
        value = kwargs[key]
        return value if isinstance(value, Html) else html.escape(_printable(str(value)), quote=True)


def markup(template: str, /, **holes: object) -> Html:
    """`template` (ours, never data) with `{name}` replaced by its escaped text; Html goes in as it is."""
    return Html(_Escaping().vformat(template, (), holes))


def join(parts: list[Html]) -> Html:
    """Several pieces in a row."""
    return Html("\n".join(parts))


def _printable(text: str) -> str:
    # control characters and the overrides that turn a line around have no place in a page (U+202E and kin)
    return "".join(letter for letter in text if letter.isprintable() or letter in "\u200d\u00a0 ")
