"""The gaps between a buyer's purchase days and their medians, doubled so that they are whole (LANGUAGE 2.4).

A buyer's days are kept together in one value: an array on PostgreSQL, on SQLite the gaps as a text, `30,7,12`, since to
sort all gaps of all buyers costs several times what reading the orders does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from operator import sub
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Gaps:
    """SQLite's aggregate of stored days: the gaps between neighbouring distinct ones."""

    def __init__(self) -> None:
        self._days: set[int] = set()
        self.step = self._days.add

    def finalize(self) -> str:
        days = sorted(self._days)
        return ",".join(map(str, map(sub, days[1:], days)))


class _MedianOfAll:
    """SQLite's aggregate of many buyers' gaps: their doubled median, NULL of none."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def step(self, gaps: str) -> None:
        if gaps:
            self._counts.update(gaps.split(","))

    def finalize(self) -> int | None:
        return _twice_median({int(gap): many for gap, many in self._counts.items()})


def _twice_median(counts: Mapping[int, int]) -> int | None:
    """The sum of the two in the middle, of an odd number twice the one; `counts` says how often each gap is there."""
    many, passed, lower = sum(counts.values()), 0, None
    for gap in sorted(counts):
        passed += counts[gap]
        if lower is None and passed * 2 >= many:
            lower = gap
        if lower is not None and passed * 2 > many:
            return lower + gap
    return None


def _gap_count(gaps: str) -> int:
    return gaps.count(",") + 1 if gaps else 0


def _own_median(gaps: str) -> int:
    ordered = sorted(map(int, gaps.split(","))) if gaps else [0]
    return ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]


GAP_AGGREGATES: tuple[tuple[str, int, type[Any]], ...] = (
    ("rekindle_gaps", 1, _Gaps),
    ("rekindle_median_of_all", 1, _MedianOfAll),
)
"""Name, number of arguments and class of the aggregates that SQLite is given."""
GAP_FUNCTIONS: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("rekindle_gap_count", 1, _gap_count),
    ("rekindle_own_median", 1, _own_median),
)
"""The same of functions of one row."""


def _argument(element: FunctionElement[Any], compiler: SQLCompiler, options: dict[str, Any]) -> str:
    text: str = compiler.process(element.clauses, **options)
    return text


class days_together(FunctionElement[str]):
    """`days_together(day)`: aggregate of a buyer's purchase days, for the functions below."""

    type = Text()
    inherit_cache = True


@compiles(days_together)
def _days_by_array(element: days_together, compiler: SQLCompiler, **options: Any) -> str:
    day = _argument(element, compiler, options)
    return f"array_agg(DISTINCT {day} ORDER BY {day})"


@compiles(days_together, "sqlite")
def _days_by_python(element: days_together, compiler: SQLCompiler, **options: Any) -> str:
    return f"rekindle_gaps({_argument(element, compiler, options)})"


class gap_count(FunctionElement[int]):
    """`gap_count(days)`: how many gaps there are between the days."""

    type = Integer()
    inherit_cache = True


@compiles(gap_count)
def _count_by_array(element: gap_count, compiler: SQLCompiler, **options: Any) -> str:
    return f"(cardinality({_argument(element, compiler, options)}) - 1)"


@compiles(gap_count, "sqlite")
def _count_by_python(element: gap_count, compiler: SQLCompiler, **options: Any) -> str:
    return f"rekindle_gap_count({_argument(element, compiler, options)})"


class twice_own_median(FunctionElement[int]):
    """`twice_own_median(days)`: the doubled median of the gaps between the days, 0 of none."""

    type = BigInteger()
    inherit_cache = True


@compiles(twice_own_median)
def _own_by_array(element: twice_own_median, compiler: SQLCompiler, **options: Any) -> str:
    gaps = _each_by_array(element, compiler, **options)
    # the mean of two whole numbers: a double holds it exactly
    median = "2 * percentile_cont(0.5) WITHIN GROUP (ORDER BY gap)"
    return f"coalesce((SELECT CAST({median} AS BIGINT) FROM (SELECT {gaps} AS gap) AS own_gaps), 0)"


@compiles(twice_own_median, "sqlite")
def _own_by_python(element: twice_own_median, compiler: SQLCompiler, **options: Any) -> str:
    return f"rekindle_own_median({_argument(element, compiler, options)})"


class gaps_of(FunctionElement[int]):
    """`gaps_of(days)`: a column of all gaps, for `twice_median`; on PostgreSQL a row for each."""

    type = Integer()
    inherit_cache = True


@compiles(gaps_of)
def _each_by_array(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    days = _argument(element, compiler, options)
    return f"unnest(({days})[2:]) - unnest(({days})[1:cardinality({days}) - 1])"


@compiles(gaps_of, "sqlite")
def _together(element: gaps_of, compiler: SQLCompiler, **options: Any) -> str:
    return _argument(element, compiler, options)


class twice_median(FunctionElement[int]):
    """`twice_median(gaps)`: aggregate of `gaps_of`: the doubled median of them all, NULL of none."""

    type = BigInteger()
    inherit_cache = True


@compiles(twice_median)
def _median_by_percentile(element: twice_median, compiler: SQLCompiler, **options: Any) -> str:
    gap = _argument(element, compiler, options)
    return f"CAST(2 * percentile_cont(0.5) WITHIN GROUP (ORDER BY {gap}) AS BIGINT)"


@compiles(twice_median, "sqlite")
def _median_by_python(element: twice_median, compiler: SQLCompiler, **options: Any) -> str:
    return f"rekindle_median_of_all({_argument(element, compiler, options)})"
