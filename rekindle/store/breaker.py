"""The circuit breaker: whether so many letters of a mailing bounced, or were called spam, that it must pause."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    ScalarSelect,
    bindparam,
    distinct,
    func,
    literal_column,
    or_,
    select,
)

from ..model.configuration import StopWhen
from ..model.delivery import DeliveryState
from ..model.event import EventKind
from .prepared import prepared
from .remembered import recall_moment, remember
from .tables import delivery, event
from .types import Moment

S = DeliveryState
_OF_MAILING = bindparam("of_mailing", type_=BigInteger)
_SINCE = bindparam("since", type_=Moment)

OUR_FAULTS = ("recipient", "policy")
"""Reasons of failed letters that speak against the list or the sender; a full mailbox does not."""


_REFUSED = ("5", "the letter ")
"""How the reply of a letter begins that somebody refused: with the code of a server's own answer, or with our words for
a letter that the relay takes of nobody (its SIZE, no 8BITMIME): the others of the mailing would fail by it as well. One
whose address this relay cannot be given (SMTPUTF8) was offered to nobody, and says nothing of the list.
"""


def why_stopped(connection: Connection, mailing_id: int, stop_when: StopWhen) -> str:
    """Why the mailing must pause, in words; empty where it may go on. What came before a `trust` is forgiven."""
    since = recall_moment(connection, _key(mailing_id))
    asked = {} if since is None else {"since": Moment().process_bind_param(since, connection.dialect)}
    refused, returned, complained = prepared(connection, _against, bool(asked)).run(
        connection, of_mailing=mailing_id, **asked
    )[0]
    bounced = refused + returned
    if not bounced and not complained:
        return ""  # as nearly always; counting the sent ones takes the longer the more there are
    out = refused + prepared(connection, _sent, bool(asked)).run(connection, of_mailing=mailing_id, **asked)[0][0]
    if out < max(stop_when.after, 1):
        return ""
    for count, most, key, verb in (
        (bounced, stop_when.bounced, "bounced", "bounced or were refused"),
        (complained, stop_when.complained, "complained", "were called spam"),
    ):
        if count > most * out:
            share, limit = _share(Decimal(count) / out), _share(most)
            return f"{count:,} of {out:,} letters {verb} ({share}; stop_when.{key} is {limit})"
    return ""


def trust(connection: Connection, mailing_id: int, now: datetime) -> None:
    """A person lets the mailing go on: only what happens from `now` on counts."""
    remember(connection, _key(mailing_id), now.isoformat())


def _key(mailing_id: int) -> str:
    return f"breaker of mailing {mailing_id}"


def _sent(_dialect: str, trusted: bool) -> Executable:
    return select(_settled(S.SENT, trusted))


def _against(_dialect: str, trusted: bool) -> Executable:
    """What speaks against the mailing: refused letters, bounced ones, those called spam."""
    ours = delivery.c.reason.in_([literal_column(f"'{one}'") for one in OUR_FAULTS])
    refused = _settled(S.FAILED, trusted, ours, or_(*map(delivery.c.reply.startswith, _REFUSED)))
    permanent = event.c.detail.startswith("permanent")
    return select(refused, _returned(EventKind.BOUNCED, trusted, permanent), _returned(EventKind.COMPLAINED, trusted))


def _settled(state: DeliveryState, trusted: bool, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    own = [delivery.c.mailing_id == _OF_MAILING, delivery.c.state == literal_column(f"'{state.value}'"), *conditions]
    if trusted:
        own.append(delivery.c.settled_at > _SINCE)
    return select(func.count()).select_from(delivery).where(*own).scalar_subquery()


def _returned(kind: EventKind, trusted: bool, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """Letters that had left, and of which the world said this later."""
    said = [event.c.mailing_id == _OF_MAILING, event.c.kind == kind.value, *conditions]
    if trusted:
        said.append(event.c.recorded_at > _SINCE)
    letters = select(func.count(distinct(event.c.delivery_id))).join(delivery, delivery.c.id == event.c.delivery_id)
    return letters.where(*said, delivery.c.state == literal_column(f"'{S.SENT.value}'")).scalar_subquery()


def _share(share: Decimal) -> str:
    return f"{(share * 100).quantize(Decimal('0.01')).normalize():f} %"
