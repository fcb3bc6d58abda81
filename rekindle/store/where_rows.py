"""The rows that a behaviour counts, as SQL: orders, activities, letters, events; nothing after as_of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, false, select

from ..model.delivery import DeliveryState
from ..model.event import EventKind
from ..model.folding import fold
from ..model.order import OrderStatus
from ..model.segment import Behaviour, BehaviourKind, KnownTest, TextTest
from ..segment.catalogue import ACTIVITY_BEHAVIOURS, INQUIRY, ORDER_BEHAVIOURS
from .functions import unindexed
from .tables import activity, contact, delivery, event, mailing, order_item, orders
from .where_frame import Among, Frame, among_starts, among_texts, can_be_stored, every
from .where_scalars import scalars
from .where_values import Ratio, moment_clause, number_clause, text_clause


@dataclass(frozen=True)
class Rows:
    """What is counted: rows of `table` that pass `clauses`, each belonging to `owner` of the contact at `moment`."""

    table: FromClause
    owner: ColumnElement[Any]
    moment: ColumnElement[Any]
    clauses: tuple[ColumnElement[bool], ...]
    day: ColumnElement[Any] | None = None
    amount: ColumnElement[Any] | None = None
    among_others: bool = False
    """Whether they are a part of the contact's rows that an index leads to: SQLite finds them quicker one contact at a
    time, where it would read all orders in one go."""

    def also(self, *clauses: ColumnElement[bool]) -> Rows:
        """The same rows, if they pass these too."""
        return replace(self, clauses=(*self.clauses, *clauses))

    def selected(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """A statement over the rows."""
        return select(*columns).select_from(self.table).where(*self.clauses)


def paid_order_rows(frame: Frame) -> Rows:
    """The paid orders up to as_of, which the fields about orders speak of."""
    return _order_rows(frame, Behaviour(BehaviourKind.BOUGHT))


def letter_rows(frame: Frame) -> Rows:
    """The letters sent up to as_of."""
    return _letter_rows(frame, Behaviour(BehaviourKind.MAILED))


def human_event_rows(frame: Frame, kind: EventKind) -> Rows:
    """Opens or clicks by people up to as_of."""
    return _event_rows(frame, Behaviour(BehaviourKind(kind.value)))


def behaviour_rows(frame: Frame, behaviour: Behaviour) -> Rows:
    """The rows that a behaviour counts, its times and filters applied."""
    if behaviour.kind in ORDER_BEHAVIOURS:
        rows = _order_rows(frame, behaviour)
    elif behaviour.kind in ACTIVITY_BEHAVIOURS:
        rows = _activity_rows(frame, behaviour)
    elif behaviour.kind is BehaviourKind.MAILED:
        rows = _letter_rows(frame, behaviour)
    else:
        rows = _event_rows(frame, behaviour)
    return rows.also(*(moment_clause(test, rows.moment, frame.asking, rows.day) for test in behaviour.times))


def of_organisations(rows: Rows, frame: Frame) -> Rows:
    """The same rows, owned by the organisation of whoever they belong to; people that do not exist yet left out."""
    person = contact.alias()
    return replace(
        rows,
        table=rows.table.join(person, person.c.id == rows.owner),
        owner=person.c.organisation_id,
        among_others=False,
        clauses=(*rows.clauses, person.c.organisation_id.is_not(None), person.c.exists_from <= frame.asking.as_of),
    )


def _order_rows(frame: Frame, behaviour: Behaviour) -> Rows:
    own = orders.alias()
    clauses = [own.c.placed_at <= frame.asking.as_of]
    if behaviour.kind is BehaviourKind.BOUGHT:
        clauses.append(own.c.status == OrderStatus.PAID.value)
    clauses += [named_clause(frame, test, own.c.status) for test in behaviour.statuses]
    amount = Ratio(own.c.amount, unit=frame.asking.money_unit)
    clauses += [number_clause(frame, test, amount, scalars(frame)) for test in behaviour.amounts]
    if behaviour.products or behaviour.categories:
        clauses.append(_item_clause(frame, behaviour, own))
    return Rows(own, own.c.contact_id, own.c.placed_at, tuple(clauses), own.c.placed_on, own.c.amount)


def _item_clause(frame: Frame, behaviour: Behaviour, own: FromClause) -> ColumnElement[bool]:
    item = order_item.alias()
    named = [named_clause(frame, test, item.c.product_folded, among_starts) for test in behaviour.products]
    named += [named_clause(frame, test, item.c.category_folded) for test in behaviour.categories]
    return frame.one(item.c.order_id == own.c.id, *named, own=item)


def named_clause(
    frame: Frame, test: TextTest | KnownTest, folded: ColumnElement[str], among: Among = among_texts
) -> ColumnElement[bool]:
    """A folded column under a text test or known."""
    if isinstance(test, KnownTest):
        return folded != "" if test.wanted else folded == ""
    return text_clause(frame, test, folded, among)


def _activity_rows(frame: Frame, behaviour: Behaviour) -> Rows:
    own = activity.alias()
    asked = {fold(kind) for kind in behaviour.activities or (INQUIRY,)}
    kinds = among_texts(own.c.kind_folded if len(asked) == 1 else unindexed(own.c.kind_folded), asked)
    until = own.c.occurred_at <= frame.asking.as_of
    return Rows(own, own.c.contact_id, own.c.occurred_at, (kinds, until), among_others=True)


def _letter_rows(frame: Frame, behaviour: Behaviour) -> Rows:
    own = delivery.alias()
    clauses = [own.c.state == DeliveryState.SENT.value, own.c.sent_at <= frame.asking.as_of]
    clauses += _of_campaigns(behaviour, own.c.mailing_id)
    return Rows(own, own.c.contact_id, own.c.sent_at, tuple(clauses), among_others=True)


def _event_rows(frame: Frame, behaviour: Behaviour) -> Rows:
    own = event.alias()
    clauses = [own.c.kind == behaviour.kind.value, own.c.occurred_at <= frame.asking.as_of]
    if behaviour.kind in (BehaviourKind.OPENED, BehaviourKind.CLICKED) and not behaviour.machines_too:
        clauses.append(own.c.machine == false())
    clauses += _of_campaigns(behaviour, own.c.mailing_id)
    return Rows(own, own.c.contact_id, own.c.occurred_at, tuple(clauses), among_others=True)


def _of_campaigns(behaviour: Behaviour, mailing_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    if not behaviour.campaigns:
        return []
    names = [name for name in behaviour.campaigns if can_be_stored(name)]
    named = select(mailing.c.id).where(every([among_texts(mailing.c.campaign, names)]))
    return [mailing_id.is_not(None), mailing_id.in_(named.correlate(None))]
