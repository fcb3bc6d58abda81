"""What segments need and a database does not know the same way: exact ratios, local days, days of the year, patterns.

Each is a SQLAlchemy construct with a form per database; on SQLite some of them are Python functions that engine.py
gives to every connection.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Boolean, ColumnElement, Integer, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from ..rhythm.alive import DAYS_A_WEEK, LARGEST_ODDS, alive_millionths
from ..rhythm.alive import MILLION as ALL
from ..segment.value_tests import matches
from .tables import START
from .types import EPOCH, Day


def _compare(*numbers: int | str | None) -> int | None:
    """The sign of n/d - (p/q) x m/e for six numbers, exactly; NULL where any of them is."""
    if None in numbers:
        return None
    n, d, m, e, p, q = (int(number) for number in numbers if number is not None)
    difference = Fraction(n, d) - Fraction(p, q) * Fraction(m, e)
    return (difference > 0) - (difference < 0)


def _local_day(micros: int | None, zone: str) -> int | None:
    """The ordinal of the calendar day of a moment in a zone."""
    if micros is None:
        return None
    moment = (EPOCH + timedelta(microseconds=micros)).astimezone(_zone(zone))
    return moment.date().toordinal()


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _day_of_year(ordinal: int | None) -> int | None:
    """Month x 100 + day of an ordinal."""
    if ordinal is None:
        return None
    day = date.fromordinal(ordinal)
    return day.month * 100 + day.day


SEGMENT_FUNCTIONS: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("rekindle_compare", 6, _compare),
    ("rekindle_local_day", 2, _local_day),
    ("rekindle_day_of_year", 1, _day_of_year),
    ("rekindle_alive", 7, alive_millionths),
    ("rekindle_matches", 2, lambda pattern, text: matches(pattern, text or "")),
)
"""Name, number of arguments and function of what SQLite is given."""


def _arguments(element: FunctionElement[Any], compiler: SQLCompiler, options: dict[str, Any]) -> list[str]:
    return [compiler.process(clause, **options) for clause in element.clauses]


class ratio_sign(FunctionElement[int]):
    """`ratio_sign(n, d, m, e, p, q)`: the sign of n/d - (p/q) x m/e, d, e and q positive, p and q texts of integers."""

    type = Integer()
    inherit_cache = True


@compiles(ratio_sign)
def _sign_by_numeric(element: ratio_sign, compiler: SQLCompiler, **options: Any) -> str:
    n, d, m, e, p, q = (f"CAST({text} AS NUMERIC)" for text in _arguments(element, compiler, options))
    return f"CAST(sign({n} * {e} * {q} - {p} * {m} * {d}) AS INTEGER)"


@compiles(ratio_sign, "sqlite")
def _sign_by_python(element: ratio_sign, compiler: SQLCompiler, **options: Any) -> str:
    return f"rekindle_compare({', '.join(_arguments(element, compiler, options))})"


class local_day_of(FunctionElement[date]):
    """`local_day_of(moment, zone name)`: the calendar day of a moment there."""

    type = Day()
    inherit_cache = True


@compiles(local_day_of)
def _day_by_zone(element: local_day_of, compiler: SQLCompiler, **options: Any) -> str:
    moment, zone = _arguments(element, compiler, options)
    return f"((({moment}) AT TIME ZONE {zone})::date - date '0001-01-01' + 1)"


@compiles(local_day_of, "sqlite")
def _day_by_python(element: local_day_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"rekindle_local_day({', '.join(_arguments(element, compiler, options))})"


class day_of_year_of(FunctionElement[int]):
    """`day_of_year_of(day)`: month x 100 + day of a stored day."""

    type = Integer()
    inherit_cache = True


@compiles(day_of_year_of)
def _key_by_date(element: day_of_year_of, compiler: SQLCompiler, **options: Any) -> str:
    (day,) = _arguments(element, compiler, options)
    return f"CAST(to_char(date '0001-01-01' + ({day} - 1), 'MMDD') AS INTEGER)"


@compiles(day_of_year_of, "sqlite")
def _key_by_python(element: day_of_year_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"rekindle_day_of_year({', '.join(_arguments(element, compiler, options))})"


class by_code(FunctionElement[str]):
    """`by_code(text)`: a text that is ordered by its characters' codes, whatever the database's own collation."""

    type = Text()
    inherit_cache = True


@compiles(by_code)
def _code_by_collation(element: by_code, compiler: SQLCompiler, **options: Any) -> str:
    return f'({_arguments(element, compiler, options)[0]} COLLATE "C")'


class position_of(FunctionElement[int]):
    """`position_of(text, part)`: where a part begins in a text, from 1; 0 where it is not in it."""

    type = Integer()
    inherit_cache = True


@compiles(position_of)
def _position_by_strpos(element: position_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({', '.join(_arguments(element, compiler, options))})"


@compiles(position_of, "sqlite")
def _position_by_instr(element: position_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({', '.join(_arguments(element, compiler, options))})"


class start_of(FunctionElement[str]):
    """`start_of(text)`: its first START characters, by which PostgreSQL's indexes know texts of any length.

    Equal to the text itself, and so on SQLite, which has no such index: only for what is compared with less than START.
    """

    type = Text()
    inherit_cache = True


@compiles(start_of)
def _start_by_left(element: start_of, compiler: SQLCompiler, **options: Any) -> str:
    # the number written out: only so it is the expression of the index
    return f'"left"({_arguments(element, compiler, options)[0]}, {START})'


@compiles(by_code, "sqlite")
@compiles(start_of, "sqlite")
def _as_it_is(element: by_code | start_of, compiler: SQLCompiler, **options: Any) -> str:
    return _arguments(element, compiler, options)[0]


class ending_of(FunctionElement[str]):
    """`ending_of(text, length)`: the last characters of a text."""

    inherit_cache = True


@compiles(ending_of)
def _ending_by_right(element: ending_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"right({', '.join(_arguments(element, compiler, options))})"


@compiles(ending_of, "sqlite")
def _ending_by_substr(element: ending_of, compiler: SQLCompiler, **options: Any) -> str:
    text, length = _arguments(element, compiler, options)
    return f"substr({text}, -{length})"


class like_pattern(FunctionElement[bool]):
    """`like_pattern(pattern, text)`: whether a folded text is like a pattern of * and ? (SQLite only)."""

    type = Boolean()
    inherit_cache = True


@compiles(like_pattern, "sqlite")
def _like_by_python(element: like_pattern, compiler: SQLCompiler, **options: Any) -> str:
    return f"rekindle_matches({', '.join(_arguments(element, compiler, options))})"


class among_json(FunctionElement[bool]):
    """`among_json(text, JSON array)`: whether a text is one of an array's, for lists too long to bind one by one."""

    type = Boolean()
    inherit_cache = True


@compiles(among_json)
def _among_elements(element: among_json, compiler: SQLCompiler, **options: Any) -> str:
    text, document = _arguments(element, compiler, options)
    return f"({text} IN (SELECT value FROM jsonb_array_elements_text(CAST({document} AS JSONB))))"


@compiles(among_json, "sqlite")
def _among_each(element: among_json, compiler: SQLCompiler, **options: Any) -> str:
    text, document = _arguments(element, compiler, options)
    return f"({text} IN (SELECT value FROM json_each({document})))"


class bracketed(FunctionElement[bool]):
    """`bracketed(clause)`: the clause in brackets that stay: SQLAlchemy would join nested ANDs and ORs into one."""

    type = Boolean()
    inherit_cache = True


@compiles(bracketed)
def _in_brackets(element: bracketed, compiler: SQLCompiler, **options: Any) -> str:
    return f"({_arguments(element, compiler, options)[0]})"


class alive_of(FunctionElement[int]):
    """`alive_of(repeats, active days, known days, r, alpha, a, b)`: rhythm.alive.alive_millionths, 0 to 1,000,000."""

    type = BigInteger()
    inherit_cache = True


@compiles(alive_of)
def _alive_by_logarithms(element: alive_of, compiler: SQLCompiler, **options: Any) -> str:
    repeats, active, known, r, alpha, a, b = _arguments(element, compiler, options)
    r, alpha, a, b = (f"CAST({figure} AS DOUBLE PRECISION)" for figure in (r, alpha, a, b))
    stretch = f"({alpha} + ({known}) / {DAYS_A_WEEK}.0::float8) / ({alpha} + ({active}) / {DAYS_A_WEEK}.0::float8)"
    odds = f"ln({a} / ({b} + ({repeats}) - 1)) + ({r} + ({repeats})) * ln({stretch})"
    odds = f"least(greatest({odds}, {-LARGEST_ODDS}::float8), {LARGEST_ODDS}::float8)"
    return f"(CASE WHEN ({repeats}) = 0 THEN {ALL} ELSE CAST(round({ALL} / (1 + exp({odds}))) AS BIGINT) END)"


@compiles(alive_of, "sqlite")
def _alive_by_python(element: alive_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"rekindle_alive({', '.join(_arguments(element, compiler, options))})"


class unindexed(FunctionElement[Any]):
    """`unindexed(column)`: the column, which SQLite is not to look up in an index.

    For `a = .. AND b IN (..) AND c <= ..` (an OR of equalities is an IN to it) over an index of a, b and c, SQLite 3.40
    skips the test of c where it has statistics and thinks it quicker to step than to seek (its opcode SeekScan).
    """

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(unindexed)
def _plainly(element: unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return _arguments(element, compiler, options)[0]


@compiles(unindexed, "sqlite")
def _with_a_plus(element: unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{_arguments(element, compiler, options)[0]}"
