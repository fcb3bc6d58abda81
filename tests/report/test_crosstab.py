"""A base read across and down: every contact in one cell, totals of their own, an order that a reader expects."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from rekindle.report.crosstab import MISSING, Crosstab, crosstab, put_together


def table(*pairs: tuple[Any, Any], lists: tuple[bool, bool] = (False, False)) -> Crosstab:
    return crosstab(((row, column, Decimal(1)) for row, column in pairs), lists=lists)


def test_cells_and_totals() -> None:
    """Words folded alike are one value, spelled as first met; the largest first, the missing last."""
    found = table(("VK", True), ("vk ", False), ("site", True), ("", None), ("vk", True))
    assert (found.rows, found.columns) == (("VK", "site", MISSING), ("true", "false", MISSING))
    assert found.cells == ((2, 1, 0), (1, 0, 0), (0, 0, 1))
    assert (found.row_totals, found.column_totals, found.total) == ((3, 1, 1), (3, 1, 1), 5)


def test_a_contact_counts_under_each_item_of_a_list_and_once_in_the_total() -> None:
    """Totals are not sums of overlapping cells."""
    found = table(("a|b", "x"), ("b", "x"), ("", "x"), lists=(True, False))
    assert (found.rows, found.row_totals, found.total) == (("b", "a", MISSING), (2, 1, 1), 3)
    assert table(("a|b", "x")).rows == ("a|b",)


def test_dates_stand_by_month_and_numbers_by_size() -> None:
    """In their own order, whatever their totals."""
    dates = [datetime(2026, 11, 1, tzinfo=UTC), date(2026, 2, 1), date(2026, 11, 30), None]
    assert table(*((one, 1) for one in dates)).rows == ("2026-02", "2026-11", MISSING)
    assert table(*((one, 1) for one in (10, 2, 2, Decimal("0.50")))).rows == ("0.5", "2", "10")


@pytest.mark.parametrize(
    ("numbers", "rows"),
    [
        ([*range(13), 20, 49, 50, 199, -3], ("below 0", "0", "1", "2 to 4", "5 to 9", "10 to 19", "20 to 49",
                                            "50 to 99", "100 to 199")),
        ([Decimal(one) / 4 for one in range(-1, 13)], ("below 0", "0", "0 .. 1", "1 .. 2", "2 .. 5")),
    ],
)  # fmt: skip
def test_many_different_numbers_stand_in_ranges(numbers: list[Any], rows: tuple[str, ...]) -> None:
    """Whole numbers from the first to the last of a range, others up to below its end."""
    assert table(*((one, 1) for one in numbers)).rows == rows


def test_a_wide_table_is_put_together_and_keeps_its_totals() -> None:
    """What is beyond the first rows and columns stands in one, and nothing is lost."""
    wide = table(*((f"r{n % 5}", f"c{n % 7}") for n in range(70)))
    narrow = put_together(wide, 3, 4, "others")
    assert narrow.rows == ("r0", "r1", "others")
    assert narrow.columns == ("c0", "c1", "c2", "others")
    assert narrow.cells == ((2, 2, 2, 8), (2, 2, 2, 8), (6, 6, 6, 24))
    assert (narrow.row_totals, narrow.column_totals, narrow.total) == ((14, 14, 42), (10, 10, 10, 40), 70)
    assert put_together(wide, 5, 7, "others") == wide


def test_of_nobody_the_table_is_empty() -> None:
    """No rows, no columns, no total."""
    assert crosstab([]) == Crosstab((), (), (), (), (), Decimal(0))
