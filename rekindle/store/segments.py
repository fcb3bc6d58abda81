"""Segments asked of the store: the one statement of each, its members, counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Dialect, Select, and_, case, func, literal, not_, select, union_all
from sqlalchemy.dialects import postgresql, sqlite

from ..model.segment import Condition, Top
from ..segment.asking import Asking
from ..segment.references import asks_field, everything_below
from .tables import contact
from .where import clause_of
from .where_alive import with_lifetimes
from .where_frame import Frame

BATCH = 5_000
"""Rows fetched at a time, so that a million members cost no memory."""
Asked = tuple[Condition, Asking]
"""A condition and the moment that it is asked at; the asking's lifetimes are fitted where it asks for `alive`."""
AT_ONCE = 100
"""Segments counted in one statement; SQLite joins at most 500."""


def members_statement(condition: Condition, asking: Asking, dialect: str | Dialect) -> Select[int]:
    """The ids of the members, unordered: usable as a subquery or in INSERT .. SELECT.

    `dialect` is the database's name (`sqlite`, `postgresql`) or SQLAlchemy dialect: forms differ where speed wants it.
    """
    return select(contact.c.id).where(*member_clauses(condition, asking, dialect))


def member_clauses(condition: Condition, asking: Asking, dialect: str | Dialect) -> tuple[Any, ...]:
    """What a row of `contact` must pass to exist at as_of and be a member; for statements that select more than ids."""
    assert asking.fitted or not asks_field("alive", [condition], asking.segments), "with_lifetimes comes first"
    frame = Frame(asking, dialect if isinstance(dialect, str) else dialect.name)
    return contact.c.exists_from <= asking.as_of, clause_of(frame, condition)


def member_ids(connection: Connection, condition: Condition, asking: Asking) -> Iterator[int]:
    """The members' ids in ascending order, streamed."""
    asking = with_lifetimes(connection, asking, [condition])
    statement = members_statement(condition, asking, connection.dialect).order_by(contact.c.id)
    result = connection.execution_options(yield_per=BATCH).execute(statement)
    for row in result:
        yield row[0]


def member_count(connection: Connection, condition: Condition, asking: Asking) -> int:
    """How many members there are."""
    return counts(connection, {"": condition}, asking)[""]


def counts(connection: Connection, conditions: Mapping[str, Condition], asking: Asking) -> dict[str, int]:
    """How many members each of the named conditions has, in as few statements as the databases take."""
    asking = with_lifetimes(connection, asking, conditions.values())
    found: dict[str, int] = {}
    for piece in _pieces(connection, conditions, asking):
        asked = [
            select(literal(number).label("number"), func.count().label("members"))
            .select_from(contact)
            .where(*member_clauses(conditions[name], asking, connection.dialect))
            for number, name in enumerate(piece)
        ]
        rows = connection.execute(asked[0] if len(asked) == 1 else union_all(*asked))
        found |= {piece[row.number]: row.members for row in rows}
    return {name: found[name] for name in conditions}


def _pieces(connection: Connection, conditions: Mapping[str, Condition], asking: Asking) -> Iterator[list[str]]:
    """The names, so many a statement: on SQLite only those that share a reckoning, the others are dearer together."""
    together = list(conditions)
    if connection.dialect.name == "sqlite":
        together = [name for name in conditions if _asks_rhythm(conditions[name], asking)]
        yield from ([name] for name in conditions if name not in set(together))
    yield from (together[start : start + AT_ONCE] for start in range(0, len(together), AT_ONCE))


def _asks_rhythm(condition: Condition, asking: Asking) -> bool:
    ranked = any(isinstance(node, Top) for node in everything_below(condition, asking.segments))
    return not ranked and any(asks_field(field, [condition], asking.segments) for field in ("overdue", "usual_gap"))


def ids_between(connection: Connection, inside: Asked, outside: Asked) -> list[int]:
    """The ids, ascending, of those whom one condition takes at its moment and another does not at its own."""
    (wanted, at), (unwanted, other) = inside, outside
    statement = (
        select(contact.c.id)
        .where(*member_clauses(wanted, at, connection.dialect))
        .where(not_(and_(*member_clauses(unwanted, other, connection.dialect))))
        .order_by(contact.c.id)
    )
    return list(connection.scalars(statement))


def regions(connection: Connection, conditions: Mapping[str, Condition], asking: Asking) -> dict[frozenset[str], int]:
    """How many contacts are in exactly these of the named conditions and in no other; none is left out."""
    asking = with_lifetimes(connection, asking, conditions.values())
    names = list(conditions)
    frame = Frame(asking, connection.dialect.name)
    flags = [case((clause_of(frame, conditions[name]), 1), else_=0).label(f"s{n}") for n, name in enumerate(names)]
    each = select(*flags).where(contact.c.exists_from <= asking.as_of).subquery("each_contact")
    rows = connection.execute(select(*each.c, func.count()).group_by(*each.c))
    found = {frozenset(name for name, flag in zip(names, row, strict=False) if flag): row[-1] for row in rows}
    return {names: count for names, count in found.items() if names}


def base_count(connection: Connection, asking: Asking) -> int:
    """How many contacts exist at as_of."""
    existing = select(func.count()).select_from(contact).where(contact.c.exists_from <= asking.as_of)
    return int(connection.execute(existing).scalar_one())


def shown_statement(condition: Condition, asking: Asking, dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """The statement of the members as the database gets it, in order of id, and its values by name."""
    statement = members_statement(condition, asking, dialect).order_by(contact.c.id)
    compiled = statement.compile(dialect=_named_values(dialect), compile_kwargs={"render_postcompile": True})
    return str(compiled), dict(compiled.params)


def _named_values(dialect: Dialect) -> Dialect:
    """The same SQL, its values shown as :name."""
    module = sqlite if dialect.name == "sqlite" else postgresql
    shown: Dialect = module.dialect(paramstyle="named")
    return shown
