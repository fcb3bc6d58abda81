"""A condition written back as a marketer writes it, on one line: for explanations, comparisons and messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from ..model.segment import (
    AllOf,
    AnyOf,
    AtLeast,
    Behaviour,
    Bound,
    Condition,
    DateOperator,
    DateTest,
    Everyone,
    FieldBound,
    FieldTest,
    FlagTest,
    Ignored,
    Imported,
    InSegment,
    KnownTest,
    ListCountTest,
    ListOperator,
    ListTest,
    NoneOf,
    Not,
    NumberOperator,
    NumberTest,
    Reachable,
    Sample,
    StatusTest,
    TextOperator,
    TextTest,
    Top,
)

_PLAIN = re.compile(r"[\w][\w .+-]*\Z")
_SHORTHAND = {TextOperator.IS, NumberOperator.IS, ListOperator.HAS}


def written(condition: Condition) -> str:
    """One line of YAML that reads back as the same condition."""
    return _WRITERS[type(condition)](condition)


def label(condition: Condition) -> str:
    """A node of a tree of truth: the whole condition for a leaf, only the word that joins for what has parts below."""
    match condition:
        case AtLeast(count=count, parts=parts):
            return f"at least {count} of {len(parts)}"
        case AllOf():
            return "all"
        case AnyOf():
            return "any"
        case NoneOf():
            return "none"
        case Not():
            return "not"
    return written(condition)


def text(value: str) -> str:
    """A text, quoted where YAML would not take it as it is."""
    if _PLAIN.match(value) and value.strip() == value and value not in ("true", "false", "null", "True", "False"):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def texts(values: Iterable[str]) -> str:
    """A list of texts."""
    return f"[{', '.join(text(value) for value in values)}]"


def _list(parts: Iterable[Condition]) -> str:
    return f"[{', '.join('{' + written(part) + '}' for part in parts)}]"


def _mapping(entries: Iterable[tuple[str, object]]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in entries if value not in ("", None)) + "}"


# --- tests ----------------------------------------------------------------------------------------------------------


def test_written(test: object) -> str:
    """What stands after a field's name."""
    match test:
        case KnownTest(wanted=wanted):
            return f"{{known: {_flag(wanted)}}}"
        case FlagTest(wanted=wanted):
            return _flag(wanted)
        case ListCountTest(tests=tests):
            return f"{{count: {numbers_written(tests)}}}"
        case TextTest() | ListTest() | NumberTest() | DateTest():
            operator, value = operation(test)
            short = test.operator in _SHORTHAND and not value.startswith("{")
            return value if short else f"{{{operator}: {value}}}"
    raise TypeError(f"{type(test).__name__} is not a test")


def operation(test: TextTest | ListTest | NumberTest | DateTest) -> tuple[str, str]:
    """The operator and its value."""
    match test:
        case NumberTest():
            return test.operator, _number_value(test)
        case DateTest():
            return test.operator, _date_value(test)
    many = test.operator in (TextOperator.IN, TextOperator.NOT_IN) or (
        isinstance(test, ListTest) and test.operator is not ListOperator.HAS
    )
    return test.operator, texts(test.values) if many else text(test.values[0])


def numbers_written(tests: Iterable[NumberTest]) -> str:
    """Number tests of one value, together."""
    pairs = [operation(test) for test in tests]
    short = len(pairs) == 1 and pairs[0][0] == NumberOperator.IS and not pairs[0][1].startswith("{")
    return pairs[0][1] if short else _mapping(pairs)


def _number_value(test: NumberTest) -> str:
    bounds = [bound_written(bound) for bound in test.bounds]
    many = test.operator in (NumberOperator.IN, NumberOperator.NOT_IN, NumberOperator.BETWEEN)
    return f"[{', '.join(bounds)}]" if many else bounds[0]


def bound_written(bound: Bound) -> str:
    """A number, or the field that stands for one."""
    if not isinstance(bound, FieldBound):
        return f"{bound:f}"
    return _mapping([("field", bound.field), ("times", f"{bound.times:f}" if bound.times != 1 else "")])


def _date_value(test: DateTest) -> str:
    match test.operator:
        case DateOperator.ON if len(test.whens) > 1:
            return f"[{', '.join(map(str, test.whens))}]"
        case DateOperator.ON | DateOperator.BEFORE | DateOperator.SINCE:
            return str(test.whens[0])
        case DateOperator.BETWEEN:
            return f"[{test.whens[0]}, {test.whens[1]}]"
        case DateOperator.IN:
            return str(test.span)
        case DateOperator.MONTH:
            return f"[{', '.join(map(str, test.months))}]"
        case DateOperator.ANNIVERSARY:
            return f"{{in_next: {test.duration}}}"
    return str(test.duration)


def _flag(flag: bool) -> str:
    return "true" if flag else "false"


# --- conditions -----------------------------------------------------------------------------------------------------


def _field(condition: FieldTest) -> str:
    if isinstance(condition.test, DateTest) and condition.test.operator is DateOperator.ON:
        return f"{condition.field}: {_date_value(condition.test)}"
    return f"{condition.field}: {test_written(condition.test)}"


def _not(condition: Not) -> str:
    if isinstance(condition.part, Behaviour):
        return f"not_{written(condition.part)}"
    return f"not: {{{written(condition.part)}}}"


def _segment(condition: InSegment) -> str:
    return f"segment: {condition.names[0] if len(condition.names) == 1 else texts(condition.names)}"


def _behaviour(condition: Behaviour) -> str:
    entries = behaviour_entries(condition)
    return f"{condition.kind}: {_mapping(entries) if entries else 'true'}"


def behaviour_entries(condition: Behaviour) -> list[tuple[str, str]]:
    """What stands under a behaviour, key by key; the count that goes without saying is left out."""
    entries = [operation(test) for test in condition.times]
    if condition.activities:
        entries.append(("activity", _one_or_more(condition.activities)))
    for key, tests in (
        ("product", condition.products),
        ("category", condition.categories),
        ("status", condition.statuses),
    ):
        entries += [(key, _named_tests(tests))] if tests else []
    if condition.amounts:
        entries.append(("amount", numbers_written(condition.amounts)))
    if condition.campaigns:
        entries.append(("campaign", _one_or_more(condition.campaigns)))
    entries += [("of", "organisation")] if condition.of_organisation else []
    entries += [("counting", "all")] if condition.machines_too else []
    if not _goes_without_saying(condition.counts):
        entries += [("exactly" if test.operator is NumberOperator.IS else test.operator, _number_value(test))
                    for test in condition.counts]  # fmt: skip
    for aggregate in dict.fromkeys(one.aggregate for one in condition.aggregates):
        amounts = [one.test for one in condition.aggregates if one.aggregate is aggregate]
        entries.append((aggregate, numbers_written(amounts)))
    for key, dates in (("first", condition.firsts), ("last", condition.lasts)):
        entries += [(key, _dates(dates))] if dates else []
    return entries


def _dates(tests: tuple[DateTest, ...]) -> str:
    """Several days are said without a word: `on` takes one."""
    several = len(tests) == 1 and len(tests[0].whens) > 1 and tests[0].operator is DateOperator.ON
    return _date_value(tests[0]) if several else _mapping(operation(test) for test in tests)


def _named_tests(tests: tuple[TextTest | KnownTest, ...]) -> str:
    if len(tests) == 1:
        return test_written(tests[0])
    return _mapping(("known", _flag(t.wanted)) if isinstance(t, KnownTest) else operation(t) for t in tests)


def _goes_without_saying(counts: tuple[NumberTest, ...]) -> bool:
    return len(counts) == 1 and counts[0].operator is NumberOperator.AT_LEAST and counts[0].bounds == (Decimal(1),)


def _one_or_more(values: tuple[str, ...]) -> str:
    return text(values[0]) if len(values) == 1 else texts(values)


def _status(condition: StatusTest) -> str:
    durations = [("for_at_least", condition.for_at_least), ("entered", condition.entered)]
    if not any(duration for _, duration in durations):
        named = _one_or_more(condition.names) if condition.names else "{known: true}"
        return f"{condition.ladder}: {named}"
    return f"{condition.ladder}: {_mapping([('in', texts(condition.names) if condition.names else ''), *durations])}"


def _ignored(condition: Ignored) -> str:
    if condition.last is not None:
        return f"ignored: {{last: {condition.last}}}"
    return f"ignored: {{within: {condition.within}, at_least: {condition.at_least}}}"


def _top(condition: Top) -> str:
    entries = [("share", share_written(condition.share)), ("by", condition.by), ("within", condition.within)]
    return f"top: {_mapping(entries)}"


def share_written(share: Decimal) -> str:
    """A share as a percentage."""
    percent = f"{share * 100:f}"
    return (percent.rstrip("0").rstrip(".") if "." in percent else percent) + "%"


def _imported(condition: Imported) -> str:
    source = text(condition.source) if condition.source else ""
    return f"imported: {_mapping([('source', source), ('within', condition.within)])}"


_WRITERS: dict[type[Condition], Callable[[Any], str]] = {
    AllOf: lambda one: f"all: {_list(one.parts)}",
    AnyOf: lambda one: f"any: {_list(one.parts)}",
    NoneOf: lambda one: f"none: {_list(one.parts)}",
    AtLeast: lambda one: f"at_least: {{count: {one.count}, of: {_list(one.parts)}}}",
    Not: _not,
    InSegment: _segment,
    Everyone: lambda _: "everyone: true",
    FieldTest: _field,
    Behaviour: _behaviour,
    StatusTest: _status,
    Ignored: _ignored,
    Reachable: lambda one: f"reachable: {{topic: {text(one.topic)}}}" if one.topic else "reachable: true",
    Top: _top,
    Sample: lambda one: f"sample: {{share: {share_written(one.share)}, salt: {text(one.salt)}}}",
    Imported: _imported,
}
