"""A base read across and down: how much of it has which value of one field and which of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any, NamedTuple

from ..model.folding import fold

MISSING = "—"
"""The value of who has none."""
DISTINCT = 12
"""Numbers with more different values than these are put together in ranges."""


@dataclass(frozen=True)
class Crosstab:
    """The table: `cells` by row and column, in the order of `rows` and `columns`; the largest of either first.

    A contact with several values (a list) counts under each, so that totals are of their own and not sums.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Decimal, ...], ...]
    row_totals: tuple[Decimal, ...]
    column_totals: tuple[Decimal, ...]
    total: Decimal


Side = Callable[[Any], tuple["Label", ...]]


class Label(NamedTuple):
    """What a value is called in the table, and its place: numbers and months by themselves, words by their totals."""

    word: str
    place: Any = None


_WHOLE = Label("")
_MISSING = (Label(MISSING),)


def crosstab(entries: Iterable[tuple[Any, Any, Decimal]], *, lists: tuple[bool, bool] = (False, False)) -> Crosstab:
    """The table of (row's value, column's value, amount), one entry a contact. `lists`: texts split at `|`."""
    counted: dict[tuple[Any, Any], Decimal] = {}
    for row, column, amount in entries:
        counted[row, column] = counted.get((row, column), Decimal(0)) + amount
    row_labels = _side([row for row, _ in counted], split=lists[0])
    column_labels = _side([column for _, column in counted], split=lists[1])
    cells: defaultdict[tuple[Label, Label], Decimal] = defaultdict(Decimal)
    for (row, column), amount in counted.items():
        for pair in product((*row_labels(row), _WHOLE), (*column_labels(column), _WHOLE)):
            cells[pair] += amount
    rows = _in_order({row: amount for (row, column), amount in cells.items() if column == _WHOLE})
    columns = _in_order({column: amount for (row, column), amount in cells.items() if row == _WHOLE})
    return Crosstab(
        tuple(row.word for row in rows),
        tuple(column.word for column in columns),
        tuple(tuple(cells.get((row, column), Decimal(0)) for column in columns) for row in rows),
        tuple(cells[row, _WHOLE] for row in rows),
        tuple(cells[_WHOLE, column] for column in columns),
        cells.get((_WHOLE, _WHOLE), Decimal(0)),
    )


def _side(values: Sequence[Any], *, split: bool) -> Side:
    """How the values of one field are called; of a missing one there is nothing but that."""
    numbers = {value for value in values if isinstance(value, Decimal | int) and not isinstance(value, bool)}
    if numbers:
        whole = all(number == int(number) for number in numbers)
        ranges = _whole_range_label if whole else _range_label
        label = _number_label if len(numbers) <= DISTINCT else ranges
        return lambda value: _MISSING if value is None else (label(Decimal(value)),)
    spelled: dict[str, Label] = {}

    def labels(value: Any) -> tuple[Label, ...]:
        items = value.split("|") if split and value else [value]
        known = [_label(item) for item in items if item not in ("", None)]
        # spelled one way or another, it is one value
        return tuple(dict.fromkeys(spelled.setdefault(fold(one.word), one) for one in known)) or _MISSING

    return labels


def _label(value: Any) -> Label:
    if isinstance(value, bool):
        return Label("true" if value else "false")
    if isinstance(value, date):
        return Label(f"{value:%Y-%m}", f"{value:%Y-%m}")
    return Label(value)


def _number_label(number: Decimal) -> Label:
    return Label(f"{number.normalize():f}", number)


def _range_label(number: Decimal) -> Label:
    """The range 1, 2, 5, 10, 20, 50 .. that a number stands in: from its lower end to below its upper one."""
    if number < 1:
        words = "0" if number == 0 else "below 0" if number < 0 else "0 .. 1"
        return Label(words, {"below 0": Decimal(-1), "0": Decimal(0)}.get(words, Decimal("0.5")))
    low, high = _ends(number)
    return Label(f"{low:f} .. {high:f}", low)


def _whole_range_label(number: Decimal) -> Label:
    """The same of whole numbers, from the first to the last: 0, 1, 2 to 4, 5 to 9 .."""
    if number < 1:
        return _range_label(number)
    low, high = _ends(number)
    return Label(f"{low:f}" + (f" to {high - 1:f}" if high - low > 1 else ""), low)


def _ends(number: Decimal) -> tuple[Decimal, Decimal]:
    power = Decimal(10) ** number.adjusted()
    low, high = next(ends for ends in ((5, 10), (2, 5), (1, 2)) if number >= ends[0] * power)
    return low * power, high * power


def _in_order(totals: dict[Label, Decimal]) -> list[Label]:
    """The values of one side: numbers and months in their own order, words by their totals; the missing last."""
    known = [label for label in totals if label != _WHOLE and label.word != MISSING]
    ranked = sorted(known, key=lambda label: label.word)
    ranked.sort(key=lambda label: label.place if label.place is not None else -totals[label])
    return [*ranked, *(label for label in totals if label.word == MISSING)]


def put_together(table: Crosstab, rows: int, columns: int, rest: str) -> Crosstab:
    """The table with no more than so many rows and columns: the last of them, called `rest`, holds all the others."""
    row_names, row_groups = _grouped(table.rows, rows, rest)
    column_names, column_groups = _grouped(table.columns, columns, rest)

    def summed(cells: Sequence[Decimal], groups: Sequence[slice]) -> tuple[Decimal, ...]:
        return tuple(sum(cells[group], Decimal(0)) for group in groups)

    narrow = [summed(cells, column_groups) for cells in table.cells]
    down = list(zip(*(summed(column, row_groups) for column in zip(*narrow, strict=True)), strict=True))
    return Crosstab(
        row_names,
        column_names,
        tuple(down),
        summed(table.row_totals, row_groups),
        summed(table.column_totals, column_groups),
        table.total,
    )


def _grouped(names: tuple[str, ...], most: int, rest: str) -> tuple[tuple[str, ...], list[slice]]:
    if len(names) <= most:
        return names, [slice(place, place + 1) for place in range(len(names))]
    return (*names[: most - 1], rest), [*(slice(place, place + 1) for place in range(most - 1)), slice(most - 1, None)]
