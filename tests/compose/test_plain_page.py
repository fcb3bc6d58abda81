"""A letter whose template is a plain text has an HTML part that reads as the text does."""

from __future__ import annotations

import re

from rekindle.compose.letter import compile_letter
from rekindle.model.letter import LetterSource

from .anna import FACTS, STYLE, finished

TEXT = """{{ contact.first_name }}, скидка < 20% & больше
{% if offer %}
Код {{ offer.code }}: https://faktura.example/shop?a=1&b=2.
{% endif %}

Уйти: {{ links.unsubscribe }}
"""


def test_lines_stay_lines_and_addresses_are_links() -> None:
    """Line by line the same as the text part; a line of nothing but tags leaves none; the shop's link is tracked."""
    letter = finished(compile_letter(LetterSource("Hi", "", "a.txt", {"a.txt": TEXT}), STYLE))
    lines = letter.html.split("<br>")
    assert len(lines) == len(letter.text.strip().splitlines()) == 4
    assert "Анна, скидка &lt; 20% &amp; больше" in lines[0]
    assert re.search(
        r'Код BACK15: <a href="https://[^"]+/c/[^"]+">https://faktura.example/shop\?a=1&amp;b=2</a>\.', lines[1]
    )
    assert re.search(r'Уйти: <a href="(https://[^"]+/u/[^"]+)">\1</a>', lines[3])
    assert "Анна, скидка < 20% & больше" in letter.text
    assert "word-break:break-word" in lines[0], "a sealed link is longer than a phone is wide"


def test_what_a_contact_says_is_escaped_once() -> None:
    """The literal text is escaped at compile time, values as always."""
    source = LetterSource("Hi", "", "a.txt", {"a.txt": "{{ orders[1].items[0].product }}\n{{ links.unsubscribe }}\n"})
    letter = finished(compile_letter(source, STYLE), FACTS)
    assert "Рамка &lt;А4&gt;" in letter.html
    assert "Рамка <А4>" in letter.text
