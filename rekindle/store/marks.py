"""The marks of the ledger: `handing` before the content leaves, and how it ended. Refused to whoever lost its claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    Update,
    bindparam,
    func,
    insert,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.types import TypeEngine

from ..model.address import address_key
from ..model.delivery import Delivery, DeliveryState
from ..model.event import Event, EventKind
from ..model.suppression import Suppression, SuppressionKind, SuppressionReason
from .bundle import BUNDLE, bundle_columns, bundled
from .claims import Claimant
from .deliveries import may_become
from .direct import Direct
from .events import append_events, fingerprint
from .paces import slow_down
from .prepared import Prepared, prepared
from .suppressions import suppress
from .tables import attempt, delivery
from .types import Moment, microseconds, moment_of, moment_text

S = DeliveryState


class Handing(NamedTuple):
    """The letter of this delivery is about to leave."""

    delivery_id: int
    message_id: str
    at: datetime


class Settlement(NamedTuple):
    """How an attempt ended; `hard_bounce`: the address does not exist, the contact is not to be mailed again.

    `throttled`: letters came too fast for this domain.
    """

    delivery: Delivery
    state: DeliveryState
    at: datetime
    reason: str = ""
    reply: str = ""
    due_at: datetime | None = None
    hard_bounce: bool = False
    throttled: bool = False


MarkRow = Sequence[Any]
"""A `Handing` as it is written: the delivery's id, the Message-ID, microseconds since 1970 UTC."""

SentRow = Sequence[Any]
"""How nearly every attempt ends, as it is written: the delivery's id, the reply, microseconds since 1970 UTC."""

_MARKS, _ENDS = "marks", "ends"
_HAND_COLUMNS: Mapping[str, TypeEngine[Any]] = {"row": BigInteger(), "mid": Text(), "moment": Moment()}


def _hand(dialect: str, one_by_one: bool, bundle: str = BUNDLE) -> Update:
    mark = _columns(dialect, _HAND_COLUMNS, one_by_one, bundle)
    return (
        update(delivery)
        .where(
            delivery.c.id == mark["row"],
            may_become(S.HANDING),
            delivery.c.claimed_by == bindparam("who"),
            delivery.c.fence == bindparam("number"),
        )
        .values(
            state=literal(S.HANDING.value),
            message_id=mark["mid"],
            handed_at=mark["moment"],
            attempts=delivery.c.attempts + 1,
        )
    )


def mark_row(one: Handing) -> MarkRow:
    """The row that says this."""
    return (one.delivery_id, one.message_id, microseconds(one.at))


def sent_row(one: Settlement) -> SentRow | None:
    """The row that says this; None where there is more to be said than that the letter was sent."""
    if one.state is not S.SENT or one.reason or one.hard_bounce or one.throttled:
        return None
    return (one.delivery.delivery_id, one.reply, microseconds(one.at))


def _kept(dialect: str, rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    """Rows that end with a moment, which is an integer: as the database keeps it."""
    return rows if dialect == "sqlite" else [(number, words, moment_text(at)) for number, words, at in rows]


def _columns(
    dialect: str, types: Mapping[str, TypeEngine[Any]], one_by_one: bool, bundle: str
) -> Mapping[str, ColumnElement[Any]]:
    """What stands for the values of a row in its statement, or for those of each row of a bundle."""
    if one_by_one:
        return {name: bindparam(name, type_=type_) for name, type_ in types.items()}
    return bundle_columns(dialect, types, bundle)


def _run(  # noqa: PLR0917
    connection: Connection,
    claimant: Claimant,
    statement: Prepared,
    types: Mapping[str, TypeEngine[Any]],
    rows: Iterable[Sequence[Any]],
    one_by_one: bool,
) -> int:
    """How many rows were changed."""
    dialect, names = connection.dialect.name, tuple(types)
    ours = {"who": claimant.name, "number": claimant.fence}
    if one_by_one:
        return statement.each(connection, names, rows, **ours)
    return statement.count(connection, **bundled(dialect, names, rows), **ours)


def mark_handing(connection: Connection, claimant: Claimant, marks: Sequence[Handing]) -> set[int]:
    """Write `handing` on those that are still ours; the ids of these. The others must not leave."""
    return write_marks(connection, claimant, [mark_row(one) for one in marks])


def write_marks(
    connection: Connection, claimant: Claimant, marks: Sequence[MarkRow], *, one_by_one: bool = False
) -> set[int]:
    """See `mark_handing`.

    By one statement for all, or (quicker on SQLite, where no other thread wants the interpreter) `one_by_one`.
    """
    moments = {number: at for number, _, at in marks}
    statement = prepared(connection, _hand, one_by_one)
    rows = _kept(connection.dialect.name, marks)
    if _run(connection, claimant, statement, _HAND_COLUMNS, rows, one_by_one) == len(moments):
        return set(moments)
    # some were not ours: those that are bear our claim and the moment of this very mark
    mine = (delivery.c.claimed_by == claimant.name, delivery.c.fence == claimant.fence)
    found = select(delivery.c.id, delivery.c.handed_at).where(
        delivery.c.id.in_(moments), delivery.c.state == S.HANDING.value, *mine
    )
    return {row.id for row in connection.execute(found) if row.handed_at == moment_of(moments[row.id])}


def write_sent(
    connection: Connection, claimant: Claimant, sent: Sequence[SentRow], *, one_by_one: bool = False
) -> None:
    """See `settle`. `one_by_one` as for `write_marks`."""
    if sent:
        statement, rows = prepared(connection, _sending, one_by_one), _kept(connection.dialect.name, sent)
        _run(connection, claimant, statement, _SENT_COLUMNS, rows, one_by_one)


def mark_and_settle(
    connection: Connection, claimant: Claimant, marks: Sequence[MarkRow], sent: Sequence[SentRow]
) -> set[int]:
    """`write_sent` and `write_marks` by one statement that commits itself (PostgreSQL).

    The ids of the marks that are ours. The commit survives a loss of power where there are marks. No delivery is in
    both: what is sent was marked before, and who marked it waited for that.
    """
    bound: dict[str, Any] = {"level": "on" if marks else "off", "who": claimant.name, "number": claimant.fence}
    if marks:
        bound |= bundled("postgresql", tuple(_HAND_COLUMNS), _kept("postgresql", marks), _MARKS)
    if sent:
        bound |= bundled("postgresql", tuple(_SENT_COLUMNS), _kept("postgresql", sent), _ENDS)
    statement = _direct(bool(marks), bool(sent))
    _, *ours = statement.run(connection, **bound)
    return {int(number) for number in ours[0][1:-1].split(b",")} if ours and ours[0] else set()


@cache
def _direct(marks: bool, ends: bool) -> Direct:
    return Direct(_marking_and_settling("postgresql", marks, ends))


def _marking_and_settling(dialect: str, marks: bool, ends: bool) -> Select[Any]:
    # until this statement's own commit: so durability needs no word of its own to the server
    level: ColumnElement[Any] = func.set_config("synchronous_commit", bindparam("level", type_=Text()), true())
    statement = select(level)
    if ends:
        statement = statement.add_cte(_sending(dialect, False, _ENDS).cte("ended"))
    if marks:
        marked = _hand(dialect, False, _MARKS).returning(delivery.c.id).cte("marked")
        statement = statement.add_columns(select(func.array_agg(marked.c.id)).scalar_subquery())
    return statement


def settle(connection: Connection, claimant: Claimant, settlements: Sequence[Settlement]) -> None:
    """Write how attempts ended, with their tries, and for hard bounces the event and the suppression.

    A row that another worker has taken over meanwhile is left alone, except that an `unknown` one is settled by the
    answer that we did see.
    """
    by_state: dict[DeliveryState, list[Settlement]] = {}
    for one in settlements:
        by_state.setdefault(one.state, []).append(one)
    for state, group in by_state.items():
        _write(connection, claimant, state, group)
        if state is not S.SENT:
            _keep_tries(connection, group)
    bounced = [one for one in settlements if one.hard_bounce]
    for one in sorted(bounced, key=_mailbox):  # in one order, so that two mailings never wait for each other's rows
        _bounce(connection, one)
    hurried = [one for one in settlements if one.throttled]
    if hurried:
        domains = [_mailbox(one).rpartition("@")[2] for one in hurried]
        slow_down(connection, claimant.mailing_id, domains, hurried[-1].at)


_SETTLE_COLUMNS: Mapping[str, TypeEngine[Any]] = {
    "row": BigInteger(),
    "why": Text(),
    "words": Text(),
    "moment": Moment(),
    "again": Moment(),
}


_SENT_COLUMNS: Mapping[str, TypeEngine[Any]] = {"row": BigInteger(), "words": Text(), "moment": Moment()}


def _write(connection: Connection, claimant: Claimant, state: DeliveryState, group: Sequence[Settlement]) -> None:
    rows = ((one.delivery.delivery_id, one.reason, one.reply[:500], one.at, one.due_at) for one in group)
    _run(connection, claimant, prepared(connection, _settling, state), _SETTLE_COLUMNS, rows, False)


def _settling(dialect: str, state: DeliveryState) -> Update:
    end = _columns(dialect, _SETTLE_COLUMNS, False, BUNDLE)
    values: dict[str, Any] = {"reason": end["why"], "reply": end["words"]}
    if state is S.SENT:
        values["sent_at"] = end["moment"]
    if state in (S.DEFERRED, S.QUEUED):
        values["due_at"] = end["again"]
    else:
        values["settled_at"] = end["moment"]
    return _ended(end["row"], state).values(**values)


def _sending(dialect: str, one_by_one: bool, bundle: str = BUNDLE) -> Update:
    end = _columns(dialect, _SENT_COLUMNS, one_by_one, bundle)
    times = {"sent_at": end["moment"], "settled_at": end["moment"]}
    return _ended(end["row"], S.SENT).values(reason="", reply=func.substr(end["words"], 1, 500), **times)


def _ended(row: ColumnElement[Any], state: DeliveryState) -> Update:
    ours = (delivery.c.claimed_by == bindparam("who"), delivery.c.fence == bindparam("number"))
    return update(delivery).where(delivery.c.id == row, may_become(state), *ours).values(state=literal(state.value))


def _keep_tries(connection: Connection, group: Sequence[Settlement]) -> None:
    tries = [
        {
            "delivery_id": one.delivery.delivery_id,
            "attempted_at": one.at,
            "outcome": one.state.value,
            "reply": (one.reply or one.reason)[:500],
        }
        for one in group
        if one.state is not S.QUEUED
    ]
    if tries:
        connection.execute(insert(attempt), tries)


def _mailbox(one: Settlement) -> str:
    return address_key(one.delivery.address)


def _bounce(connection: Connection, one: Settlement) -> None:
    row = one.delivery
    bounced = Event(
        EventKind.BOUNCED,
        row.contact_id,
        row.mailing_id,
        row.delivery_id,
        one.at,
        detail=f"permanent: {one.reply[:300]}",
    )
    append_events(connection, {fingerprint("refused", row.delivery_id, row.attempts + 1): bounced}, one.at)
    wanted = Suppression(
        SuppressionKind.ADDRESS, _mailbox(one), SuppressionReason.BOUNCED, one.at, note=one.reply[:300]
    )
    suppress(connection, wanted, row.delivery_id)
