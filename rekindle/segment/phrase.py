"""A condition as one sentence for people, in English or Russian."""

from __future__ import annotations

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
    ListTest,
    NoneOf,
    Not,
    NumberOperator,
    NumberTest,
    Reachable,
    Sample,
    StatusTest,
    TextTest,
    Top,
)
from .english import ENGLISH
from .russian import RUSSIAN
from .tongue import Tongue
from .written import share_written

TONGUES = {"en": ENGLISH, "ru": RUSSIAN}


def phrase(condition: Condition, language: str = "en") -> str:
    """The sentence; `language` is en or ru (KeyError for others)."""
    tongue = TONGUES[language]
    return tongue.opening.format(_say(condition, tongue))


def _say(condition: Condition, tongue: Tongue) -> str:
    return _SPEAKERS[type(condition)](condition, tongue)


def _joined(parts: Iterable[Condition], joint: str, tongue: Tongue) -> str:
    return tongue.joints[joint].join(_grouped(part, tongue) for part in parts)


def _grouped(condition: Condition, tongue: Tongue) -> str:
    """A part of a larger sentence: in brackets where it has joints of its own."""
    said = _say(condition, tongue)
    return (
        tongue.joints["group"].format(said)
        if isinstance(condition, AllOf | AnyOf) and len(condition.parts) > 1
        else said
    )


def _several(parts: Iterable[Condition], tongue: Tongue) -> str:
    return tongue.joints["separator"].join(_say(part, tongue) for part in parts)


def _all(condition: AllOf, tongue: Tongue) -> str:
    return _joined(condition.parts, "all", tongue) if condition.parts else tongue.everyone


def _any(condition: AnyOf, tongue: Tongue) -> str:
    return _joined(condition.parts, "any", tongue) if condition.parts else tongue.nobody


def _none(condition: NoneOf, tongue: Tongue) -> str:
    return tongue.joints["none"].format(_several(condition.parts, tongue))


def _at_least(condition: AtLeast, tongue: Tongue) -> str:
    return tongue.joints["at_least"].format(condition.count, _several(condition.parts, tongue))


def _not(condition: Not, tongue: Tongue) -> str:
    if isinstance(condition.part, Behaviour):
        return _behave(condition.part, tongue, negated=True)
    return tongue.joints["not"].format(_say(condition.part, tongue))


def _segment(condition: InSegment, tongue: Tongue) -> str:
    return tongue.others["segment"].format(tongue.joints["or"].join(condition.names))


# --- tests ----------------------------------------------------------------------------------------------------------


def _field(condition: FieldTest, tongue: Tongue) -> str:
    name = tongue.fields.get(condition.field, condition.field)
    return _test(tongue.words["field"].format(name), condition.test, tongue)


def _test(name: str, test: Any, tongue: Tongue) -> str:
    match test:
        case KnownTest(wanted=wanted):
            return tongue.operators["known" if wanted else "unknown"].format(name)
        case FlagTest(wanted=wanted):
            return tongue.operators["true" if wanted else "false"].format(name)
        case TextTest() | ListTest():
            return tongue.operators[test.operator].format(name, _or(test.values, tongue))
        case ListCountTest(tests=tests):
            return tongue.joints["and"].join(_number(name, one, tongue) for one in tests)
        case NumberTest():
            return _number(name, test, tongue)
    return _date(name, test, tongue)


def _or(values: Iterable[str], tongue: Tongue) -> str:
    *first, last = values
    return f"{tongue.joints['list'].join(first)}{tongue.joints['or']}{last}" if first else last


def _bound(bound: Bound, tongue: Tongue) -> str:
    if not isinstance(bound, FieldBound):
        return f"{bound:f}"
    name = tongue.fields.get(bound.field, bound.field)
    return name if bound.times == 1 else tongue.words["times"].format(f"{bound.times:f}", name)


def _number(name: str, test: NumberTest, tongue: Tongue) -> str:
    bounds = [_bound(bound, tongue) for bound in test.bounds]
    if test.operator is NumberOperator.BETWEEN:
        return tongue.operators["between_numbers"].format(name, *bounds)
    return tongue.operators[test.operator].format(name, _or(bounds, tongue))


def _date(name: str, test: DateTest, tongue: Tongue) -> str:
    key, values = _time(test, tongue)
    return tongue.operators[key].format(name, *values)


def _time(test: DateTest, tongue: Tongue) -> tuple[str, tuple[str, ...]]:
    """The key of the words for a date test, and their values."""
    match test.operator:
        case DateOperator.BEFORE | DateOperator.SINCE:
            return test.operator, (tongue.when(test.whens[0]),)
        case DateOperator.ON:
            return test.operator, (_or(map(str, test.whens), tongue),)
        case DateOperator.BETWEEN:
            return test.operator, tuple(tongue.when(when) for when in test.whens)
        case DateOperator.IN:
            assert test.span is not None
            return "in_span", (tongue.span(test.span),)
        case DateOperator.MONTH:
            return test.operator, (_or([tongue.months[month - 1] for month in test.months], tongue),)
    assert test.duration is not None
    return test.operator, (tongue.duration(test.duration),)


# --- behaviours and the others --------------------------------------------------------------------------------------


def _behaviour(condition: Behaviour, tongue: Tongue) -> str:
    return _behave(condition, tongue, negated=False)


def _behave(condition: Behaviour, tongue: Tongue, *, negated: bool) -> str:
    words = [tongue.behaviours[condition.kind][negated]]
    if condition.activities:
        words.append(tongue.keys["activity"].format(_or(condition.activities, tongue)))
    words += [_count(test, tongue) for test in condition.counts if not _is_one(test)]
    words += [tongue.keys[key].format(*values) for key, values in (_time(test, tongue) for test in condition.times)]
    for key in ("product", "category", "status", "amount"):
        tests = {"product": condition.products, "category": condition.categories, "status": condition.statuses,
                 "amount": condition.amounts}[key]  # fmt: skip
        words += [_aside(key, test, tongue) for test in tests]
    if condition.campaigns:
        words.append(tongue.keys["campaign"].format(_or(condition.campaigns, tongue)))
    words += [_aside(one.aggregate, one.test, tongue) for one in condition.aggregates]
    words += [_aside("first", test, tongue) for test in condition.firsts]
    words += [_aside("last", test, tongue) for test in condition.lasts]
    asides = [tongue.keys["of"]] if condition.of_organisation else []
    asides += [tongue.keys["counting"]] if condition.machines_too else []
    return " ".join(words) + (f" ({', '.join(asides)})" if asides else "")


def _aside(key: str, test: Any, tongue: Tongue) -> str:
    return tongue.keys[key].format(_test(tongue.keys[f"noun_{key}"], test, tongue))


def _is_one(test: NumberTest) -> bool:
    return test.operator is NumberOperator.AT_LEAST and test.bounds == (Decimal(1),)


def _count(test: NumberTest, tongue: Tongue) -> str:
    return tongue.keys[test.operator].format(_times(int(test.bounds[0]), tongue))  # type: ignore[arg-type]


def _times(count: int, tongue: Tongue) -> str:
    return f"{count} {tongue.times[0] if count == 1 else tongue.times[1]}"


def _status(condition: StatusTest, tongue: Tongue) -> str:
    words = [
        tongue.others["status"].format(_or(condition.names, tongue)) if condition.names else tongue.others["status_any"]
    ]
    for key, duration in (("for_at_least", condition.for_at_least), ("entered", condition.entered)):
        words += [tongue.others[key].format(tongue.duration(duration))] if duration else []
    return " ".join(words)


def _ignored(condition: Ignored, tongue: Tongue) -> str:
    if condition.within is None:
        return tongue.others["ignored_last"].format(condition.last)
    return tongue.others["ignored_within"].format(tongue.duration(condition.within), condition.at_least)


def _reachable(condition: Reachable, tongue: Tongue) -> str:
    return tongue.others["reachable_topic" if condition.topic else "reachable"].format(condition.topic)


def _top(condition: Top, tongue: Tongue) -> str:
    words = tongue.others[f"top_{condition.by}"].format(share_written(condition.share))
    return f"{words} {_lately(condition.within, tongue)}".rstrip()


def _lately(duration: Any, tongue: Tongue) -> str:
    return tongue.keys["within"].format(tongue.duration(duration)) if duration else ""


def _sample(condition: Sample, tongue: Tongue) -> str:
    return tongue.others["sample"].format(share_written(condition.share), condition.salt)


def _imported(condition: Imported, tongue: Tongue) -> str:
    words = [tongue.others["imported"]]
    words += [tongue.others["source"].format(condition.source)] if condition.source else []
    return " ".join([*words, _lately(condition.within, tongue)]).rstrip()


_SPEAKERS: dict[type[Condition], Callable[[Any, Tongue], str]] = {
    AllOf: _all,
    AnyOf: _any,
    NoneOf: _none,
    AtLeast: _at_least,
    Not: _not,
    InSegment: _segment,
    Everyone: lambda _, tongue: tongue.everyone,
    FieldTest: _field,
    Behaviour: _behaviour,
    StatusTest: _status,
    Ignored: _ignored,
    Reachable: _reachable,
    Top: _top,
    Sample: _sample,
    Imported: _imported,
}
