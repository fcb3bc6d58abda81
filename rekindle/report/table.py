"""A report as CSV: a row for each arm of each period, and rows for the lift of each arm over all of them."""

from __future__ import annotations

import csv
import io

from ..model.figures import ArmFigures
from ..model.spreadsheet import inert
from .campaign import ArmReport, CampaignReport
from .document import major
from .lift import Lift

COUNTS = (
    "audience", "letters", "sent", "failed", "unknown", "bounced", "complained", "unsubscribed", "opened",
    "opened_machine", "clicked", "converted",
)  # fmt: skip
LIFTS = ("difference", "low", "high", "p_value")
HEADER = (
    "campaign", "period", "arm", *COUNTS, "revenue", "converted_rate", "converted_low", "converted_high",
    *(f"conversion_{name}" for name in LIFTS), *(f"revenue_per_contact_{name}" for name in LIFTS),
)  # fmt: skip
ALL_PERIODS = "*"
"""Stands in `period` where several are read together; only these rows, and those of a single period, have a lift."""


def csv_of(report: CampaignReport) -> str:
    """UTF-8 text with CRLF (RFC 4180); numbers with a point, money in major units, rates as fractions."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    several = len(report.periods) > 1
    for period in report.periods:
        for name in report.arms:
            if name in period.figures.arms:
                lift = None if several else report.lift.get(name)
                writer.writerow(_row(report, period.figures.period, name, period.figures.arms[name], lift))
    if several:
        for name, arm in report.arms.items():
            writer.writerow(_row(report, ALL_PERIODS, name, arm.figures, report.lift.get(name)))
    return text.getvalue()


def _row(report: CampaignReport, period: str, name: str, figures: ArmFigures, lift: Lift | None) -> list[object]:
    share = ArmReport(name, figures).share("converted")
    limits = [share.interval.low, share.interval.high] if share.interval else ["", ""]
    counts = [getattr(figures, count) for count in COUNTS]
    revenue = major(figures.revenue, report.heading.currency)
    texts = [inert(text) for text in (report.heading.campaign, period, name)]
    rate = share.rate if share.rate is not None else ""
    return [*texts, *counts, revenue, rate, *limits, *_lift_cells(lift)]


def _lift_cells(lift: Lift | None) -> list[object]:
    cells: list[object] = []
    for found in (lift.conversion, lift.revenue_per_contact) if lift else (None, None):
        values = (found.value, found.low, found.high, found.p_value) if found else (None,) * len(LIFTS)
        cells += ["" if value is None else value for value in values]
    return cells
