"""Caps: who has had as many letters as one contact may get, over the letters of all campaigns (LANGUAGE 4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, func, or_, select, union_all

from ..model.campaign import Cap
from ..model.delivery import DeliveryState
from .tables import delivery

LOOK_AGAIN = timedelta(minutes=15)
"""The shortest time that a capped letter waits: what made it wait may be a letter whose fate is not known yet."""


@dataclass(frozen=True, slots=True)
class CapTerms:
    """A cap and the timezone that its months and years go by."""

    cap: Cap
    zone: tzinfo


def letters_received(since: datetime, until: datetime, of: FromClause = delivery) -> ColumnElement[bool]:
    """True for a delivery (or an alias of it) whose letter went out in since < t <= until.

    A letter whose fate is unknown may have arrived: it counts from when it was handed over.
    """
    sent = and_(of.c.sent_at > since, of.c.sent_at <= until)
    maybe = and_(of.c.state == DeliveryState.UNKNOWN.value, of.c.handed_at > since, of.c.handed_at <= until)
    return or_(sent, maybe)


def capped_contacts(letters: int, since: datetime, until: datetime) -> Select[tuple[int]]:
    """The ids of the contacts with `letters` or more letters in since < t <= until."""
    sent = select(delivery.c.contact_id).where(delivery.c.sent_at > since, delivery.c.sent_at <= until)
    # spelled apart from the sent ones, so that each half is a range of its own index
    maybe = select(delivery.c.contact_id).where(
        delivery.c.state == DeliveryState.UNKNOWN.value, delivery.c.handed_at > since, delivery.c.handed_at <= until
    )
    received = union_all(sent, maybe).subquery("received")
    return select(received.c.contact_id).group_by(received.c.contact_id).having(func.count() >= letters)


def capped_until(
    connection: Connection, terms: CapTerms, contact_ids: Sequence[int], now: datetime
) -> dict[int, datetime]:
    """When each of these contacts may have another letter; who may have one at `now` is not in it.

    A letter that is in a sender's hands at this moment counts like one that was sent, until its fate is known: two
    mailings that leave at the same time are held by one cap. So does one that left a little later than `now`: clocks of
    two hosts differ, and no span of the cap's length may hold more letters than it allows.
    """
    most = terms.cap.letters
    since, until_then = terms.cap.within.before(now, terms.zone), terms.cap.within.after(now, terms.zone)
    received: defaultdict[int, list[datetime]] = defaultdict(list)
    in_hand: Counter[int] = Counter()
    for row in connection.execute(_letters(contact_ids, since, until_then)):
        if row.state in _IN_HAND:
            in_hand[row.contact_id] += 1
        else:
            received[row.contact_id].append(row.sent_at or row.handed_at)
    until = {}
    for contact_id in received.keys() | in_hand.keys():
        moments = sorted(received[contact_id], reverse=True)
        if len(moments) >= most:
            until[contact_id] = max(terms.cap.within.after(moments[most - 1], terms.zone), now + LOOK_AGAIN)
        elif len(moments) + in_hand[contact_id] >= most:
            until[contact_id] = now + LOOK_AGAIN
    return until


_IN_HAND = (DeliveryState.CLAIMED.value, DeliveryState.HANDING.value)


def _letters(
    contact_ids: Sequence[int], since: datetime, until: datetime
) -> Select[tuple[int, str, datetime, datetime]]:
    row = delivery.c
    counts = or_(letters_received(since, until), row.state.in_(_IN_HAND))
    found = select(row.contact_id, row.state, row.sent_at, row.handed_at)
    return found.where(row.contact_id.in_(contact_ids), counts)
