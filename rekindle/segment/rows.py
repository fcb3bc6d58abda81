"""Conditions over the rows of a foreign file: the `rules:` and `refuse:` of an import map (COMMANDS 1)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from ..model.folding import fold
from ..model.segment import AllOf, AnyOf, AtLeast, Condition, FieldTest, KnownTest, NoneOf, Not, NumberTest, TextTest
from .value_tests import number_holds, text_holds


def row_matches(condition: Condition, row: Mapping[str, str]) -> bool:
    """Whether a row (column to text as written; empty: missing) passes. TypeError for conditions about contacts."""
    match condition:
        case AllOf(parts=parts):
            return all(row_matches(part, row) for part in parts)
        case AnyOf(parts=parts):
            return any(row_matches(part, row) for part in parts)
        case NoneOf(parts=parts):
            return not any(row_matches(part, row) for part in parts)
        case Not(part=part):
            return not row_matches(part, row)
        case AtLeast(count=count, parts=parts):
            return sum(row_matches(part, row) for part in parts) >= count
        case FieldTest(field=column, test=test):
            return _cell_passes(test, row.get(column, ""))
    raise TypeError(f"{type(condition).__name__} cannot be asked of a file's rows")


def _cell_passes(test: object, cell: str) -> bool:
    if isinstance(test, TextTest):
        return text_holds(test, cell)
    if isinstance(test, KnownTest):
        return bool(fold(cell)) is test.wanted
    assert isinstance(test, NumberTest)
    return number_holds(test, cell_number(cell))


def cell_number(cell: str) -> Fraction | None:
    """The number that a cell writes (spaces between thousands, a comma for the point); None where it writes none."""
    text = "".join(cell.split())
    if "," in text and "." not in text:
        text = text.replace(",", ".")
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return Fraction(number) if number.is_finite() else None
