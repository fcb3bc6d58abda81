"""Words that agree with gender."""

from __future__ import annotations

import pytest

from rekindle.names.gender import by_gender


@pytest.mark.parametrize(
    ("gender", "word"),
    [
        ("m", "Уважаемый"),
        ("f", "Уважаемая"),
        ("F ", "Уважаемая"),
        ("", "Здравствуйте,"),
        (None, "Здравствуйте,"),
        ("x", "Здравствуйте,"),
    ],
)
def test_the_word_follows_the_gender_and_an_unknown_one_is_normal(gender: str | None, word: str) -> None:
    assert by_gender(gender, "Уважаемый", "Уважаемая", "Здравствуйте,") == word
