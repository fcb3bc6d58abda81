"""Asking: what a condition is judged against besides the contacts: the moment, the calendar, the other segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from ..model.fences import Fences
from ..model.lifetime import LifetimeModel
from ..model.money import minor_digits
from ..model.segment import Segment
from .catalogue import Catalogue


@dataclass(frozen=True)
class Asking:
    """One moment of asking. `as_of` is aware; `currency` is the workspace's (amounts in conditions are major units).

    `lifetimes` is what `alive` is computed from, and means something where `fitted` is true only: None then says that
    nobody has bought on two days, so that nobody's probability is known. `fences`, by field, are those of the
    scores that the reader in Python is asked for; where they are missing, so is every score.
    """

    as_of: datetime
    zone: tzinfo = UTC
    catalogue: Catalogue = field(default_factory=Catalogue)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    currency: str = "EUR"
    lifetimes: LifetimeModel | None = None
    fitted: bool = False
    fences: Mapping[str, Fences] = field(default_factory=dict)

    @property
    def money_unit(self) -> int:
        """How many minor units make one major unit."""
        return int(10 ** minor_digits(self.currency))
