"""The conditions of a map's `rules:` and `refuse:`: tests as in a segment, over the file's own columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Sequence as Several
from dataclasses import dataclass
from decimal import Decimal

from ..model.document import Node, Scalar, Sequence
from ..model.folding import fold
from ..model.problem import Position, Problem, did_you_mean
from .numbers import read_decimal

TextTest = Callable[[str], bool]
RowTest = Callable[[Several[str]], bool]

REMEMBERED = 50_000
"""Answers kept per test: columns repeat their values, and a dict is faster than folding again."""


@dataclass(frozen=True, slots=True)
class ColumnTest:
    """One test on one column of theirs."""

    column: str
    holds: TextTest
    at: Position


@dataclass(frozen=True, slots=True)
class Combined:
    """Several conditions: `word` is all, any or none."""

    word: str
    of: tuple[RowCondition, ...]


RowCondition = ColumnTest | Combined


def columns_of(condition: RowCondition) -> list[tuple[str, Position]]:
    """Every column that the condition asks for, with its place in the map."""
    if isinstance(condition, ColumnTest):
        return [(condition.column, condition.at)]
    return [found for below in condition.of for found in columns_of(below)]


def bind(condition: RowCondition, index_of: Callable[[str], int]) -> RowTest:
    """The condition as a function of a row's cells, once it is known where each column stands."""
    if isinstance(condition, ColumnTest):
        return _bound(condition.holds, index_of(condition.column))
    tests = [bind(below, index_of) for below in condition.of]
    if condition.word == "all":
        return tests[0] if len(tests) == 1 else _every(tests)
    found = _some(tests)
    return found if condition.word == "any" else lambda cells: not found(cells)


def _every(tests: Several[RowTest]) -> RowTest:
    # plain loops: they run for every row of a file, and a generator costs twice as much
    def test(cells: Several[str]) -> bool:
        for each in tests:  # noqa: SIM110
            if not each(cells):
                return False
        return True

    return test


def _some(tests: Several[RowTest]) -> RowTest:
    def test(cells: Several[str]) -> bool:
        for each in tests:  # noqa: SIM110
            if each(cells):
                return True
        return False

    return test


def _bound(holds: TextTest, index: int) -> RowTest:
    remembered: dict[str, bool] = {}

    def test(cells: Several[str]) -> bool:
        text = cells[index]
        answer = remembered.get(text)
        if answer is None:
            if len(remembered) >= REMEMBERED:
                remembered.clear()
            answer = remembered[text] = holds(text)
        return answer

    return test


def read_row_condition(node: Node, problems: list[Problem]) -> RowCondition:
    """The condition that `node` writes; what is wrong goes to `problems`, and a stand-in takes its place."""
    if isinstance(node, Sequence):
        return Combined("all", tuple(read_row_condition(item, problems) for item in node))
    if isinstance(node, Scalar):
        problems.append(Problem(node.at, "a condition over columns is expected", "write {COLUMN: test}"))
        return Combined("all", ())
    if not node.entries:
        problems.append(Problem(node.at, "the condition is empty", "write {COLUMN: test}"))
    return Combined("all", tuple(_entry(key, below, problems) for key, below in node))


def _entry(key: Scalar, node: Node, problems: list[Problem]) -> RowCondition:
    if key.text in ("all", "any", "none") and isinstance(node, Sequence):
        return Combined(key.text, tuple(read_row_condition(item, problems) for item in node))
    if key.text == "not":
        return Combined("none", (read_row_condition(node, problems),))
    return ColumnTest(key.text, _column_test(node, problems), key.at)


def _column_test(node: Node, problems: list[Problem]) -> TextTest:
    if isinstance(node, Scalar):
        return _one_of([_text(node, problems)])
    if isinstance(node, Sequence):
        return _one_of(_texts(node, problems))
    tests = [_operator(key, below, problems) for key, below in node]
    return tests[0] if len(tests) == 1 else lambda text: all(test(text) for test in tests)


def _operator(key: Scalar, node: Node, problems: list[Problem]) -> TextTest:
    name = key.text
    if name == "known":
        return _known(node, problems)
    if name in ("in", "not_in"):
        return _complement_if(name == "not_in", _one_of(_texts(node, problems)))
    if name == "between":
        return _between(node, problems)
    if name in _TEXT_OPERATORS:
        wanted = _text(node, problems)
        base = name.removeprefix("not_") if name.startswith("not_") else name.removesuffix("_not")
        return _complement_if(base != name, _TEXT_OPERATORS[name](wanted))
    if name in _NUMBER_OPERATORS:
        return _compared(_NUMBER_OPERATORS[name], _number(node, problems))
    known = ["known", "in", "not_in", "between", *_TEXT_OPERATORS, *_NUMBER_OPERATORS]
    problems.append(Problem(key.at, f"unknown operator '{name}'", did_you_mean(name, known)))
    return _never


def _never(_text: str) -> bool:
    return False


def _complement_if(turned: bool, test: TextTest) -> TextTest:
    return (lambda text: not test(text)) if turned else test


def _one_of(wanted: list[str]) -> TextTest:
    words = frozenset(wanted)
    return lambda text: fold(text) in words


def _pattern(wanted: str) -> TextTest:
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in wanted)
    matches = re.compile("".join(parts), re.DOTALL).fullmatch
    return lambda text: matches(fold(text)) is not None and bool(fold(text))


def _compared(compare: Callable[[Decimal, Decimal], bool], bound: Decimal) -> TextTest:
    def test(text: str) -> bool:
        number = read_decimal(text)
        return number is not None and compare(number, bound)

    return test


def _between(node: Node, problems: list[Problem]) -> TextTest:
    if not isinstance(node, Sequence) or len(node.items) != 2:
        problems.append(Problem(node.at, "'between' takes two numbers", "write between: [1, 10]"))
        return _never
    low, high = (_number(item, problems) for item in node)
    return _compared(lambda number, _: low <= number <= high, low)


def _known(node: Node, problems: list[Problem]) -> TextTest:
    flag = node.flag if isinstance(node, Scalar) else None
    if flag is None:
        problems.append(Problem(node.at, "'known' takes true or false"))
    return lambda text: bool(fold(text)) is flag


def _texts(node: Node, problems: list[Problem]) -> list[str]:
    items = node.items if isinstance(node, Sequence) else (node,)
    return [_text(item, problems) for item in items]


def _text(node: Node, problems: list[Problem]) -> str:
    if not isinstance(node, Scalar):
        problems.append(Problem(node.at, "one text is expected"))
        return ""
    wanted = fold(node.text)
    if not wanted:
        problems.append(Problem(node.at, "an empty text tests nothing", "use known: false"))
    return wanted


def _number(node: Node, problems: list[Problem]) -> Decimal:
    number = read_decimal(node.text) if isinstance(node, Scalar) else None
    if number is None:
        problems.append(Problem(node.at, "a number is expected"))
    return Decimal(0) if number is None else number


_TEXT_OPERATORS: dict[str, Callable[[str], TextTest]] = {
    "is": lambda wanted: lambda text: fold(text) == wanted,
    "is_not": lambda wanted: lambda text: fold(text) == wanted,
    "contains": lambda wanted: lambda text: wanted in fold(text),
    "not_contains": lambda wanted: lambda text: wanted in fold(text),
    "starts_with": lambda wanted: lambda text: fold(text).startswith(wanted),
    "ends_with": lambda wanted: lambda text: fold(text).endswith(wanted),
    "matches": _pattern,
}
_NUMBER_OPERATORS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "more_than": lambda number, bound: number > bound,
    "at_least": lambda number, bound: number >= bound,
    "less_than": lambda number, bound: number < bound,
    "at_most": lambda number, bound: number <= bound,
}
