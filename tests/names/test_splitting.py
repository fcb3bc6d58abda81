"""Full names into parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekindle.names.splitting import NameParts, split_name


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("Иванова Анна Петровна", NameParts("Анна", "Иванова", "Петровна")),
        ("Анна Петровна Иванова", NameParts("Анна", "Иванова", "Петровна")),
        ("Анна Петровна", NameParts("Анна", "", "Петровна")),
        ("Салтыков-Щедрин Михаил Евграфович", NameParts("Михаил", "Салтыков-Щедрин", "Евграфович")),
        ("Алиев Гейдар Рза оглы", NameParts("Гейдар", "Алиев", "Рза оглы")),
        ("Петров Илья", NameParts("Илья", "Петров")),
        ("Илья Петров", NameParts("Илья", "Петров")),
        ("Анна", NameParts("Анна")),
        ("Anna Smith", NameParts("Anna", "Smith")),
        ("Smith, Anna", NameParts("Anna", "Smith")),
        ("Anna van der Berg", NameParts("Anna", "van der Berg")),
        ("  ", NameParts()),
        ("", NameParts()),
    ],
)
def test_a_name_is_split_in_the_order_it_was_written_in(full: str, parts: NameParts) -> None:
    assert split_name(full) == parts


@given(st.text(alphabet="абвгАБ zZ,-", max_size=30))
def test_no_word_is_lost_and_none_invented(full: str) -> None:
    parts = split_name(full)
    words = f"{parts.first_name} {parts.last_name} {parts.patronymic}".split()
    assert sorted(words) == sorted(full.replace(",", " ").split())
