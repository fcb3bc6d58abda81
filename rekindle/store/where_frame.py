"""What every part of a segment's statement needs: the asking, the dialect, the contact; and joining clauses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Exists, FromClause, Select, and_, exists, false, literal, not_, or_, true

from ..segment.asking import Asking
from .functions import among_json, bracketed, start_of
from .tables import START, contact

LARGEST = 2**63 - 1
LONG_LIST = 200
"""From here on a list of texts is bound as one JSON array instead of a parameter each."""
WIDEST = 40
"""Clauses joined on one level; SQLite allows an expression to be 1,000 levels deep and counts each AND as one."""


@dataclass(frozen=True)
class Frame:
    """One statement in the making; `of` is the contact table (or an alias of it) that the clauses are about."""

    asking: Asking
    dialect: str
    of: FromClause = contact

    @property
    def is_sqlite(self) -> bool:
        """Whether the statement is for SQLite."""
        return self.dialect == "sqlite"

    def about(self, of: FromClause) -> Frame:
        """The same asking about another alias of contact."""
        return replace(self, of=of)

    def one(self, *conditions: ColumnElement[bool], own: FromClause) -> Exists:
        """EXISTS a row of `own`; everything else belongs to the enclosing statement."""
        return exists().where(*conditions).correlate_except(own)

    def among(self, outer: ColumnElement[Any], members: Select[Any]) -> ColumnElement[bool]:
        """`outer` is one of the values of `members`, which hang on nothing outside."""
        return outer.in_(members.correlate(None))

    def not_among(self, outer: ColumnElement[Any], members: Select[Any]) -> ColumnElement[bool]:
        """The complement; PostgreSQL makes an anti-join of NOT EXISTS only, SQLite one look-up of NOT IN."""
        if self.is_sqlite:
            return outer.not_in(members.correlate(None))
        inner = members.correlate(None).subquery()
        return not_(exists().where(inner.c[0] == outer).correlate_except(inner))


def every(clauses: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """All hold; true of none."""
    return _joined(and_, list(clauses), true())


def some(clauses: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """At least one holds; false of none."""
    return _joined(or_, list(clauses), false())


def _joined(
    join: Callable[..., ColumnElement[bool]], clauses: Sequence[ColumnElement[bool]], of_none: ColumnElement[bool]
) -> ColumnElement[bool]:
    while len(clauses) > WIDEST:
        groups = [clauses[start : start + WIDEST] for start in range(0, len(clauses), WIDEST)]
        clauses = [bracketed(join(*group)) for group in groups]
    if not clauses:
        return of_none
    return clauses[0] if len(clauses) == 1 else join(*clauses)


def can_be_stored(text: str) -> bool:
    """Whether a database can hold the text at all: no NUL (PostgreSQL) and no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


Among = Callable[[ColumnElement[str], Iterable[str]], ColumnElement[bool]]
"""A column is one of some texts."""


def among_starts(column: ColumnElement[str], texts: Iterable[str]) -> ColumnElement[bool]:
    """`among_texts` for a column of texts of any length, of which an index knows the beginnings (`start_of`)."""
    wanted = list(texts)
    return among_texts(start_of(column) if all(len(text) < START for text in wanted) else column, wanted)


def among_texts(column: ColumnElement[str], texts: Iterable[str]) -> ColumnElement[bool]:
    """`column` is one of `texts`; what no database can hold equals nothing."""
    known = sorted({text for text in texts if can_be_stored(text)})
    if not known:
        return false()
    if len(known) == 1:
        return column == known[0]
    if len(known) < LONG_LIST:
        return column.in_(known)
    return among_json(column, literal(json.dumps(known, ensure_ascii=False)))
