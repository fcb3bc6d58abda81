"""No exported cell is a formula, and what was made inert comes back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekindle.model.spreadsheet import FORMULA_BEGINS, inert, live


@pytest.mark.parametrize("text", ['=HYPERLINK("x")', "+7 916", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1+1"])
def test_what_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    """Whatever a contact calls itself."""
    assert inert(text) == "'" + text


@pytest.mark.parametrize("text", ["-1", "-0.5", "+79161234567", "Anna", "", "1=1"])
def test_numbers_and_plain_texts_stay_as_they_are(text: str) -> None:
    """A negative amount stays an amount, a phone stays a phone."""
    assert inert(text) == text


@given(st.text(st.sampled_from("'=+-@ab\t\uff1d"), max_size=6))
def test_no_cell_begins_like_a_formula_and_every_one_comes_back(text: str) -> None:
    """Export and import are a round trip, for all but a text that itself looks like a made-inert cell."""
    cell = inert(text)

    assert not cell.startswith(FORMULA_BEGINS)
    if live(text) == text:
        assert live(cell) == text
