"""Whether the arms have the sizes that they were drawn for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .distributions import chi_square_beyond

ALARM_BELOW = 0.001
"""A p-value below this is a mismatch: a looser bound would cry wolf in a report that is read every month."""

LEAST_EXPECTED = 5
"""Fewer expected contacts in an arm than this and the chi-square says nothing (Cochran 1954)."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """The test of the drawn sizes; `p_value` None where nothing can be tested (one arm, too few, shares unknown)."""

    p_value: float | None
    ok: bool


Sizes = tuple[Mapping[str, int], Mapping[str, float]]
"""One period: the audience of each arm, and the share that each was to have."""


def sample_ratio(periods: Iterable[Sizes]) -> SampleRatio:
    """Pearson's chi-square of the arms' sizes against their shares, added up over periods.

    A mismatch means that contacts got lost on the way in one arm only, and no difference can be trusted: Fabijan et al.
    (2019), "Diagnosing sample ratio mismatch in online controlled experiments", KDD '19.
    """
    value, freedom = 0.0, 0
    for audience, shares in periods:
        expected = _expected(audience, shares)
        if len(expected) > 1 and min(expected.values()) >= LEAST_EXPECTED:
            value += sum((audience.get(arm, 0) - due) ** 2 / due for arm, due in expected.items())
            freedom += len(expected) - 1
    if not freedom:
        return SampleRatio(None, True)
    p_value = chi_square_beyond(value, freedom)
    return SampleRatio(p_value, p_value >= ALARM_BELOW)


def _expected(audience: Mapping[str, int], shares: Mapping[str, float]) -> dict[str, float]:
    """How many each arm was due; empty where the arms are not those of the definition (history from elsewhere)."""
    if not set(audience) <= set(shares):
        return {}
    total, whole = sum(audience.values()), sum(shares.values())
    return {arm: total * share / whole for arm, share in shares.items() if share > 0}
