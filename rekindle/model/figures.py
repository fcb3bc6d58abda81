"""Figures: the counts that a report is made from. Rates and differences are report/'s to make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm of one period. Counts are of contacts; `revenue` and `revenue_squares` over the whole audience (ITT).

    `audience` is everyone drawn into the arm, mailed or not; `revenue` is in minor units, `revenue_squares` the sum of
    the squared per-contact revenues, for the variance.
    """

    audience: int = 0
    sent: int = 0
    failed: int = 0
    bounced: int = 0
    complained: int = 0
    unsubscribed: int = 0
    opened: int = 0
    opened_machine: int = 0
    clicked: int = 0
    converted: int = 0
    revenue: int = 0
    revenue_squares: int = 0


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """One period of a campaign: arms by name, the holdout under `holdout`."""

    period: str
    arms: Mapping[str, ArmFigures] = field(default_factory=dict)
