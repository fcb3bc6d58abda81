"""Pins: statuses set by hand or by a campaign's `then`; they stand before the rule's until they end (LANGUAGE 3, 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, case, false, func, insert, select, union_all, update

from ..model.event import EventKind
from ..segment.catalogue import INQUIRY
from .tables import activity, delivery, event, mailing, orders, status_history


def pin_status(
    connection: Connection,
    contact_ids: Sequence[int],
    ladder: str,
    status: str,
    *,
    since: datetime,
    until: datetime | None = None,
    by: str = "",
) -> None:
    """Pin these contacts to a status, for good or `until` a moment. `by` names the campaign, empty: by hand.

    A campaign's pin ends at the contact's next order, inquiry or click: `end_campaign_pins` finds out when.
    """
    rows = [
        {"contact_id": contact_id, "ladder": ladder, "status": status, "since": since, "recorded_at": since,
         "pinned": True, "pinned_until": until, "pinned_by": by}
        for contact_id in contact_ids
    ]  # fmt: skip
    if rows:
        connection.execute(insert(status_history), rows)


def end_campaign_pins(connection: Connection, ladder: str) -> None:
    """Give every pin by a campaign its end, the contact's first order, inquiry or human click after it; or none.

    Done anew each time, so that an order that comes in late, or is taken back, ends the pin where it should. One that
    was placed before the pin but after the letter shows that there was no silence: that pin never held.
    """
    pin = status_history
    signs = union_all(
        _first(orders.c.placed_at, orders.c.contact_id == pin.c.contact_id),
        _first(activity.c.occurred_at, activity.c.contact_id == pin.c.contact_id, activity.c.kind_folded == INQUIRY),
        _first(
            event.c.occurred_at,
            event.c.contact_id == pin.c.contact_id,
            event.c.kind == EventKind.CLICKED.value,
            event.c.machine == false(),
        ),
    ).subquery("signs")
    first = select(func.min(signs.c.at)).correlate(pin).scalar_subquery()
    end = case((first < pin.c.since, pin.c.since), else_=first)
    connection.execute(update(pin).where(pin.c.ladder == ladder, pin.c.pinned_by != "").values(pinned_until=end))


def _first(moment: Any, *clauses: Any) -> Select[Any]:
    """The first such moment after the letter that the pin's silence began with."""
    pin = status_history
    letter = (
        select(func.max(delivery.c.sent_at, type_=moment.type))
        .join(mailing, mailing.c.id == delivery.c.mailing_id)
        .where(delivery.c.contact_id == pin.c.contact_id, mailing.c.campaign == pin.c.pinned_by)
        .where(delivery.c.sent_at <= pin.c.since)
        .correlate(pin)
        .scalar_subquery()
    )
    after = func.coalesce(letter, pin.c.since)
    return select(func.min(moment, type_=moment.type).label("at")).where(*clauses, moment > after).correlate(pin)
