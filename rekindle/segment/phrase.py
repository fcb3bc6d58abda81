"""A condition as one sentence for people, in English or Russian."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ..model.duration import Duration
from ..model.segment import (
    AllOf,
    AnyOf,
    AtLeast,
    Behaviour,
    Condition,
    Everyone,
    FieldTest,
    Ignored,
    Imported,
    InSegment,
    Ladder,
    NoneOf,
    Not,
    NumberOperator,
    NumberTest,
    Reachable,
    Sample,
    StatusTest,
    Top,
)
from .english import ENGLISH
from .russian import RUSSIAN
from .said_tests import field_said, test_said, time_said
from .tongue import Tongue
from .written import share_written

TONGUES = {"en": ENGLISH, "ru": RUSSIAN}


def phrase(condition: Condition, language: str = "en", ladders: Sequence[Ladder] = ()) -> str:
    """The sentence; `language` is en or ru (KeyError for others). Statuses of `ladders` are said by their labels."""
    labels = {(ladder.name, rung.name): rung.label for ladder in ladders for rung in ladder.rungs if rung.label}
    first = ladders[0].name if ladders else ""
    tongue = replace(TONGUES[language], labels=labels, first_ladder=first)
    if isinstance(condition, Everyone) or condition == AllOf(()):
        return tongue.openings["everyone"]
    if condition == AnyOf(()):
        return tongue.openings["nobody"]
    said = _say(condition, tongue)
    return tongue.openings["all_but" if _excepts(said, tongue) else "some"].format(said)


def _say(condition: Condition, tongue: Tongue) -> str:
    return _SPEAKERS[type(condition)](condition, tongue)


# --- logic ----------------------------------------------------------------------------------------------------------


def _excepts(said: str, tongue: Tongue) -> bool:
    return said.startswith(tongue.joints["except"].partition("{")[0])


def _flat(condition: AllOf | AnyOf) -> list[Condition]:
    """The parts, those of parts of the same kind in their place."""
    parts: list[Condition] = []
    for part in condition.parts:
        same = isinstance(part, AllOf | AnyOf) and type(part) is type(condition) and part.parts
        parts += _flat(part) if same and isinstance(part, AllOf | AnyOf) else [part]
    return parts


def _grouped(condition: Condition, tongue: Tongue) -> str:
    """A part of a larger sentence: in brackets where it has joints of its own."""
    said = _say(condition, tongue)
    joined = isinstance(condition, AllOf | AnyOf) and len(condition.parts) > 1
    return tongue.joints["group"].format(said) if joined else said


def _chained(said: Iterable[str], joint: str, tongue: Tongue) -> str:
    """Clauses joined; one that begins with the same pronoun as the one before leaves it out."""
    clauses: list[str] = []
    before = ""
    for clause in said:
        pronoun = next((one for one in tongue.pronouns if clause.startswith(f"{one} ")), "")
        clauses.append(clause.removeprefix(f"{pronoun} ") if pronoun and pronoun == before else clause)
        before = pronoun
    # values are joined by `or` too, so that alternatives keep theirs
    return tongue.listed(clauses, "and") if joint == "all" and clauses else tongue.joints[joint].join(clauses)


def _all(condition: AllOf, tongue: Tongue) -> str:
    """What must hold, then what is excepted from it."""
    said = [_grouped(part, tongue) for part in _flat(condition)]
    exceptions = [one for one in said if _excepts(one, tongue)]
    chain = _chained((one for one in said if not _excepts(one, tongue)), "all", tongue)
    return tongue.joints["exception"].join(filter(None, (chain, *exceptions))) or tongue.words["everyone"]


def _any(condition: AnyOf, tongue: Tongue) -> str:
    said = [_grouped(part, tongue) for part in _flat(condition)]
    whole = [tongue.joints["all_but"].format(one) if _excepts(one, tongue) else one for one in said]
    return _chained(whole, "any", tongue) if whole else tongue.words["nobody"]


def _none(condition: NoneOf, tongue: Tongue) -> str:
    return tongue.joints["except"].format(_any(AnyOf(condition.parts), tongue))


def _at_least(condition: AtLeast, tongue: Tongue) -> str:
    parts = tongue.joints["separator"].join(_say(part, tongue) for part in condition.parts)
    return tongue.joints["at_least"].format(condition.count, parts)


def _not(condition: Not, tongue: Tongue) -> str:
    part = condition.part
    if isinstance(part, Not):
        return _say(part.part, tongue)
    if isinstance(part, NoneOf):
        return _any(AnyOf(part.parts), tongue)
    opposite = _opposite(part) if isinstance(part, Behaviour) else None
    if opposite is not None:
        return _behave(*opposite, tongue)
    return tongue.joints["except"].format(_say(part, tongue))


def _opposite(behaviour: Behaviour) -> tuple[Behaviour, bool] | None:
    """The complement as a behaviour, and whether its verb is negated; None where it has more than one count to fail."""
    if len(behaviour.counts) != 1 or behaviour.aggregates or behaviour.firsts or behaviour.lasts:
        return None
    count = behaviour.counts[0]
    if _is_one(count):
        return behaviour, True
    turned = _TURNED.get(count.operator)
    return None if turned is None else (replace(behaviour, counts=(replace(count, operator=turned),)), False)


_TURNED = {
    NumberOperator.AT_LEAST: NumberOperator.LESS_THAN,
    NumberOperator.LESS_THAN: NumberOperator.AT_LEAST,
    NumberOperator.AT_MOST: NumberOperator.MORE_THAN,
    NumberOperator.MORE_THAN: NumberOperator.AT_MOST,
}


def _segment(condition: InSegment, tongue: Tongue) -> str:
    return tongue.others["segment"].format(tongue.listed(condition.names))


# --- behaviours and the others --------------------------------------------------------------------------------------


def _behave(condition: Behaviour, negated: bool, tongue: Tongue) -> str:
    words = [tongue.behaviours[condition.kind][negated]]
    if condition.activities:
        words.append(tongue.keys["activity"].format(tongue.listed(condition.activities)))
    if condition.campaigns:
        words.append(tongue.keys["campaign"].format(tongue.listed(condition.campaigns)))
    words += [_count(test, tongue) for test in condition.counts if not _is_one(test)]
    words += [tongue.keys[key].format(*values) for key, values in (time_said(test, tongue) for test in condition.times)]
    asides = tongue.joints["separator"].join(_asides(condition, tongue))
    return " ".join(words) + (f" ({asides})" if asides else "")


def _asides(condition: Behaviour, tongue: Tongue) -> Iterator[str]:
    """What else is asked of the counted things, each a little sentence."""
    asked: list[tuple[str, Any]] = [
        *(("product", test) for test in condition.products),
        *(("category", test) for test in condition.categories),
        *(("status", test) for test in condition.statuses),
        *(("amount", test) for test in condition.amounts),
        *((one.aggregate, one.test) for one in condition.aggregates),
        *(("first", test) for test in condition.firsts),
        *(("last", test) for test in condition.lasts),
    ]
    yield from (test_said(tongue.keys[f"noun_{key}"], test, tongue) for key, test in asked)
    if condition.of_organisation:
        yield tongue.keys["of"]
    if condition.machines_too:
        yield tongue.keys["counting"]


def _is_one(test: NumberTest) -> bool:
    return test.operator is NumberOperator.AT_LEAST and test.bounds == (Decimal(1),)


def _count(test: NumberTest, tongue: Tongue) -> str:
    count = int(test.bounds[0])  # type: ignore[arg-type]
    times = tongue.form(count, tongue.exact_times if test.operator is NumberOperator.IS else tongue.times)
    return tongue.keys[test.operator].format(f"{count} {times}")


def _status(condition: StatusTest, tongue: Tongue) -> str:
    field = "status" if condition.ladder == tongue.first_ladder else condition.ladder
    ladder = tongue.fields.get(field, field)
    names = [tongue.value(tongue.labels.get((condition.ladder, name), name)) for name in condition.names]
    said = tongue.listed(names) if names else tongue.others["any"]
    held, entered = condition.for_at_least, condition.entered
    if entered:
        became = tongue.others["entered"].format(ladder, said, tongue.span_of(entered, tongue.lately))
        too = tongue.others["for_at_least_too"].format(tongue.duration(held)) if held else ""
        return f"{became} {too}".rstrip()
    if held:
        return tongue.others["for_at_least"].format(ladder, said, tongue.duration(held))
    return tongue.others["status" if condition.names else "status_any"].format(ladder, said)


def _ignored(condition: Ignored, tongue: Tongue) -> str:
    if condition.last is not None:
        letters = tongue.form(condition.last, tongue.letters)
        # of one letter the number goes without saying
        counted = letters.replace("{0} ", "") if condition.last == 1 else letters.format(condition.last)
        return tongue.others["ignored_last"].format(counted)
    assert condition.within is not None
    span = tongue.span_of(condition.within, tongue.lately)
    return tongue.others["ignored_within"].format(span, condition.at_least)


def _reachable(condition: Reachable, tongue: Tongue) -> str:
    return tongue.others["reachable_topic" if condition.topic else "reachable"].format(condition.topic)


def _top(condition: Top, tongue: Tongue) -> str:
    words = tongue.others[f"top_{condition.by}"].format(share_written(condition.share))
    return f"{words} {_lately(condition.within, tongue)}".rstrip()


def _lately(duration: Duration | None, tongue: Tongue) -> str:
    return tongue.keys["within"].format(tongue.span_of(duration, tongue.lately)) if duration else ""


def _sample(condition: Sample, tongue: Tongue) -> str:
    return tongue.others["sample"].format(share_written(condition.share), tongue.value(condition.salt))


def _imported(condition: Imported, tongue: Tongue) -> str:
    words = [tongue.others["imported"]]
    words += [tongue.others["source"].format(tongue.value(condition.source))] if condition.source else []
    return " ".join([*words, _lately(condition.within, tongue)]).rstrip()


_SPEAKERS: dict[type[Condition], Callable[[Any, Tongue], str]] = {
    AllOf: _all,
    AnyOf: _any,
    NoneOf: _none,
    AtLeast: _at_least,
    Not: _not,
    InSegment: _segment,
    Everyone: lambda _, tongue: tongue.words["everyone"],
    FieldTest: field_said,
    Behaviour: lambda one, tongue: _behave(one, False, tongue),
    StatusTest: _status,
    Ignored: _ignored,
    Reachable: _reachable,
    Top: _top,
    Sample: _sample,
    Imported: _imported,
}
