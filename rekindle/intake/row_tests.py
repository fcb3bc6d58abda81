"""The conditions of a map's `rules:` and `refuse:`: tests as in a segment, over the cells of a file's rows.

The grammar is the segments' own (segment.grammar with a catalogue of a file); here a condition becomes a function of
a row, quick enough to be asked of every row of a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from ..model.document import Mapping, Node
from ..model.folding import fold
from ..model.problem import Position, Problem
from ..model.segment import AllOf, AnyOf, AtLeast, Condition, FieldTest, KnownTest, NoneOf, Not, NumberTest, TextTest
from ..segment.catalogue import Catalogue
from ..segment.grammar import read_condition
from ..segment.references import walk
from ..segment.value_tests import number_holds, text_holds
from .numbers import read_decimal

RowTest = Callable[[Sequence[str]], bool]

REMEMBERED = 50_000
"""Answers kept per test: columns repeat their values, and a dict is faster than folding again."""


def read_row_condition(node: Node, problems: list[Problem]) -> Condition:
    """The condition that `node` writes; what is wrong goes to `problems`, and a stand-in takes its place."""
    if isinstance(node, Mapping) and not node.entries:
        problems.append(Problem(node.at, "the condition is empty", "write {COLUMN: test}"))
        return AllOf(())
    condition, found = read_condition(node, Catalogue.of_a_file())
    problems += found
    return AllOf(()) if condition is None else condition


def columns_of(condition: Condition) -> list[tuple[str, Position]]:
    """Every column that the condition asks for, each once, with its place in the map."""
    found: dict[str, Position] = {}
    for part in walk(condition):
        if isinstance(part, FieldTest):
            found.setdefault(part.field, part.at)
    return list(found.items())


def bind(condition: Condition, index_of: Callable[[str], int]) -> RowTest:
    """The condition as a function of a row's cells, once it is known where each column stands."""
    match condition:
        case FieldTest(field=column, test=test):
            return _remembering(_cell_test(test), index_of(column))
        case AllOf(parts=parts):
            return _every([bind(part, index_of) for part in parts])
        case AnyOf(parts=parts):
            return _some([bind(part, index_of) for part in parts])
        case NoneOf(parts=parts):
            return _opposite(_some([bind(part, index_of) for part in parts]))
        case Not(part=part):
            return _opposite(bind(part, index_of))
        case AtLeast(count=count, parts=parts):
            return _at_least(count, [bind(part, index_of) for part in parts])
    raise TypeError(f"{type(condition).__name__} cannot be asked of a file's rows")


def _every(tests: Sequence[RowTest]) -> RowTest:
    # plain loops: they run for every row of a file, and a generator costs twice as much
    def test(cells: Sequence[str]) -> bool:
        for each in tests:  # noqa: SIM110
            if not each(cells):
                return False
        return True

    return tests[0] if len(tests) == 1 else test


def _some(tests: Sequence[RowTest]) -> RowTest:
    def test(cells: Sequence[str]) -> bool:
        for each in tests:  # noqa: SIM110
            if each(cells):
                return True
        return False

    return tests[0] if len(tests) == 1 else test


def _opposite(test: RowTest) -> RowTest:
    return lambda cells: not test(cells)


def _at_least(count: int, tests: Sequence[RowTest]) -> RowTest:
    return lambda cells: sum(test(cells) for test in tests) >= count


def _remembering(holds: Callable[[str], bool], index: int) -> RowTest:
    remembered: dict[str, bool] = {}

    def test(cells: Sequence[str]) -> bool:
        text = cells[index]
        answer = remembered.get(text)
        if answer is None:
            if len(remembered) >= REMEMBERED:
                remembered.clear()
            answer = remembered[text] = holds(text)
        return answer

    return test


def _cell_test(test: object) -> Callable[[str], bool]:
    """A test of one cell as written; empty is missing, and a number is read as shops write it."""
    if isinstance(test, TextTest):
        return lambda cell: text_holds(test, cell)
    if isinstance(test, NumberTest):
        return lambda cell: number_holds(test, _number(cell))
    assert isinstance(test, KnownTest)
    return lambda cell: bool(fold(cell)) is test.wanted


def _number(cell: str) -> Fraction | None:
    number = read_decimal(cell)
    return None if number is None else Fraction(number)
