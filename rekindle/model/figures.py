"""Figures: the counts that a report is made from. Rates and differences are report/'s to make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import zip_longest


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm of one period. Counts are of contacts, each once; `letters` alone counts deliveries (cost is per letter).

    `audience` is everyone drawn into the arm, mailed or not (intention to treat); `converted` are those of them with a
    paid order inside the goal's time, `revenue` the sum of these orders in minor units and `revenue_squares` the sum of
    the squared per-contact revenues, for the variance. `converted_by_day[i]` are those whose first such order came on
    day i + 1 after the start. `opened` and `clicked` are human; `opened_machine` had an open by a machine, and may have
    been opened by a person too.
    """

    audience: int = 0
    letters: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    bounced: int = 0
    complained: int = 0
    unsubscribed: int = 0
    opened: int = 0
    opened_machine: int = 0
    clicked: int = 0
    converted: int = 0
    revenue: int = 0
    revenue_squares: int = 0
    converted_by_day: tuple[int, ...] = ()

    def plus(self, other: ArmFigures) -> ArmFigures:
        """The counts of both together; a contact that is in both counts twice."""
        days = zip_longest(self.converted_by_day, other.converted_by_day, fillvalue=0)
        summed = {name: getattr(self, name) + getattr(other, name) for name in _COUNTS}
        return ArmFigures(**summed, converted_by_day=tuple(a + b for a, b in days))


_COUNTS = tuple(entry.name for entry in fields(ArmFigures) if entry.name != "converted_by_day")


def together(arms: Iterable[ArmFigures]) -> ArmFigures:
    """The counts of several arms or periods added up; zeros for none."""
    total = ArmFigures()
    for arm in arms:
        total = total.plus(arm)
    return total


@dataclass(frozen=True, slots=True)
class CodeFigures:
    """Paid orders that carry one code of a mailing's offers, whoever placed them.

    They count from the mailing's start until the campaign's next one, however long; `revenue` in minor units,
    `strangers` are the orders among them of contacts to whom no letter was sent.
    """

    code: str
    orders: int = 0
    revenue: int = 0
    strangers: int = 0

    def plus(self, other: CodeFigures) -> CodeFigures:
        """The same code in two periods."""
        return CodeFigures(
            self.code, self.orders + other.orders, self.revenue + other.revenue, self.strangers + other.strangers
        )


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """One period of a campaign, as known at one moment: arms by name, the holdout under `holdout`.

    `left_out` counts the segment's members that were in no arm, by reason. `started_at` is when the first step's
    letters started (None: not yet), `counted_until` the moment up to which orders count (aware UTC); `complete` says
    that the goal's time is over for everyone, so that these figures will not grow. `codes`: in the order of the offers.
    """

    period: str
    arms: Mapping[str, ArmFigures] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    started_at: datetime | None = None
    counted_until: datetime | None = None
    complete: bool = False
    codes: tuple[CodeFigures, ...] = ()
