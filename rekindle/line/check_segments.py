"""Segments looked at for what no single file shows: parts that decide nothing, members by a gap, values never seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from ..model.folding import fold
from ..model.problem import Position, Problem, did_you_mean
from ..model.segment import (
    Behaviour,
    Condition,
    FieldTest,
    ListOperator,
    ListTest,
    Segment,
    TextOperator,
    TextTest,
)
from ..segment.catalogue import CLOSED_VALUES
from ..segment.lint import lint
from ..segment.missing import gaps_in, with_known_values
from ..segment.references import walk
from ..store.engine import Connection, Store
from ..store.seen import frequent_values, seen_values
from ..store.segments import base_count, counts
from ..workspace.load import Workspace
from .asking import asking

TOLD_FROM = Fraction(5, 100)
"""The share of members by a missing value from which it is told (LANGUAGE 2)."""

_EXACT = {TextOperator.IS, TextOperator.IN, TextOperator.IS_NOT, TextOperator.NOT_IN, *ListOperator}


def lint_segments(workspace: Workspace) -> list[Problem]:
    """Warnings about segments that the files alone show."""
    return [problem for segment in workspace.segments.values() for problem in lint(segment, workspace.segments)]


def check_segments(store: Store, workspace: Workspace, as_of: datetime) -> list[Problem]:
    """Warnings about segments, ladders and offers that the store's contacts show; none while there are no contacts."""
    with store.reading() as connection:
        if not base_count(connection, asking(workspace, as_of)):
            return []
        return sorted({*_never_seen(connection, workspace), *_decided_by_gaps(connection, workspace, as_of)})


# --- members by a missing value -------------------------------------------------------------------------------------


def _decided_by_gaps(connection: Connection, workspace: Workspace, as_of: datetime) -> Iterator[Problem]:
    segments = workspace.segments
    gaps = {name: gaps_in(segment.where, segments) for name, segment in segments.items()}
    asked: dict[str, Condition] = {}
    for name in (name for name, fields in gaps.items() if fields):
        asked[name] = segments[name].where
        asked[f"{name} by values"] = with_known_values(segments[name].where, segments)
    found = counts(connection, asked, asking(workspace, as_of))
    for name in segments:
        members = found.get(name, 0)
        by_gap = members - found.get(f"{name} by values", 0)
        if by_gap > members * TOLD_FROM:
            yield _gap_problem(segments[name], members, by_gap, gaps[name])


def _gap_problem(segment: Segment, members: int, by_gap: int, fields: tuple[str, ...]) -> Problem:
    share = f"{100 * by_gap / members:.0f} %"
    what = f"{by_gap:,} of {members:,} members ({share}) are in '{segment.name}' by a missing value"
    hint = f"of {', '.join(fields)}; to leave them out, add known: true"
    return Problem(segment.where.at, what, hint, warning=True)


# --- values that the store has never seen ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A value that a condition compares a field with exactly; `beside`: all the values of that comparison."""

    field: str
    value: str
    at: Position
    beside: tuple[str, ...]


def _never_seen(connection: Connection, workspace: Workspace) -> Iterator[Problem]:
    asked: dict[str, dict[str, Asked]] = {}
    for condition in _conditions(workspace):
        for one in (one for node in walk(condition) for one in _asked_of(node)):
            asked.setdefault(one.field, {}).setdefault(fold(one.value), one)
    for field, values in asked.items():
        yield from _strange(connection, workspace, field, values)


def _conditions(workspace: Workspace) -> Iterator[Condition]:
    yield from (segment.where for segment in workspace.segments.values())
    yield from (rung.when for ladder in workspace.ladders for rung in ladder.rungs if rung.when is not None)
    offers = (offer for campaign in workspace.campaigns.values() for offer in campaign.offers)
    yield from (offer.when for offer in offers if offer.when is not None)


def _asked_of(node: Condition) -> Iterator[Asked]:
    """The values that a condition compares exactly."""
    if isinstance(node, FieldTest) and node.field not in CLOSED_VALUES:
        test = node.test
        if isinstance(test, TextTest | ListTest) and test.operator in _EXACT:
            at = test.at if test.at.file else node.at
            yield from (Asked(node.field, value, at, test.values) for value in test.values)
    if isinstance(node, Behaviour):
        yield from (Asked("activity", kind, node.at, node.activities) for kind in node.activities)
        yield from (Asked("campaign", name, node.at, node.campaigns) for name in node.campaigns)
        for what, tests in (("product", node.products), ("category", node.categories)):
            exact = [test for test in tests if isinstance(test, TextTest) and test.operator in _EXACT]
            yield from (Asked(what, value, test.at, test.values) for test in exact for value in test.values)


def _strange(
    connection: Connection, workspace: Workspace, field: str, values: Mapping[str, Asked]
) -> Iterator[Problem]:
    """What was never seen and looks like something that was; or stands beside nothing that was.

    `[photographer, фотограф]` is said of a base that may hold either.
    """
    seen = seen_values(connection, field, values)
    if field == "campaign":
        seen |= set(workspace.campaigns)
    known = frequent_values(connection, field) if values.keys() - seen else []
    together: dict[Position, list[str]] = {}
    for folded, one in values.items():
        if folded in seen:
            continue
        hint = _nearest(folded, known)
        if hint.startswith("did you mean"):
            yield Problem(one.at, _never(field, [one.value]), hint, warning=True)
        elif not any(fold(other) in seen for other in one.beside):
            together.setdefault(one.at, []).append(one.value)
    hint = did_you_mean("", known) if known else _NOTHING.get(field, f"no contact has any {field}")
    yield from (Problem(at, _never(field, strange), hint, warning=True) for at, strange in together.items())


_NOBODY = {"activity": "no activity is a", "campaign": "no mailing is of", "tags": "no contact has the tag",
           "product": "no order has the product", "category": "no order has the category"}  # fmt: skip
_NOTHING = {"activity": "there are no activities", "campaign": "nothing was ever sent",
            "product": "no order names its products", "category": "no order names its categories"}  # fmt: skip


def _never(field: str, values: Sequence[str]) -> str:
    quoted = [f"'{value}'" for value in values]
    listed = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
    return f"{_NOBODY.get(field, f'no contact has the {field}')} {listed}"


def _nearest(folded: str, known: Sequence[str]) -> str:
    """The hint, whatever the case that a value stands in; shown as it was given."""
    by_folded = {fold(one): one for one in known}
    hint = did_you_mean(folded, by_folded)
    meant = hint.removeprefix("did you mean '").removesuffix("'?")
    return f"did you mean '{by_folded[meant]}'?" if meant in by_folded else hint
