"""Reading a behaviour: `bought: true`, `opened: {within: 90 days, at_least: 2}` (LANGUAGE 2.2)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..model.document import Mapping, Node, Scalar
from ..model.folding import fold
from ..model.problem import did_you_mean, nearest
from ..model.segment import (
    Aggregate,
    AggregateTest,
    Behaviour,
    BehaviourKind,
    Condition,
    Not,
    NumberOperator,
    NumberTest,
    TextTest,
)
from .catalogue import AGGREGATE_KEYS, COUNT_KEYS, ORDER_STATUSES, TIME_KEYS, WORDS_ELSEWHERE, FieldKind, behaviour_keys
from .date_grammar import read_date_operator
from .field_grammar import read_date_tests, read_number_tests, read_tests
from .values import Reading, place_of, read_mapping, read_scalar, read_texts, read_whole, shape

Parts = dict[str, tuple[Any, ...]]
ONCE = NumberTest(NumberOperator.AT_LEAST, (Decimal(1),))
"""The count that stands where none was written."""


def read_behaviour(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    """The condition of a behaviour or, for `not_BEHAVIOUR`, its complement."""
    negated = name.text.startswith("not_")
    kind = BehaviourKind(name.text.removeprefix("not_"))
    condition = _read_test(reading, kind, name, node)
    return Not(condition, at=name.at) if negated and condition is not None else condition


def _read_test(reading: Reading, kind: BehaviourKind, name: Scalar, node: Node) -> Condition | None:
    if isinstance(node, Mapping):
        return _read_mapping(reading, kind, name, node)
    flag = node.flag if isinstance(node, Scalar) else None
    if flag is None:
        hint = "write true, false, or a mapping such as {within: 90 days, at_least: 2}"
        reading.wrong(node.at, f"expected what to count, found {shape(node)}", hint)
        return None
    if kind is BehaviourKind.DID:
        _lacks_activity(reading, name)
        return None
    ever = Behaviour(kind, counts=(ONCE,), at=name.at)
    return ever if flag else Not(ever, at=name.at)


def _lacks_activity(reading: Reading, name: Scalar) -> None:
    reading.wrong(name.at, "'did' needs the kind of activity", "write did: {activity: visit}")


def _read_mapping(reading: Reading, kind: BehaviourKind, name: Scalar, node: Mapping) -> Condition | None:
    if read_mapping(reading, node, "what to count") is None:
        return None
    allowed = behaviour_keys(kind)
    parts: Parts = {}
    before = len(reading.problems)
    for key, value in node:
        if key.text in allowed:
            _READERS[key.text](reading, key, value, parts)
        else:
            _refuse_key(reading, kind, key, allowed)
    if kind is BehaviourKind.DID and node.get("activity") is None:
        _lacks_activity(reading, name)
    if len(reading.problems) > before:
        return None
    totalled = any(test.aggregate is Aggregate.TOTAL for test in parts.get("aggregates", ()))
    if not parts.get("counts") and not totalled:
        parts["counts"] = (ONCE,)
    flags = {key: True for key in ("of_organisation", "machines_too") if parts.pop(key, ())}
    return Behaviour(kind, **parts, **flags, at=name.at)  # type: ignore[arg-type]


def _refuse_key(reading: Reading, kind: BehaviourKind, key: Scalar, allowed: tuple[str, ...]) -> None:
    others = [str(other) for other in BehaviourKind if key.text in behaviour_keys(other)]
    ours = WORDS_ELSEWHERE.get(key.text, "")
    hint = f"only {', '.join(others)} take it" if others else nearest(key.text, allowed)
    hint = f"did you mean '{ours}'?" if ours in allowed else hint
    reading.wrong(key.at, f"'{kind}' has no key '{key.text}'", hint or f"known: {', '.join(sorted(allowed))}")


def _add(parts: Parts, name: str, *values: Any) -> None:
    parts[name] = (*parts.get(name, ()), *values)


def _time(reading: Reading, key: Scalar, node: Node, parts: Parts) -> None:
    test = read_date_operator(reading, key, node)
    if test is not None:
        _add(parts, "times", test)


def _count(reading: Reading, key: Scalar, node: Node, parts: Parts) -> None:
    count = read_whole(reading, node)
    if count is not None:
        operator = NumberOperator.IS if key.text == "exactly" else NumberOperator(key.text)
        _add(parts, "counts", NumberTest(operator, (Decimal(count),), at=key.at))


def _aggregate(reading: Reading, key: Scalar, node: Node, parts: Parts) -> None:
    tests = read_number_tests(reading, node)
    for test in tests or ():
        _add(parts, "aggregates", AggregateTest(Aggregate(key.text), test, at=key.at))


def _amount(reading: Reading, _key: Scalar, node: Node, parts: Parts) -> None:
    _add(parts, "amounts", *(read_number_tests(reading, node) or ()))


def _named(target: str) -> Callable[[Reading, Scalar, Node, Parts], None]:
    def read(reading: Reading, _key: Scalar, node: Node, parts: Parts) -> None:
        _add(parts, target, *(read_tests(reading, node, FieldKind.TEXT) or ()))

    return read


def _status(reading: Reading, _key: Scalar, node: Node, parts: Parts) -> None:
    tests = read_tests(reading, node, FieldKind.TEXT) or ()
    for test in tests:
        for value in (
            test.values if isinstance(test, TextTest) and test.operator in ("is", "in", "is_not", "not_in") else ()
        ):
            if fold(value) not in ORDER_STATUSES:
                at = test.at if isinstance(node, Mapping) else place_of(node, value)
                reading.wrong(at, f"an order's status is never '{value}'", did_you_mean(value, ORDER_STATUSES))
    _add(parts, "statuses", *tests)


def _moments(target: str) -> Callable[[Reading, Scalar, Node, Parts], None]:
    def read(reading: Reading, _key: Scalar, node: Node, parts: Parts) -> None:
        _add(parts, target, *(read_date_tests(reading, node) or ()))

    return read


def _of(reading: Reading, _key: Scalar, node: Node, parts: Parts) -> None:
    _word(reading, node, "organisation", parts, "of_organisation")


def _counting(reading: Reading, _key: Scalar, node: Node, parts: Parts) -> None:
    _word(reading, node, "all", parts, "machines_too")


def _word(reading: Reading, node: Node, word: str, parts: Parts, target: str) -> None:
    scalar = read_scalar(reading, node, f"the word {word}")
    if scalar is not None and scalar.text != word:
        reading.wrong(scalar.at, f"expected the word {word}, found {shape(scalar)}", did_you_mean(scalar.text, [word]))
    elif scalar is not None:
        _add(parts, target, True)


def _texts(target: str) -> Callable[[Reading, Scalar, Node, Parts], None]:
    def read(reading: Reading, _key: Scalar, node: Node, parts: Parts) -> None:
        _add(parts, target, *(read_texts(reading, node) or ()))

    return read


_READERS: dict[str, Callable[[Reading, Scalar, Node, Parts], None]] = {
    **dict.fromkeys(TIME_KEYS, _time),
    **dict.fromkeys(COUNT_KEYS, _count),
    **dict.fromkeys(AGGREGATE_KEYS, _aggregate),
    "first": _moments("firsts"),
    "last": _moments("lasts"),
    "product": _named("products"),
    "category": _named("categories"),
    "amount": _amount,
    "status": _status,
    "of": _of,
    "activity": _texts("activities"),
    "campaign": _texts("campaigns"),
    "counting": _counting,
}
