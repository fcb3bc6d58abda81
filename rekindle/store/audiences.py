"""Audiences: every member of a campaign's segments gets one verdict, one row each.

The rows go either into `audience_member` (a mailing is made) or into a temporary table of the same columns (a plan
looks at them and leaves nothing behind).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.schema import CreateTable, DropTable

from ..model.audience import LeftOutReason, Verdict
from ..model.delivery import DeliveryState
from .audience_terms import AudienceRules
from .prepared import prepared
from .reach import domain_of
from .tables import Id, audience_member, contact, delivery
from .verdicts import audience_statement, duplicates_left_out, left_out_values
from .waves import WindowTerms, due_column, zone_counts

PAGE = 1_000
"""So many members are read at a time."""

_STAGE = Table(
    "audience_stage",
    MetaData(),
    Column("mailing_id", Id, primary_key=True, autoincrement=False),
    Column("contact_id", Id, primary_key=True, autoincrement=False),
    Column("verdict", Text, nullable=False),
    Column("arm", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("offer", Integer),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)
"""The columns of `audience_member`, without its ties to other tables."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Where the rows of one audience are: a table with the columns of `audience_member`, and the mailing's number."""

    table: Table
    mailing_id: int

    @property
    def mine(self) -> ColumnElement[bool]:
        """The rows of this audience."""
        return self.table.c.mailing_id == self.mailing_id


@dataclass(frozen=True, slots=True)
class Member:
    """One row of an audience, with what a person knows the contact by."""

    contact_id: int
    verdict: str
    arm: str
    reason: str
    offer: int | None
    email: str
    external_id: str


AudienceRow = tuple[int, str, str, str, int | None]
"""Contact id, verdict, arm, reason, offer."""


def audience_of(mailing_id: int) -> Audience:
    """The audience frozen into a mailing."""
    return Audience(audience_member, mailing_id)


@contextmanager
def staged_audience(connection: Connection, rules: AudienceRules) -> Iterator[Audience]:
    """The audience of `rules` in a temporary table, gone at the end of the block."""
    connection.execute(CreateTable(_STAGE))
    audience = Audience(_STAGE, 0)
    decide_audience(connection, audience, rules)
    yield audience
    # after an error the transaction is taken back, and the table with it
    connection.execute(DropTable(_STAGE))


def decide_audience(connection: Connection, audience: Audience, rules: AudienceRules) -> None:
    """Write one row for every member: chosen, held out or left out, with arm, reason and offer."""
    columns = ["mailing_id", "contact_id", "verdict", "arm", "reason", "offer"]
    statement = audience_statement(audience.mailing_id, rules, connection.dialect.name)
    connection.execute(insert(audience.table).from_select(columns, statement))
    if audience.table is _STAGE and connection.dialect.name == "postgresql":
        # nobody gathers statistics of a temporary table, and without them its rows are looked up the long way round
        connection.execute(text("ANALYZE audience_stage"))
    connection.execute(duplicates_left_out(audience.table, audience.mailing_id))


def leave_out(connection: Connection, audience: Audience, contact_ids: Sequence[int], reason: LeftOutReason) -> None:
    """Take contacts out of the draw after all, because of `reason`."""
    for start in range(0, len(contact_ids), PAGE):
        some = contact_ids[start : start + PAGE]
        rows = update(audience.table).where(audience.mine, audience.table.c.contact_id.in_(some))
        connection.execute(rows.values(**left_out_values(reason)))


def count_audience(connection: Connection, audience: Audience) -> Mapping[tuple[str, str, str, int | None], int]:
    """How many there are of each (verdict, arm, reason, offer), by one grouped statement."""
    table = audience.table
    groups = (table.c.verdict, table.c.arm, table.c.reason, table.c.offer)
    counted = select(*groups, func.count()).where(audience.mine).group_by(*groups).order_by(*groups)
    return {(row[0], row[1], row[2], row[3]): row[4] for row in connection.execute(counted)}


def audience_pages(
    connection: Connection, audience: Audience, verdicts: Sequence[Verdict] | None = None, page: int = PAGE
) -> Iterator[list[Member]]:
    """The members (of these verdicts) by contact id, a page at a time: the memory does not grow with the audience."""
    table, last = audience.table, 0
    while True:
        own = [table.c[name] for name in ("contact_id", "verdict", "arm", "reason", "offer")]
        rows = select(*own, contact.c.email, contact.c.external_id)
        rows = rows.join(contact, contact.c.id == table.c.contact_id).where(audience.mine, table.c.contact_id > last)
        if verdicts is not None:
            rows = rows.where(table.c.verdict.in_([verdict.value for verdict in verdicts]))
        members = [Member(*tuple(row)) for row in connection.execute(rows.order_by(table.c.contact_id).limit(page))]
        if not members:
            return
        yield members
        last = members[-1].contact_id


def audience_rows(connection: Connection, audience: Audience) -> Iterator[list[AudienceRow]]:
    """The bare rows by contact id, a page at a time: all that a fingerprint takes and a letter needs to begin with."""
    statement, last = prepared(connection, _rows_after, audience.table), 0
    while rows := statement.run(connection, own=audience.mailing_id, last=last):
        yield rows
        last = rows[-1][0]


def _rows_after(_dialect: str, table: Table) -> Select[AudienceRow]:
    own = [table.c[name] for name in ("contact_id", "verdict", "arm", "reason", "offer")]
    rows = select(*own).where(table.c.mailing_id == bindparam("own"), table.c.contact_id > bindparam("last"))
    return rows.order_by(table.c.contact_id).limit(PAGE)


def count_new_and_gone(connection: Connection, audience: Audience, last_mailing_id: int) -> tuple[int, int]:
    """How many members the last mailing's audience did not have, and how many of its members are not in this one."""
    now, then = audience.table.alias("now"), audience_member.alias("then")
    mine, last = now.c.mailing_id == audience.mailing_id, then.c.mailing_id == last_mailing_id
    same = now.c.contact_id == then.c.contact_id
    new = select(func.count()).select_from(now).where(mine, ~exists().where(last, same).correlate(now))
    gone = select(func.count()).select_from(then).where(last, ~exists().where(mine, same).correlate(then))
    return connection.scalar(new) or 0, connection.scalar(gone) or 0


def domain_counts(connection: Connection, audience: Audience, domains: Sequence[str]) -> dict[str, int]:
    """How many of the chosen have an address in each of these domains; those that nobody has are not there."""
    if not domains:
        return {}
    table, domain = audience.table, domain_of(contact.c.address_key)
    counted = select(domain, func.count()).join(table, table.c.contact_id == contact.c.id)
    counted = counted.where(audience.mine, table.c.verdict == Verdict.CHOSEN.value, domain.in_(domains))
    return {row[0]: row[1] for row in connection.execute(counted.group_by(domain))}


def queue_deliveries(
    connection: Connection, mailing_id: int, due_at: datetime, window: WindowTerms | None = None
) -> None:
    """One queued delivery for each chosen member, in one statement, due at `due_at` or when the window opens then."""
    member = audience_member
    zones = zone_counts(connection, member, mailing_id) if window and window.window.contact_timezone else ()
    source = (
        select(
            member.c.mailing_id,
            member.c.contact_id,
            contact.c.email,
            contact.c.address_key,
            domain_of(contact.c.address_key),
            member.c.arm,
            member.c.offer,
            literal(DeliveryState.QUEUED.value),
            due_column(window, zones, due_at),
        )
        .join(contact, contact.c.id == member.c.contact_id)
        .where(member.c.mailing_id == mailing_id, member.c.verdict == Verdict.CHOSEN.value)
        .order_by(member.c.contact_id)
    )
    columns = ["mailing_id", "contact_id", "address", "address_key", "domain", "arm", "offer", "state", "due_at"]
    connection.execute(insert(delivery).from_select(columns, source))
