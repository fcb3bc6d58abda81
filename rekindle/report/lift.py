"""Lift: what an arm did more than another, in purchases and in money, over one or several periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..model.figures import ArmFigures
from ..model.money import minor_digits
from .difference import Difference
from .means import Mean, pooled_mean_difference
from .shares import Share, pooled_share_difference

Pair = tuple[ArmFigures, ArmFigures]
"""The treated arm and the one that it is held against, of one period."""


@dataclass(frozen=True, slots=True)
class Lift:
    """Treated minus the other. `conversion` as a fraction; `revenue_per_contact` in major units; None: cannot be told.

    `treated` and `against` are the shares that bought, over all periods.
    """

    treated: Share
    against: Share
    conversion: Difference | None
    revenue_per_contact: Difference | None

    @property
    def relative(self) -> float | None:
        """The difference as a part of the other's rate: 1.2 is "120 % more"; None where nobody of the other bought."""
        if self.conversion is None or not self.against.count:
            return None
        return self.conversion.value / (self.against.count / self.against.of)


def conversion_of(arm: ArmFigures) -> Share:
    """Who bought, of everyone drawn into the arm (intention to treat)."""
    return Share(arm.converted, arm.audience)


def revenue_of(arm: ArmFigures) -> Mean:
    """Revenue per contact drawn into the arm, in minor units."""
    return Mean(arm.audience, arm.revenue, arm.revenue_squares)


def lift_over(pairs: Sequence[Pair], currency: str) -> Lift:
    """The lift over the periods that `pairs` are of."""
    shares = [(conversion_of(treated), conversion_of(other)) for treated, other in pairs]
    money = pooled_mean_difference([(revenue_of(treated), revenue_of(other)) for treated, other in pairs])
    return Lift(
        treated=_added([treated for treated, _ in shares]),
        against=_added([other for _, other in shares]),
        conversion=pooled_share_difference(shares),
        revenue_per_contact=money.scaled(10.0 ** -minor_digits(currency)) if money else None,
    )


def _added(shares: Sequence[Share]) -> Share:
    return Share(sum(share.count for share in shares), sum(share.of for share in shares))
