"""Claims: due deliveries taken into a sender's hands, looked at once more before they are, and put back unbegun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Select,
    Text,
    Update,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from ..model.audience import LeftOutReason
from ..model.configuration import Sending
from ..model.delivery import Delivery, DeliveryState
from ..model.mailing import MailingState
from .bundle import bundle_columns, bundled
from .caps import CapTerms, capped_until
from .deliveries import expire_waiting, may_become, put_back, state_clauses
from .paces import Allowance, allowance, draw, hold_paces, wait_for_lanes
from .prepared import prepared
from .reach import suppressed_clause, unreachable_reason
from .rungs import Rung, answered
from .tables import attempt, contact, delivery, mailing
from .types import Moment
from .waves import OUTSIDE, WindowTerms

S = DeliveryState
_MOMENT = Moment()
_TAKEN: Mapping[str, TypeEngine[Any]] = {"row": BigInteger()}


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who works at a mailing: `fence` is the number of its lease; a late worker has a lower one and is refused."""

    mailing_id: int
    name: str
    fence: int


class Claim(NamedTuple):
    """A delivery in our hands; `first_tried_at` is set where this is not its first try."""

    delivery: Delivery
    first_tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one claim brought; `passed_over` were skipped, expired or delayed; `standing` False: the mailing rests.

    `wait`: letters are due, but their pace allows none now; look again after this time.
    """

    claims: tuple[Claim, ...] = ()
    passed_over: int = 0
    standing: bool = True
    wait: timedelta | None = None

    @property
    def is_end(self) -> bool:
        """Whether nothing is due now."""
        return not self.claims and not self.passed_over and self.wait is None


def claim(  # noqa: PLR0917
    connection: Connection,
    claimant: Claimant,
    now: datetime,
    limit: int,
    cap: CapTerms | None = None,
    window: WindowTerms | None = None,
    rung: Rung | None = None,
    sending: Sending | None = None,
) -> Claimed:
    """Take up to `limit` due deliveries into our hands, those that failed before first.

    Consent, suppression and `cap` are looked at again as they stand at `now` (LEDGER 3): who may not be written to any
    more is skipped, whoever has had enough letters waits until the cap frees, and for whom it is quiet outside
    `window`, until that opens; who has answered since the letter before (`rung`: a ladder's later step) gets no other.
    No more are taken than the paces of `sending` allow, all workers together, and those who claim under a cap do so one
    after another. Nothing is claimed from a mailing that is not in `sending`; what is overdue by its expiry expires.
    """
    state, topic, expires = prepared(connection, _standing).run(connection, of_mailing=claimant.mailing_id)[0]
    expires_at = _MOMENT.process_result_value(expires, connection.dialect)
    if state != MailingState.SENDING.value:
        return Claimed(standing=False)
    if expires_at is not None and now >= expires_at:
        return Claimed(passed_over=expire_waiting(connection, claimant.mailing_id, now))
    if cap is not None:
        # two mailings that claimed side by side would both find the same readers without a letter; what is claimed is
        # seen once it is committed, so each waits here for the one before, with nothing in its hands
        hold_paces(connection)
    granted = allowance(connection, sending or Sending(), now, limit)
    rows = _due_rows(connection, claimant.mailing_id, topic, now, granted)
    skipped = _skip_unreachable(connection, rows, now)
    reachable = [row for row in rows if not row.why_not]
    silent = reachable if rung is None else _let_go(connection, reachable, rung, now)
    awake = silent if window is None else _let_sleep(connection, silent, window, now)
    taken = awake if cap is None else _let_wait(connection, awake, cap, now)
    _take(connection, claimant, [row.id for row in taken])
    draw(connection, granted, Counter(row.lane for row in taken), now)
    wait = None if rows else wait_for_lanes(connection, claimant.mailing_id, granted, now)
    claims = tuple(_claim(row, connection.dialect) for row in taken)
    return Claimed(claims, skipped + len(reachable) - len(taken), wait=wait)


def _standing(_dialect: str) -> Select[Any]:
    own = mailing.c.id == bindparam("of_mailing", type_=BigInteger)
    return select(mailing.c.state, mailing.c.topic, mailing.c.expires_at).where(own)


def _let_wait(connection: Connection, rows: Sequence[_Due], cap: CapTerms, now: datetime) -> list[_Due]:
    """Delay the letters of those who have had as many as one contact may get; the others."""
    until = capped_until(connection, cap, [row.contact_id for row in rows], now)
    _delay(connection, {row.id: until[row.contact_id] for row in rows if row.contact_id in until}, LeftOutReason.CAPPED)
    return [row for row in rows if row.contact_id not in until]


def _let_sleep(connection: Connection, rows: Sequence[_Due], window: WindowTerms, now: datetime) -> list[_Due]:
    """Delay the letters to those for whom the window is closed; the others."""
    closed = window.closed_for((row.timezone for row in rows), now)
    _delay(connection, {row.id: closed[row.timezone] for row in rows if row.timezone in closed}, OUTSIDE)
    return [row for row in rows if row.timezone not in closed]


def _delay(connection: Connection, until: Mapping[int, datetime], reason: str) -> None:
    """Let these deliveries wait, each until its own moment."""
    if until:
        waits = update(delivery).where(delivery.c.id == bindparam("row"), or_(*state_clauses(S.QUEUED, S.DEFERRED)))
        delayed = [{"row": number, "free": moment} for number, moment in until.items()]
        connection.execute(waits.values(due_at=bindparam("free"), reason=str(reason)), delayed)


class _Due(NamedTuple):
    """A row that is due, as `_candidates` brings it."""

    id: int
    mailing_id: int
    contact_id: int
    address: str
    arm: str
    attempts: int
    message_id: str
    due_at: Any
    offer: int | None
    why_not: str
    timezone: str
    first_tried_at: Any
    lane: str


def _due_rows(connection: Connection, mailing_id: int, topic: str, now: datetime, granted: Allowance) -> list[_Due]:
    """Due rows, as many of each lane as are granted.

    At most three statements a lane, each of which follows the index (mailing, state, lane, due_at) and stops at the
    limit; as a rule there is something for one of them alone, and PostgreSQL plans each anew for its values.
    """
    rows: list[_Due] = []
    moment = _MOMENT.process_bind_param(now, connection.dialect)
    for lane, most in granted.by_lane.items():
        most = min(most, granted.total - len(rows))
        asked_of = {"of_mailing": mailing_id, "of_lane": lane, "moment": moment}
        there = prepared(connection, _kinds_there).run(connection, **asked_of)[0] if most > 0 else ()
        for (state, has_time), is_there in zip(_KINDS, there, strict=False):
            if is_there and most > 0:
                statement = prepared(connection, _candidates, state, has_time)
                found = [_Due._make(row) for row in statement.run(connection, about=topic, most=most, **asked_of)]
                rows, most = rows + found, most - len(found)
    return rows


_KINDS = ((S.DEFERRED, True), (S.QUEUED, True), (S.QUEUED, False))
"""In the order in which they are claimed: a state, and whether it waits for a moment."""


def _kinds_there(_dialect: str) -> Select[Any]:
    """Whether there is any delivery of each kind that is due."""
    # by the first in the order of the index: PostgreSQL does not look at the order that an EXISTS is asked in
    first = select(delivery.c.id).order_by(delivery.c.due_at).limit(1)
    there: list[Any] = [first.where(*_of_kind(*kind)).scalar_subquery().is_not(None) for kind in _KINDS]
    return select(*there)


def _of_kind(state: DeliveryState, has_time: bool) -> tuple[ColumnElement[bool], ...]:
    moment: Any = bindparam("moment", type_=Moment)
    return (
        delivery.c.mailing_id == bindparam("of_mailing", type_=BigInteger),
        # spelt out: beside an index of one state alone, SQLite would plan the statement anew whenever a state is bound
        delivery.c.state == literal_column(f"'{state.value}'"),
        delivery.c.lane == bindparam("of_lane", type_=Text),
        delivery.c.due_at <= moment if has_time else delivery.c.due_at.is_(None),
    )


def _candidates(dialect: str, state: DeliveryState, has_time: bool) -> Select[Any]:
    moment: Any = bindparam("moment", type_=Moment)
    topic = bindparam("about", type_=Text)
    each = dialect == "postgresql"
    # the frozen address may differ from the contact's own by now: both must be free of suppression
    why_not = case(
        (suppressed_clause(topic, moment, delivery, each=each), literal(LeftOutReason.SUPPRESSED.value)),
        else_=unreachable_reason(topic, moment, contact, each=each),
    )
    tried = select(func.min(attempt.c.attempted_at)).where(attempt.c.delivery_id == delivery.c.id).scalar_subquery()
    columns = ("id", "mailing_id", "contact_id", "address", "arm", "attempts", "message_id", "due_at", "offer")
    return (
        select(*(delivery.c[name] for name in columns), why_not.label("why_not"), contact.c.timezone)
        .add_columns(tried.label("first_tried_at"), delivery.c.lane)
        .join(contact, contact.c.id == delivery.c.contact_id)
        .where(*_of_kind(state, has_time))
        .order_by(delivery.c.due_at)  # where they are alike too: PostgreSQL finds no other index in this order
        .with_for_update(of=delivery, skip_locked=True)
        .limit(bindparam("most", type_=Integer))
    )


def _skip_unreachable(connection: Connection, rows: Iterable[_Due], now: datetime) -> int:
    refused = {row.id: row.why_not for row in rows if row.why_not}
    _skip(connection, refused, now)
    return len(refused)


def _let_go(connection: Connection, rows: Sequence[_Due], rung: Rung, now: datetime) -> list[_Due]:
    """Skip those who have answered the letter before; the others."""
    answers = answered(connection, rung, [row.contact_id for row in rows], now)
    _skip(connection, {row.id: answers[row.contact_id] for row in rows if row.contact_id in answers}, now)
    return [row for row in rows if row.contact_id not in answers]


def _skip(connection: Connection, reasons: Mapping[int, str], now: datetime) -> None:
    if reasons:
        refused = [{"row": number, "why": why} for number, why in reasons.items()]
        skip = update(delivery).where(delivery.c.id == bindparam("row"), may_become(S.SKIPPED, (S.QUEUED, S.DEFERRED)))
        values = {"state": S.SKIPPED.value, "reason": bindparam("why"), "settled_at": now}
        connection.execute(skip.values(**values), refused)


def _take(connection: Connection, claimant: Claimant, ids: Sequence[int]) -> None:
    if ids:
        rows = bundled(connection.dialect.name, tuple(_TAKEN), ((number,) for number in ids))
        prepared(connection, _taking).run(connection, **rows, who=claimant.name, number=claimant.fence)


def _taking(dialect: str) -> Update:
    row = bundle_columns(dialect, _TAKEN)["row"]
    taken = {"state": S.CLAIMED.value, "claimed_by": bindparam("who"), "fence": bindparam("number")}
    return update(delivery).where(delivery.c.id == row, may_become(S.CLAIMED)).values(taken)


def _claim(row: _Due, dialect: Dialect) -> Claim:
    values = (row.id, row.mailing_id, row.contact_id, row.address, row.arm, S.CLAIMED, row.attempts, row.message_id)
    due_at = None if row.due_at is None else _MOMENT.process_result_value(row.due_at, dialect)
    first = None if row.first_tried_at is None else _MOMENT.process_result_value(row.first_tried_at, dialect)
    return Claim(Delivery(*values, due_at, row.offer), first)


def release(connection: Connection, claimant: Claimant, ids: Collection[int] | None = None) -> int:
    """Put back what this worker has claimed and not begun (None: all of it); how many."""
    mine = [
        delivery.c.mailing_id == claimant.mailing_id,
        delivery.c.state == S.CLAIMED.value,
        delivery.c.claimed_by == claimant.name,
        delivery.c.fence == claimant.fence,
    ]
    if ids is not None:
        mine.append(delivery.c.id.in_(ids))
    return connection.execute(update(delivery).where(*mine).values(put_back())).rowcount
