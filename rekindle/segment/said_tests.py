"""One value under one test said in words: the clauses about fields, and what is asked of amounts, items and times."""

from __future__ import annotations

from typing import Any

from ..model.duration import Duration
from ..model.segment import (
    Bound,
    DateOperator,
    DateTest,
    FieldBound,
    FieldTest,
    FlagTest,
    KnownTest,
    ListCountTest,
    ListTest,
    NumberOperator,
    NumberTest,
    TextTest,
)
from .tongue import Tongue


def field_said(condition: FieldTest, tongue: Tongue) -> str:
    """The clause for a field of the contact."""
    name, test = tongue.fields.get(condition.field, condition.field), condition.test
    subject = tongue.words["field"].format(name)
    if isinstance(test, KnownTest) and condition.field in tongue.presence:
        return tongue.presence[condition.field][not test.wanted]
    if isinstance(test, DateTest):
        return _date(tongue.dates.get(condition.field, tongue.words["date"].format(subject)), test, tongue)
    if isinstance(test, ListTest | ListCountTest):
        items, number = tongue.lists.get(condition.field, tongue.lists[""])
        subject = tongue.words["field"].format((items if isinstance(test, ListTest) else number).format(name))
    return test_said(subject, test, tongue)


def test_said(name: str, test: Any, tongue: Tongue) -> str:
    """What `name`, a value with the words before it, is asked."""
    match test:
        case KnownTest(wanted=wanted):
            return tongue.operators["known" if wanted else "unknown"].format(name)
        case FlagTest(wanted=wanted):
            return tongue.operators["true" if wanted else "false"].format(name)
        case TextTest() | ListTest():
            values = [tongue.value(value) for value in test.values]
            return tongue.operators[test.operator].format(name, tongue.listed(values, _joint(test.operator)))
        case ListCountTest(tests=tests):
            return tongue.joints["and"].join(_number(name, one, tongue) for one in tests)
        case NumberTest():
            return _number(name, test, tongue)
    return _date(name, test, tongue)


def _joint(operator: str) -> str:
    """What joins several values: none of them, all of them, any of them."""
    return {"not_in": "nor", "has_all": "and", "has_none": "none_of"}.get(operator, "or")


def _bound(bound: Bound, tongue: Tongue) -> str:
    if not isinstance(bound, FieldBound):
        return tongue.number(bound)
    name = tongue.fields.get(bound.field, bound.field)
    return name if bound.times == 1 else tongue.words["times"].format(tongue.number(bound.times), name)


def _number(name: str, test: NumberTest, tongue: Tongue) -> str:
    bounds = [_bound(bound, tongue) for bound in test.bounds]
    if test.operator is NumberOperator.BETWEEN:
        return tongue.operators["between_numbers"].format(name, *bounds)
    return tongue.operators[test.operator].format(name, tongue.listed(bounds, _joint(test.operator)))


def _date(name: str, test: DateTest, tongue: Tongue) -> str:
    key, values = time_said(test, tongue)
    return tongue.operators[key].format(name, *values)


def time_said(test: DateTest, tongue: Tongue) -> tuple[str, tuple[str, ...]]:
    """The key of the words for a date test, and their values."""
    match test.operator:
        case DateOperator.BEFORE | DateOperator.SINCE:
            return test.operator, (tongue.when(test.whens[0]),)
        case DateOperator.ON:
            return test.operator, (tongue.listed(map(str, test.whens)),)
        case DateOperator.BETWEEN:
            return test.operator, tuple(tongue.when(when) for when in test.whens)
        case DateOperator.IN:
            assert test.span is not None
            return "in_span", (tongue.span(test.span),)
        case DateOperator.MONTH:
            return test.operator, (tongue.listed([tongue.months[month - 1] for month in test.months]),)
    assert test.duration is not None
    return test.operator, (_span(test.operator, test.duration, tongue),)


def _span(operator: DateOperator, duration: Duration, tongue: Tongue) -> str:
    match operator:
        case DateOperator.WITHIN:
            return tongue.span_of(duration, tongue.lately)
        case DateOperator.IN_NEXT | DateOperator.ANNIVERSARY:
            return tongue.span_of(duration, tongue.soon)
    return tongue.duration(duration)
