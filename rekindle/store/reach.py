"""Who may be written to: address, consent and suppression as predicates, one rule for plan, claim and `reachable`.

All of them speak about `tables.contact` (or an alias of it) of the enclosing statement and stay set-based: EXISTS and
NOT EXISTS over indexed columns, nothing per row in Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    FromClause,
    Select,
    Text,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from ..model.audience import LeftOutReason
from ..model.consent import EVERY_TOPIC
from ..model.suppression import SuppressionKind
from .functions import unindexed
from .tables import consent, contact, suppression

Topic = ColumnElement[str] | str | None


def reachable_clause(topic: Topic, as_of: datetime, of: FromClause = contact) -> ColumnElement[bool]:
    """True for a contact with an address, consent and no suppression at `as_of` (aware).

    `topic` is what the letter is about: a name, a column such as `mailing.topic`, or None for "any letter at all":
    consent for at least one topic, and no suppression of everything.
    """
    return and_(has_address(of), not_(suppressed_clause(topic, as_of, of)), consented_clause(topic, as_of, of))


def unreachable_reason(
    topic: Topic, as_of: datetime, of: FromClause = contact, *, each: bool = False
) -> ColumnElement[str]:
    """Why a contact may not be written to: '' | no_address | suppressed | no_consent, the first that holds.

    `each` (PostgreSQL): each row is looked up by its keys, as is right for a few. By itself the server would gather
    all that stand suppressed, and all consents, as it does for many.
    """
    return case(
        (not_(has_address(of)), literal(LeftOutReason.NO_ADDRESS.value)),
        (suppressed_clause(topic, as_of, of, each=each), literal(LeftOutReason.SUPPRESSED.value)),
        (not_(consented_clause(topic, as_of, of, each=each)), literal(LeftOutReason.NO_CONSENT.value)),
        else_=literal(""),
    )


def has_address(of: FromClause = contact) -> ColumnElement[bool]:
    """True for a contact that letters can be addressed to."""
    return of.c.address_key != ""


def consented_clause(
    topic: Topic, as_of: datetime, of: FromClause = contact, *, each: bool = False
) -> ColumnElement[bool]:
    """True where the latest entry for `topic` or for every topic, by (occurred_at, id), is a grant.

    So a withdrawal of everything withdraws each topic, and a later grant of one topic gives that one back. Said
    without ordering: there is a grant that no later withdrawal covers. `each` as for `unreachable_reason`.
    """
    grant, withdrawal = consent.alias("granted"), consent.alias("withdrawn")
    later = or_(
        withdrawal.c.occurred_at > grant.c.occurred_at,
        and_(withdrawal.c.occurred_at == grant.c.occurred_at, withdrawal.c.id > grant.c.id),
    )
    withdrawn = _one(
        withdrawal,
        withdrawal.c.contact_id == grant.c.contact_id,
        not_(withdrawal.c.given),
        withdrawal.c.occurred_at <= as_of,
        _about(withdrawal, grant.c.topic if topic is None else topic),
        later,
    )
    granted = [grant.c.contact_id == of.c.id, grant.c.given, grant.c.occurred_at <= as_of, not_(withdrawn)]
    return _one(grant, *granted, *([] if topic is None else [_about(grant, topic)]), each=each)


def consented_at_a_look(topic: str, as_of: datetime, of: FromClause = contact) -> ColumnElement[bool]:
    """`consented_clause` of one topic by one look at a contact's entries: quicker on SQLite, which asks row by row.

    Only where a grant and a withdrawal are of the very same moment does it ask which of them was written later.
    """
    entry = consent.alias("entry")
    granted = func.max(case((entry.c.given, entry.c.occurred_at)))
    withdrawn = func.max(case((not_(entry.c.given), entry.c.occurred_at)))
    latest = case(
        (granted.is_(None), "withdrawn"),
        (or_(withdrawn.is_(None), granted > withdrawn), "granted"),
        (granted == withdrawn, "both"),
        else_="withdrawn",
    )
    found = select(latest).where(entry.c.contact_id == of.c.id, entry.c.occurred_at <= as_of, _about(entry, topic))
    said = found.correlate_except(entry).scalar_subquery()
    return case({"granted": true(), "both": consented_clause(topic, as_of, of)}, value=said, else_=false())


def anyone_consents(connection: Connection, topic: str, as_of: datetime) -> bool:
    """Whether a single contact allows letters about `topic` at `as_of` (aware)."""
    return connection.scalar(select(contact.c.id).where(consented_clause(topic, as_of)).limit(1)) is not None


def suppressed_clause(
    topic: Topic, as_of: datetime, of: FromClause = contact, *, each: bool = False
) -> ColumnElement[bool]:
    """True where the address or its exact domain (A-label) stands suppressed for this topic or for every letter.

    `each` as for `unreachable_reason`.
    """
    # two EXISTS instead of one with OR, so that each is a lookup (or a hash join) by (kind, key)
    clauses = []
    for kind, key in _suppressed_by(of).items():
        row = suppression.alias(f"suppressed_{kind}")
        clauses.append(_one(row, row.c.kind == kind.value, row.c.key == key, *_stands(row, topic, as_of), each=each))
    return or_(*clauses)


def suppressed_in_lists(topic: str, as_of: datetime, of: FromClause = contact) -> ColumnElement[bool]:
    """`suppressed_clause` with what stands gathered once: quicker on SQLite, where many contacts are asked about.

    PostgreSQL would go through such a list for every row once it outgrows its memory for hashing.
    """
    clauses = []
    for kind, value in _suppressed_by(of).items():
        row = suppression.alias(f"suppressed_{kind}")
        standing = (row.c.kind == kind.value, *_stands(row, topic, as_of))
        # asked once for all rows: most stores suppress no domain
        clauses.append(and_(_one(row, *standing).correlate(None), value.in_(select(row.c.key).where(*standing))))
    return or_(*clauses)


class domain_of(FunctionElement[str]):
    """What stands after the @ of an address key."""

    type = Text()
    inherit_cache = True


@compiles(domain_of)
def _domain_by_strpos(element: domain_of, compiler: SQLCompiler, **options: Any) -> str:
    key = compiler.process(element.clauses, **options)
    return f"substr({key}, strpos({key}, '@') + 1)"


@compiles(domain_of, "sqlite")
def _domain_by_instr(element: domain_of, compiler: SQLCompiler, **options: Any) -> str:
    key = compiler.process(element.clauses, **options)
    return f"substr({key}, instr({key}, '@') + 1)"


def _suppressed_by(of: FromClause) -> Mapping[SuppressionKind, ColumnElement[str]]:
    """What of a contact a suppression of each kind is of."""
    key = of.c.address_key
    return {SuppressionKind.ADDRESS: key, SuppressionKind.DOMAIN: domain_of(key)}


def _stands(row: FromClause, topic: Topic, as_of: datetime) -> tuple[ColumnElement[bool], ...]:
    covers = row.c.topic == "" if topic is None else or_(row.c.topic == "", row.c.topic == topic)
    lifted = and_(row.c.lifted_at.is_not(None), row.c.lifted_at <= as_of)
    return row.c.since <= as_of, not_(lifted), covers


def _about(entry: FromClause, topic: ColumnElement[str] | str) -> ColumnElement[bool]:
    return or_(unindexed(entry.c.topic) == topic, unindexed(entry.c.topic) == EVERY_TOPIC)


def _one(own: FromClause, *conditions: ColumnElement[bool], each: bool = False) -> Exists:
    # everything but the row looked for belongs to an enclosing statement, however many levels up
    if not each:
        return exists().where(*conditions).correlate_except(own)
    # what has an OFFSET is asked for each row: PostgreSQL makes no set of it
    found: Select[Any] = select(literal_column("1")).where(*conditions).offset(literal_column("0"))
    return exists(found.correlate_except(own))
