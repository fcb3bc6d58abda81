"""The code page of an 8-bit text is found by its pairs of letters."""

from __future__ import annotations

import pytest

from rekindle.intake.letterpairs import likeliest_code_page

CYRILLIC = (
    "Имя;Город\nАнна Ёлкина;Санкт-Петербург\nЯна Юрьева;Йошкар-Ола\n",
    "email;имя\nivan@example.com;Иван Щукин\n",
    "ДОГОВОР;КЛИЕНТ Иванова Мария\n",
)
WESTERN = ("Café;Müller\n", "José Ñandú;São Paulo\n", "Åsa Öberg\n", "crème brûlée\n", "naïve “x”\n")


@pytest.mark.parametrize("page", ["cp1251", "koi8-r", "cp866", "mac-cyrillic"])
@pytest.mark.parametrize("text", CYRILLIC)
def test_a_cyrillic_page_is_told_from_the_others(text: str, page: str) -> None:
    """Even a mostly ASCII file with a few Russian words; the text reads right, whatever the page is called."""
    raw = text.encode(page)
    assert raw.decode(likeliest_code_page(raw)) == text


@pytest.mark.parametrize("text", WESTERN)
def test_western_letters_are_not_taken_for_cyrillic(text: str) -> None:
    """A French or Spanish name among ASCII is cp1252."""
    raw = text.encode("cp1252")
    assert raw.decode(likeliest_code_page(raw)) == text
