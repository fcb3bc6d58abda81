"""What a report says, word for word, in both languages."""

from __future__ import annotations

import string
from collections.abc import Callable

import pytest

from rekindle.model.audience import LeftOutReason
from rekindle.model.campaign import Cost
from rekindle.report.campaign import CampaignReport
from rekindle.report.judgement import Verdict
from rekindle.report.phrases import ENGLISH, RUSSIAN
from rekindle.report.words import words_for

Make = Callable[..., CampaignReport]

CLEAR = {"letter": (1000, 80, 5000), "holdout": (500, 20, 5000)}


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        (
            CLEAR,
            "Of every 100 who got the letter 4.0 more bought than of those who did not; we are 95% sure it is between"
            " 1.4 and 6.3.",
        ),
        (
            {"letter": (1000, 20, 1), "holdout": (500, 40, 1)},
            "Of every 100 who got the letter 6.0 fewer bought than of those who did not; we are 95% sure it is between"
            " 3.7 and 8.8 fewer.",
        ),
        (
            {"warm": (20000, 300, 1), "short": (20000, 300, 1), "holdout": (20000, 180, 1)},
            "Of every 1,000 who got a letter 6.0 more bought than of those who did not; we are 95% sure it is between"
            " 4.2 and 7.7.",
        ),
        (
            {"letter": (1000, 45, 1), "holdout": (500, 20, 1)},
            "Of every 100 who got the letter 0.5 more bought than of those who did not, but chance alone could do that:"
            " we are 95% sure only that it is between 1.9 fewer and 2.5 more. With this many contacts a difference of"
            " about 3.1 in 100 would show.",
        ),
        (
            {"letter": (100, 9, 1), "holdout": (10, 0, 1)},
            "Too little data: 9 of 100 who were to get the letter bought, and 0 of 10 held out. A verdict needs about"
            " 62 contacts or more in the smaller group; several periods can be read together.",
        ),
        (
            {"letter": (1000, 0, 1), "holdout": (500, 0, 1)},
            "Too little data: nobody has bought yet, neither of the 1,000 who were to get the letter nor of the 500"
            " held out.",
        ),
        (
            {"letter": (20, 20, 1), "holdout": (5, 5, 1)},
            "Too little data: everybody bought, all 20 who were to get the letter and all 5 held out.",
        ),
        (
            {"letter": (1000, 80, 1)},
            "Nobody was held out, so what the letter changed cannot be known. 80 of 1,000 who were to get it bought;"
            " some of them would have bought anyway.",
        ),
        ({}, "Nothing has been sent yet, so there is nothing to report."),
    ],
)
def test_the_headline(report: Make, arms: dict[str, tuple[int, int, int]], said: str) -> None:
    """The verdict in plain words, with its interval, or why there is none."""
    assert words_for(report(arms)).headline == said


def test_the_headline_in_russian(report: Make) -> None:
    """The language is the workspace's; numbers have a comma and spaces that do not break."""
    words = words_for(report(CLEAR, locale="ru_RU", currency="RUB", cost=Cost(fixed=1500)))

    assert words.verdict == "Письма работают"
    assert words.headline == (
        "На каждые 100 получателей письма пришлось на 4,0 больше покупателей, чем среди тех, кому не писали; с"
        " уверенностью 95 % — от 1,4 до 6,3."
    )
    assert words.money == (
        "Это 2\u00a0000\u00a0₽ выручки, которой без письма не было бы (с уверенностью 95 %: от 796\u00a0₽ до"
        " 3\u00a0204\u00a0₽). Затраты — 1\u00a0500\u00a0₽."
    )
    assert words.goal == "цель: покупка за 14 дней от начала"


def test_money_is_told_only_with_a_verdict(report: Make) -> None:
    """Too little data gives no figure of worth, only what was paid; an unsure one says how far it may be off."""
    too_little = report({"letter": (100, 9, 100), "holdout": (10, 0, 100)}, cost=Cost(fixed=5))
    unsure = report({"letter": (1000, 45, 5000), "holdout": (500, 20, 5000)})

    assert words_for(too_little).money == "It cost £5.00."
    assert words_for(unsure).money == "In money it is £250, but anything between −£825 and £1,325 is possible."


def test_a_mismatch_of_sizes_is_said_before_anything_else(report: Make) -> None:
    """And the p-value with it."""
    words = words_for(report(CLEAR, shares={"letter": 1.0, "holdout": 1.0}))

    assert words.headline.startswith("No verdict: the groups do not have the sizes they were drawn for (p < 0.001).")
    assert words.balance == "The groups do not have the sizes they were drawn for (p < 0.001)."


def test_figures_that_still_grow_say_until_when(report: Make) -> None:
    """Start plus the goal's time."""
    words = words_for(report(CLEAR, complete=False))

    assert words.headline.endswith(
        "The time of the goal runs until 15\u00a0Nov 2026, 07:00: these figures will still grow."
    )


def test_the_default_goal_is_said_to_be_one(report: Make) -> None:
    """A reader must know that nobody chose it."""
    assert words_for(report(CLEAR, goal=None)).goal == (
        "goal: a purchase within 14 days of the start (none was set: the default)"
    )


def test_both_languages_have_the_same_phrases_with_the_same_holes() -> None:
    """A phrase that one language lacks, or a hole that it does not fill, would be lost silently."""

    def holes(phrase: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}

    assert set(ENGLISH) == set(RUSSIAN)
    assert {key: holes(text) for key, text in ENGLISH.items()} == {key: holes(text) for key, text in RUSSIAN.items()}


def test_every_reason_and_every_verdict_has_words() -> None:
    """What the plan or the judgement can name, the report can say."""
    assert {reason.value for reason in LeftOutReason} | {verdict.value for verdict in Verdict} <= set(ENGLISH)


def test_an_unknown_locale_is_written_in_english(report: Make) -> None:
    """de_DE has no phrases yet."""
    assert words_for(report(CLEAR, locale="de_DE")).verdict == "The letters work"
