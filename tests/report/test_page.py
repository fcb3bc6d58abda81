"""The page: self-contained, well formed, and safe whatever an arm is called."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from rekindle.model.campaign import Cost
from rekindle.report.axis import axis_over
from rekindle.report.campaign import CampaignReport, Period
from rekindle.report.page import page_of
from rekindle.report.words import words_for

Make = Callable[..., CampaignReport]

CLEAR = {"warm": (1000, 80, 5000), "short": (900, 60, 5000), "holdout": (500, 20, 5000)}
VOID = {"meta", "line", "rect", "circle", "path", "polygon", "polyline"}


class Reading(HTMLParser):
    """Keeps the text, and whether every element is closed where it should be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)


CASES = [
    [CLEAR],
    [{"letter": (1000, 45, 5000), "holdout": (500, 20, 5000)}],
    [{"letter": (100, 9, 5000), "holdout": (10, 0, 5000)}],
    [{"letter": (100, 0, 1), "holdout": (10, 0, 1)}],
    [{"letter": (100, 9, 5000)}],
    [CLEAR, CLEAR],
    [],
]


@pytest.mark.parametrize("locale", ["en_GB", "ru_RU"])
@pytest.mark.parametrize("arms", CASES)
def test_every_page_is_well_formed_and_asks_for_nothing_from_elsewhere(
    report: Make, period: Callable[..., Period], arms: list[dict[str, tuple[int, int, int]]], locale: str
) -> None:
    """No script, no link, no file; whatever there is to say."""
    periods = [period(one, f"2026-{number}", cost=Cost(fixed=5)) for number, one in enumerate(arms, 10)]
    page = page_of(report(*periods, locale=locale))
    read = Reading(page)

    assert read.open == []
    assert not re.search(r"https?:|//|url\(|@import|<script|<link|<img| on\w+=", page)
    assert not re.search(r"\bnan\b|\binf\b|None", "".join(read.texts))


def test_the_verdict_comes_first_and_opens_last(report: Make) -> None:
    """The headline of the report stands before every table; opened is the last row but one."""
    made = report(CLEAR)
    texts = [text.strip() for text in Reading(page_of(made)).texts if text.strip()]
    headline = texts.index(words_for(made).headline)

    assert headline < texts.index("Contacts")
    assert texts[-1 - texts[::-1].index("Opened") :].count("By machines") == 1
    assert texts.index("All the numbers") < len(texts) - 1 - texts[::-1].index("Opened")


def test_a_name_is_never_markup(report: Make) -> None:
    """Arms brought in from elsewhere may be called anything."""
    nasty = '<img src=x onerror="alert(1)">'
    read = Reading(page_of(report({nasty: (1000, 80, 5000), "holdout": (500, 20, 5000)})))

    assert "img" not in {tag for tag, _ in read.tags}
    assert nasty in read.texts


def test_drawn_marks_stand_where_their_values_are(report: Make) -> None:
    """Every interval of the forest lies on its axis, low before high, the point between."""
    tags = Reading(page_of(report(CLEAR))).tags
    whiskers = [attrs for tag, attrs in tags if tag == "line" and attrs.get("class") == "whisker"]
    drawn = [(float((one["x1"] or "")[:-1]), float((one["x2"] or "")[:-1])) for one in whiskers]

    assert len(drawn) == 9  # the headline, two letters and both together, one against the other; twice but the first
    assert all(0 <= low < high <= 100 for low, high in drawn)


def test_a_page_speaks_its_language(report: Make) -> None:
    """`lang` and the words."""
    assert '<html lang="ru">' in page_of(report(CLEAR, locale="ru_RU", currency="RUB"))
    assert '<html lang="en">' in page_of(report(CLEAR))


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.5, 6.3], [0, 2, 4, 6]),
        ([-2.8, 2.3], [-2, 0, 2]),
        ([-0.6, -0.2], [-0.6, -0.4, -0.2, 0.0]),
        ([0.0], [0, 0.5, 1.0]),
    ],
)
def test_ticks_are_round_and_zero_is_among_them(values: list[float], ticks: list[float]) -> None:
    """Steps of 1, 2 or 5 times a power of ten."""
    assert axis_over(values).ticks == pytest.approx(ticks)
