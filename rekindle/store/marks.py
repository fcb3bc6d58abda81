"""The marks of the ledger: `handing` before the content leaves, and how it ended. Refused to whoever lost its claim."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
from .bundle import BUNDLE, bundle_columns, bundled, kept
from .claims import Claimant
from .deliveries import may_become
from .events import append_events, fingerprint
from .paces import slow_down
from .prepared import Prepared, prepared
from .suppressions import suppress
from .tables import attempt, delivery
from .types import Moment

S = DeliveryState


@dataclass(frozen=True, slots=True)
class Handing:
    """The letter of this delivery is about to leave."""

    delivery_id: int
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
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


def _hand_rows(marks: Iterable[Handing]) -> Iterator[Sequence[Any]]:
    return ((one.delivery_id, one.message_id, one.at) for one in marks)


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
        return statement.each(connection, names, map(kept, rows), **ours)
    return statement.count(connection, **bundled(dialect, names, rows), **ours)


def mark_handing(
    connection: Connection, claimant: Claimant, marks: Sequence[Handing], *, one_by_one: bool = False
) -> set[int]:
    """Write `handing` on those that are still ours; the ids of these. The others must not leave.

    By one statement for all, or (quicker on SQLite, where no other thread wants the interpreter) `one_by_one`.
    """
    rows = _hand_rows(marks)
    moments = {mark.delivery_id: mark.at for mark in marks}
    statement = prepared(connection, _hand, one_by_one)
    if _run(connection, claimant, statement, _HAND_COLUMNS, rows, one_by_one) == len(moments):
        return set(moments)
    # some were not ours: those that are bear our claim and the moment of this very mark
    mine = (delivery.c.claimed_by == claimant.name, delivery.c.fence == claimant.fence)
    found = select(delivery.c.id, delivery.c.handed_at).where(
        delivery.c.id.in_(moments), delivery.c.state == S.HANDING.value, *mine
    )
    return {row.id for row in connection.execute(found) if row.handed_at == moments[row.id]}


def mark_and_settle(
    connection: Connection, claimant: Claimant, marks: Sequence[Handing], sent: Sequence[Settlement]
) -> set[int]:
    """`mark_handing` and `settle` of letters that were all sent, by one statement that commits itself (PostgreSQL).

    The ids of the marks that are ours. The commit survives a loss of power where there are marks. No delivery is in
    both: what is sent was marked before, and who marked it waited for that.
    """
    bound: dict[str, Any] = {"level": "on" if marks else "off", "who": claimant.name, "number": claimant.fence}
    if marks:
        bound |= bundled("postgresql", tuple(_HAND_COLUMNS), _hand_rows(marks), _MARKS)
    if sent:
        bound |= bundled("postgresql", tuple(_SETTLE_COLUMNS), _settle_rows(sent), _ENDS)
    statement = prepared(connection, _marking_and_settling, bool(marks), bool(sent))
    _, *ours = statement.run(connection, **bound)[0]
    return set(ours[0] or ()) if ours else set()


def _marking_and_settling(dialect: str, marks: bool, ends: bool) -> Select[Any]:
    # until this statement's own commit: so durability needs no word of its own to the server
    level: ColumnElement[Any] = func.set_config("synchronous_commit", bindparam("level", type_=Text()), true())
    statement = select(level)
    if ends:
        statement = statement.add_cte(_settling(dialect, S.SENT, False, _ENDS).cte("ended"))
    if marks:
        marked = _hand(dialect, False, _MARKS).returning(delivery.c.id).cte("marked")
        statement = statement.add_columns(select(func.array_agg(marked.c.id)).scalar_subquery())
    return statement


def is_one_statement(settlements: Sequence[Settlement]) -> bool:
    """Whether all were sent: then `settle` says it in one statement."""
    return all(one.state is S.SENT for one in settlements)


def settle(
    connection: Connection, claimant: Claimant, settlements: Sequence[Settlement], *, one_by_one: bool = False
) -> None:
    """Write how attempts ended, with their tries, and for hard bounces the event and the suppression.

    A row that another worker has taken over meanwhile is left alone, except that an `unknown` one is settled by the
    answer that we did see. `one_by_one` as for `mark_handing`.
    """
    by_state: dict[DeliveryState, list[Settlement]] = {}
    for one in settlements:
        by_state.setdefault(one.state, []).append(one)
    for state, group in by_state.items():
        _write(connection, claimant, state, group, one_by_one)
        if state is not S.SENT:
            _keep_tries(connection, group)
    for one in settlements:
        if one.hard_bounce:
            _bounce(connection, one)
    hurried = [one for one in settlements if one.throttled]
    if hurried:
        domains = [address_key(one.delivery.address).rpartition("@")[2] for one in hurried]
        slow_down(connection, claimant.mailing_id, domains, hurried[-1].at)


_SETTLE_COLUMNS: Mapping[str, TypeEngine[Any]] = {
    "row": BigInteger(),
    "why": Text(),
    "words": Text(),
    "moment": Moment(),
    "again": Moment(),
}


def _write(
    connection: Connection, claimant: Claimant, state: DeliveryState, group: Sequence[Settlement], one_by_one: bool
) -> None:
    rows = _settle_rows(group)
    statement = prepared(connection, _settling, state, one_by_one)
    _run(connection, claimant, statement, _SETTLE_COLUMNS, rows, one_by_one)


def _settle_rows(group: Iterable[Settlement]) -> Iterator[Sequence[Any]]:
    return ((one.delivery.delivery_id, one.reason, one.reply[:500], one.at, one.due_at) for one in group)


def _settling(dialect: str, state: DeliveryState, one_by_one: bool, bundle: str = BUNDLE) -> Update:
    end = _columns(dialect, _SETTLE_COLUMNS, one_by_one, bundle)
    values: dict[str, Any] = {"state": literal(state.value), "reason": end["why"], "reply": end["words"]}
    if state is S.SENT:
        values["sent_at"] = end["moment"]
    if state in (S.DEFERRED, S.QUEUED):
        values["due_at"] = end["again"]
    else:
        values["settled_at"] = end["moment"]
    ours = (delivery.c.claimed_by == bindparam("who"), delivery.c.fence == bindparam("number"))
    return update(delivery).where(delivery.c.id == end["row"], may_become(state), *ours).values(**values)


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
        SuppressionKind.ADDRESS, address_key(row.address), SuppressionReason.BOUNCED, one.at, note=one.reply[:300]
    )
    suppress(connection, wanted, row.delivery_id)
