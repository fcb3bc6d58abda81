"""Reports made from figures in hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rekindle.model.campaign import Cost, Goal
from rekindle.model.duration import Duration
from rekindle.model.figures import ArmFigures, PeriodFigures
from rekindle.report.campaign import CampaignReport, Heading, Period, report_of

START = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)

Arms = Mapping[str, tuple[int, int, int]]
"""Arm -> audience, converted, revenue of each buyer in minor units."""


def period_of(arms: Arms, name: str = "2026-11", **changes: Any) -> Period:
    """A period in which everybody chosen was sent one letter; `changes` of its definition and figures."""
    figures = {
        arm: ArmFigures(
            audience=audience, converted=converted, revenue=converted * each, revenue_squares=converted * each**2,
            letters=0 if arm == "holdout" else audience, sent=0 if arm == "holdout" else audience,
            converted_by_day=(converted, 0),
        )
        for arm, (audience, converted, each) in arms.items()
    }  # fmt: skip
    given = {"left_out": {}, "started_at": START, "complete": True, **changes}
    return Period(
        PeriodFigures(name, figures, given["left_out"], given["started_at"], START, given["complete"]),
        given.get("goal", Goal(Duration.parse("14 days"))),
        given.get("cost", Cost()),
        given.get("shares", {arm: float(audience) for arm, (audience, _, _) in arms.items()}),
        imported=given.get("imported", False),
    )


@pytest.fixture
def period() -> Callable[..., Period]:
    """Make one period."""
    return period_of


@pytest.fixture
def report() -> Callable[..., CampaignReport]:
    """Make a report of one period, or of the periods given."""

    def make(*periods: Arms | Period, locale: str = "en_GB", currency: str = "GBP", **changes: Any) -> CampaignReport:
        made = [one if isinstance(one, Period) else period_of(one, **changes) for one in periods]
        heading = Heading("win-back", START + timedelta(days=20), ZoneInfo("UTC"), currency, locale)
        return report_of(heading, made)

    return make
