from __future__ import annotations

from decimal import Decimal

import pytest

from rekindle.model.campaign import Guard
from rekindle.plan.guard import why_held


@pytest.mark.parametrize(
    ("guard", "chosen", "last", "expected"),
    [
        (None, 10**9, None, ""),
        (Guard(max_audience=5000), 5000, None, ""),
        (Guard(max_audience=5000), 5001, None, "5,001 letters are more than guard.max_audience 5,000"),
        (Guard(max_growth=Decimal("0.5")), 10**6, None, ""),
        (Guard(max_growth=Decimal("0.5")), 150, 100, ""),
        (Guard(max_growth=Decimal("0.5")), 151, 100,
         "151 letters after 100 last time are more than guard.max_growth 50% allows"),
        (Guard(max_growth=Decimal(0)), 99, 100, ""),
    ],
)  # fmt: skip
def test_a_mailing_beyond_its_guard_waits(guard: Guard | None, chosen: int, last: int | None, expected: str) -> None:
    """The bounds themselves are still allowed; without a mailing before there is no growth."""
    assert why_held(guard, chosen, last) == expected
