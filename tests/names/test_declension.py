"""Names in other cases: by an optional library, and clear without it."""

from __future__ import annotations

import pytest

from rekindle.model.error import MissingExtraError
from rekindle.names.declension import CASES, in_case


@pytest.mark.usefixtures("no_declension")
def test_without_the_extra_the_error_names_the_command_that_installs_it() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'rekindle\[ru\]'"):
        in_case("Анна", "dative")


@pytest.mark.parametrize(
    ("name", "part", "gender", "dative"),
    [
        ("Иван", "first_name", "m", "Ивану"),
        ("Анна", "first_name", "f", "Анне"),
        ("Иванова", "last_name", "f", "Ивановой"),
        ("Сергеевич", "patronymic", "m", "Сергеевичу"),
        ("Никита", "first_name", "", "Никите"),
    ],
)
def test_a_name_is_declined(name: str, part: str, gender: str, dative: str) -> None:
    assert in_case(name, "dative", part, gender) == dative


def test_every_case_of_the_language_is_known_to_the_library() -> None:
    assert [in_case("Анна", case, gender="f") for case in CASES] == ["Анна", "Анны", "Анне", "Анну", "Анной", "Анне"]


@pytest.mark.parametrize("name", ["Anna", "", "李"])
def test_a_name_in_other_letters_stays_as_it_is(name: str) -> None:
    assert in_case(name, "dative") == name


def test_the_nominative_needs_no_library() -> None:
    assert in_case("Анна", "nominative") == "Анна"


@pytest.mark.parametrize(
    ("case", "part", "words"), [("datif", "first_name", "unknown case"), ("dative", "title", "unknown part")]
)
def test_a_wrong_case_or_part_is_named(case: str, part: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        in_case("Анна", case, part)
