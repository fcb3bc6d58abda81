"""The report on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from rekindle.report.campaign import CampaignReport, Heading, Period
from rekindle.report.difference import Difference
from rekindle.report.text import Tone, drawn_interval, list_lines, report_lines

Make = Callable[..., CampaignReport]

CLEAR = {"letter": (1000, 80, 5000), "holdout": (500, 20, 5000)}


def test_the_whole_report(report: Make) -> None:
    """Verdict and money first, opens at the very end of the last table."""
    lines = [line.text for line in report_lines(report(CLEAR, left_out={"capped": 3}), 100)]

    assert lines == [
        "win-back",
        "2026-11 · as of 21\u00a0Nov 2026, 07:00 · goal: a purchase within 14 days of the start",
        "",
        "  THE LETTERS WORK",
        "  Of every 100 who got the letter 4.0 more bought than of those who did not; we are 95% sure it is",
        "  between 1.4 and 6.3.",
        "  That is £2,000 of revenue that would not have come otherwise (95% sure: £796 to £3,204).",
        "",
        "What the letters changed (points)",
        "          Difference  95% interval      p                             Per contact",
        "  letter        +4.0  +1.4 .. +6.3  0.003  │····──────────●─────────       +£2.00  +£0.80 .. +£3.20",
        "",
        "  Group    Contacts  Bought  Rate  95% interval  Revenue  Per contact",
        "  letter      1,000      80  8.0%  6.5% .. 9.8%   £4,000        £4.00",
        "  holdout       500      20  4.0%  2.6% .. 6.1%   £1,000        £2.00",
        "",
        "  Group    Sent  Failed  Bounced  Complained  Left  Clicked  Opened  By machines",
        "  letter  1,000       0        0           0     0        0       0            0",
        "",
        "Left out: had enough letters 3",
        "The groups have the sizes they were drawn for (p = 1.00).",
    ]


@pytest.mark.parametrize(
    ("arms", "tone"),
    [
        (CLEAR, Tone.GOOD),
        ({"letter": (1000, 20, 1), "holdout": (500, 40, 1)}, Tone.BAD),
        ({"letter": (100, 9, 1), "holdout": (10, 0, 1)}, Tone.CAUTION),
    ],
)
def test_the_verdict_has_the_tone_of_its_news(report: Make, arms: dict[str, tuple[int, int, int]], tone: Tone) -> None:
    """Good, bad, or neither."""
    verdict = next(line for line in report_lines(report(arms)) if line.text.strip().isupper())

    assert verdict.tone is tone


def test_a_number_is_never_broken_at_its_spaces(report: Make) -> None:
    """`1 898 866 ₽` stays on one line at every width."""
    made = report({"letter": (100000, 8000, 500000), "holdout": (50000, 2000, 500000)}, locale="ru", currency="RUB")

    for width in range(40, 100):
        assert any("20\u00a0000\u00a0000\u00a0₽" in line.text.replace(" ", "_") for line in report_lines(made, width))


def test_several_periods_have_a_row_each_and_one_together(report: Make, period: Callable[..., Period]) -> None:
    """Period by period, then all."""
    made = report(period(CLEAR, "2026-10"), period(CLEAR, "2026-11"))
    lines = [line.text.split() for line in report_lines(made)]
    at = lines.index(["Period", "by", "period", "(points)"])

    assert [lines[at + 2][0], lines[at + 3][0], " ".join(lines[at + 4][:2])] == ["2026-10", "2026-11", "all periods"]


def test_an_interval_is_drawn_to_scale() -> None:
    """25 places from the low to the high end, the bar at zero, the dot at the value."""
    assert drawn_interval(Difference(0.06, 0.0, 0.12, None), (-0.12, 0.12)) == "············│─────●──────"
    assert drawn_interval(Difference(-0.12, -0.12, -0.12, None), (-0.12, 0.12)) == "●···········│············"


def test_the_list_of_all_campaigns(report: Make) -> None:
    """A line each; of a campaign without a holdout the lift is not known."""
    heading = Heading("", datetime(2026, 11, 1, tzinfo=UTC), ZoneInfo("UTC"), "GBP")
    lines = [line.text for line in list_lines([report(CLEAR), report({"letter": (1000, 80, 5000)})], heading)]

    assert lines == [
        "  Campaign  Periods   Sent  Bought  Lift, points  95% interval  Extra revenue  Verdict",
        "  win-back        1  1,000      80          +4.0  +1.4 .. +6.3        +£2,000  The letters work",
        "  win-back        1  1,000      80             –             –              –  Nothing to compare with",
    ]
    assert [line.text for line in list_lines([], heading)] == ["No campaign has been sent yet."]
