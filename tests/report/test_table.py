"""The figures as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from rekindle.report.campaign import CampaignReport, Period
from rekindle.report.table import HEADER, csv_of

Make = Callable[..., CampaignReport]

CLEAR = {"letter": (1000, 80, 5000), "holdout": (500, 20, 5000)}


def rows_of(report: CampaignReport) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_of(report))))


def test_a_row_for_each_arm_with_its_lift(report: Make) -> None:
    """Counts as they are, rates as fractions, money in major units; the holdout has no lift."""
    letter, holdout = rows_of(report(CLEAR))

    assert [letter[name] for name in ("campaign", "period", "arm", "audience", "converted", "revenue")] == [
        "win-back", "2026-11", "letter", "1000", "80", "4000.0",
    ]  # fmt: skip
    assert (letter["converted_rate"], letter["conversion_difference"]) == ("0.08", "0.04")
    assert (holdout["arm"], holdout["conversion_difference"], holdout["conversion_p_value"]) == ("holdout", "", "")


def test_several_periods_have_their_pooled_rows_last(report: Make, period: Callable[..., Period]) -> None:
    """Lift is told once, over all of them."""
    rows = rows_of(report(period(CLEAR, "2026-10"), period(CLEAR, "2026-11")))

    assert [(row["period"], row["arm"]) for row in rows] == [
        ("2026-10", "letter"), ("2026-10", "holdout"), ("2026-11", "letter"), ("2026-11", "holdout"), ("*", "letter"),
        ("*", "holdout"),
    ]  # fmt: skip
    assert [bool(row["conversion_difference"]) for row in rows] == [False] * 4 + [True, False]


def test_nothing_is_taken_for_a_formula_and_lines_end_as_the_standard_says(report: Make) -> None:
    """An arm called =1+1 is a text; CRLF (RFC 4180); a report of nothing is its header."""
    text = csv_of(report({"=1+1": (10, 1, 1), "holdout": (10, 1, 1)}))

    assert ",'=1+1," in text
    assert text.count("\r\n") == 3
    assert csv_of(report()) == ",".join(HEADER) + "\r\n"
