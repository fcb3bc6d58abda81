"""Reading the test of a field: a value, a list of values, or a mapping of operators (LANGUAGE 2.1)."""

from __future__ import annotations

from collections.abc import Callable

from ..model.contact import TEXT_FIELDS
from ..model.document import Mapping, Node, Scalar, Sequence
from ..model.folding import fold
from ..model.problem import did_you_mean
from ..model.segment import (
    AllOf,
    Bound,
    Condition,
    DateTest,
    FieldBound,
    FieldTest,
    FlagTest,
    KnownTest,
    ListCountTest,
    ListOperator,
    ListTest,
    NumberOperator,
    NumberTest,
    Test,
    TextOperator,
    TextTest,
)
from .catalogue import CLOSED_VALUES, NUMBER_OPERATORS, OPERATORS, WORDS_ELSEWHERE, FieldKind
from .date_grammar import read_date_operator, read_plain_date
from .values import (
    Reading,
    place_of,
    read_flag,
    read_mapping,
    read_number,
    read_some,
    read_text,
    read_texts,
    shape,
)

_MANY = ("in", "not_in")


def read_field(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    """The condition that `name` (a field of the catalogue) passes what `node` asks."""
    kind = reading.catalogue.kind_of(name.text)
    assert kind is not None
    tests = read_tests(reading, node, kind)
    if tests is None:
        return None
    for test in tests if kind is FieldKind.TEXT else ():
        _check_closed(reading, name.text, test, node)
    leaves = tuple(FieldTest(name.text, test, at=name.at) for test in tests)
    return leaves[0] if len(leaves) == 1 else AllOf(leaves, at=name.at)


def _check_closed(reading: Reading, field: str, test: Test, node: Node) -> None:
    known = CLOSED_VALUES.get(field) if field in TEXT_FIELDS else None
    exact = (TextOperator.IS, TextOperator.IS_NOT, TextOperator.IN, TextOperator.NOT_IN)
    if known is None or not isinstance(test, TextTest) or test.operator not in exact:
        return
    for value in test.values:
        if fold(value) not in known:
            at = test.at if isinstance(node, Mapping) else place_of(node, value)
            reading.wrong(at, f"{field} is never '{value}'", did_you_mean(value, known))


def read_tests(reading: Reading, node: Node, kind: FieldKind) -> tuple[Test, ...] | None:
    """All tests that `node` makes of a value of `kind`; None where something is wrong (noted)."""
    if not isinstance(node, Mapping):
        test = _DEFAULTS[kind](reading, node)
        return None if test is None else (test,)
    if read_mapping(reading, node, "an operator and a value") is None:
        return None
    tests = [_read_operator(reading, operator, value, kind) for operator, value in node]
    return None if any(test is None for test in tests) else tuple(test for test in tests if test is not None)


def _read_operator(reading: Reading, operator: Scalar, node: Node, kind: FieldKind) -> Test | None:
    if operator.text not in OPERATORS[kind]:
        what = "column" if kind is FieldKind.COLUMN else f"{kind} field"
        reading.wrong(operator.at, f"a {what} has no operator '{operator.text}'", _operator_hint(kind, operator.text))
        return None
    if operator.text == "known":
        wanted = read_flag(reading, node)
        return None if wanted is None else KnownTest(wanted, at=operator.at)
    return _OPERATOR_READERS[kind](reading, operator, node)


def _operator_hint(kind: FieldKind, word: str) -> str:
    if kind is FieldKind.FLAG and word != "known":
        return "write true or false in place of the mapping, or known: true"
    ours = WORDS_ELSEWHERE.get(word, "")
    return f"did you mean '{ours}'?" if ours in OPERATORS[kind] else did_you_mean(word, OPERATORS[kind])


# --- text -----------------------------------------------------------------------------------------------------------


def _text_default(reading: Reading, node: Node) -> Test | None:
    values = read_texts(reading, node)
    if values is None:
        return None
    return TextTest(TextOperator.IN if isinstance(node, Sequence) else TextOperator.IS, values, at=node.at)


def _text_operator(reading: Reading, operator: Scalar, node: Node) -> Test | None:
    if operator.text in _MANY:
        values = read_texts(reading, node)
    else:
        one = read_text(reading, node)
        values = None if one is None else (one,)
    return None if values is None else TextTest(TextOperator(operator.text), values, at=operator.at)


# --- number ---------------------------------------------------------------------------------------------------------


def _number_default(reading: Reading, node: Node) -> Test | None:
    bounds = read_some(reading, node, read_number, "a number or a list of numbers")
    if bounds is None:
        return None
    return NumberTest(NumberOperator.IN if isinstance(node, Sequence) else NumberOperator.IS, bounds, at=node.at)


def read_number_operator(reading: Reading, operator: Scalar, node: Node) -> NumberTest | None:
    """One number operator and its bounds."""
    bounds = _bounds(reading, operator.text, node)
    return None if bounds is None else NumberTest(NumberOperator(operator.text), bounds, at=operator.at)


def read_number_tests(reading: Reading, node: Node) -> tuple[NumberTest, ...] | None:
    """`{number operators}`; a plain number is equals, a list one of."""
    tests = read_tests(reading, node, FieldKind.NUMBER)
    if tests is None:
        return None
    for test in tests:
        if isinstance(test, KnownTest):
            reading.wrong(test.at, "'known' cannot be asked of an amount", did_you_mean("known", NUMBER_OPERATORS))
            return None
    return tuple(test for test in tests if isinstance(test, NumberTest))


def _bounds(reading: Reading, operator: str, node: Node) -> tuple[Bound, ...] | None:
    if operator in _MANY:
        return read_some(reading, node, _bound, "a number or a list of numbers")
    if operator != "between":
        bound = _bound(reading, node)
        return None if bound is None else (bound,)
    if not isinstance(node, Sequence) or len(node.items) != 2:
        reading.wrong(node.at, f"expected two numbers, found {shape(node)}", "write it like between: [100, 500]")
        return None
    bounds: tuple[Bound, ...] | None = read_some(reading, node, _bound, "two numbers")
    if bounds and isinstance(bounds[0], type(bounds[1])) and _backwards(bounds):
        reading.wrong(node.at, f"the range {bounds[0]} to {bounds[1]} is empty", "the smaller number comes first")
    return bounds


def _backwards(bounds: tuple[Bound, ...]) -> bool:
    low, high = bounds
    return not isinstance(low, FieldBound) and not isinstance(high, FieldBound) and low > high


def _bound(reading: Reading, node: Node) -> Bound | None:
    if not isinstance(node, Mapping):
        return read_number(reading, node)
    field, times = node.get("field"), node.get("times")
    for key, _ in node:
        if key.text not in ("field", "times"):
            reading.unknown("key", key, ("field", "times"))
            return None
    name = read_text(reading, field, "the name of a number field") if field is not None else None
    if name is None:
        if field is None:
            reading.wrong(node.at, "expected a number or {field: NAME, times: N}, found no field")
        return None
    numbers = [word for word, kind in reading.catalogue.fields.items() if kind is FieldKind.NUMBER]
    if name not in numbers:
        reading.wrong(node.at, f"'{name}' is not a number field", did_you_mean(name, numbers))
        return None
    factor = read_number(reading, times) if times is not None else None
    return None if times is not None and factor is None else FieldBound(name, *([factor] if factor is not None else []))


def read_date_tests(reading: Reading, node: Node) -> tuple[DateTest, ...] | None:
    """`{date operators}`; a plain date is `on`."""
    tests = read_tests(reading, node, FieldKind.DATE)
    if tests is None:
        return None
    for test in tests:
        if isinstance(test, KnownTest):
            reading.wrong(
                test.at, "'known' cannot be asked here", "leave it out, or write the behaviour with true or false"
            )
            return None
    return tuple(test for test in tests if isinstance(test, DateTest))


# --- flag, list, column ---------------------------------------------------------------------------------------------


def _flag_default(reading: Reading, node: Node) -> Test | None:
    wanted = read_flag(reading, node)
    return None if wanted is None else FlagTest(wanted, at=node.at)


def _flag_operator(reading: Reading, _operator: Scalar, node: Node) -> Test | None:
    return _flag_default(reading, node)


def _list_default(reading: Reading, node: Node) -> Test | None:
    values = read_texts(reading, node)
    if values is None:
        return None
    return ListTest(ListOperator.HAS_ANY if isinstance(node, Sequence) else ListOperator.HAS, values, at=node.at)


def _list_operator(reading: Reading, operator: Scalar, node: Node) -> Test | None:
    if operator.text == "count":
        return _list_count(reading, operator, node)
    values: tuple[str, ...] | None
    if operator.text == "has":
        one = read_text(reading, node)
        values = None if one is None else (one,)
    else:
        values = read_texts(reading, node)
    return None if values is None else ListTest(ListOperator(operator.text), values, at=operator.at)


def _list_count(reading: Reading, operator: Scalar, node: Node) -> Test | None:
    tests = read_number_tests(reading, node)
    if tests is None:
        return None
    return ListCountTest(tests, at=operator.at)


def _column_operator(reading: Reading, operator: Scalar, node: Node) -> Test | None:
    if operator.text in OPERATORS[FieldKind.TEXT]:
        return _text_operator(reading, operator, node)
    return read_number_operator(reading, operator, node)


_DEFAULTS: dict[FieldKind, Callable[[Reading, Node], Test | None]] = {
    FieldKind.TEXT: _text_default,
    FieldKind.COLUMN: _text_default,
    FieldKind.NUMBER: _number_default,
    FieldKind.DATE: read_plain_date,
    FieldKind.FLAG: _flag_default,
    FieldKind.LIST: _list_default,
}

_OPERATOR_READERS: dict[FieldKind, Callable[[Reading, Scalar, Node], Test | None]] = {
    FieldKind.TEXT: _text_operator,
    FieldKind.COLUMN: _column_operator,
    FieldKind.NUMBER: read_number_operator,
    FieldKind.DATE: read_date_operator,
    FieldKind.FLAG: _flag_operator,
    FieldKind.LIST: _list_operator,
}
