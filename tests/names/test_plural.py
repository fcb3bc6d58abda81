"""Plural forms beside numbers."""

from __future__ import annotations

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from rekindle.names.plural import plural

RUSSIAN = ("заказ", "заказа", "заказов")


@pytest.mark.parametrize(
    ("count", "form"),
    [(0, "заказов"), (1, "заказ"), (2, "заказа"), (4, "заказа"), (5, "заказов"), (11, "заказов"), (14, "заказов"),
     (21, "заказ"), (22, "заказа"), (111, "заказов"), (121, "заказ"), (-1, "заказ"), (1.5, "заказа"), ("3", "заказа")],
)  # fmt: skip
def test_russian_has_three_forms(count: object, form: str) -> None:
    assert plural(count, *RUSSIAN, language="ru") == form


@given(st.integers(0, 10**9))
def test_whole_numbers_agree_with_cldr(count: int) -> None:
    """The same form as Unicode's rules give, for Russian and English."""
    russian = {"one": 0, "few": 1, "many": 2}[Locale("ru").plural_form(count)]
    assert plural(count, *RUSSIAN, language="ru") == RUSSIAN[russian]
    english = {"one": "order", "other": "orders"}[Locale("en").plural_form(count)]
    assert plural(count, "order", "orders", language="en_GB") == english


def test_two_forms_in_russian_are_one_and_all_others() -> None:
    assert [plural(n, "день", "дня", language="ru") for n in (1, 2, 5)] == ["день", "дня", "дня"]


@pytest.mark.parametrize("count", ["много", None, float("nan"), float("inf"), ()])
def test_what_is_no_number_has_no_plural(count: object) -> None:
    with pytest.raises(ValueError, match="plural counts numbers"):
        plural(count, *RUSSIAN)


@pytest.mark.parametrize("forms", [(), ("заказ",), ("a", "b", "c", "d")])
def test_two_or_three_forms_are_needed(forms: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="two or three forms"):
        plural(1, *forms)
