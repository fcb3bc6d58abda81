"""The call list: whom a campaign hands over to a person instead of writing to them, why, and what to offer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..model.campaign import Campaign
from ..model.contact import Contact
from ..model.money import to_major
from ..model.order import Order, OrderStatus
from ..plan.summary import offer_words
from ..store.contacts import load_contacts
from ..store.engine import Connection, Store
from ..store.offers import holds_for
from ..store.orders import orders_of
from ..workspace.load import Workspace
from .asking import asking
from .letter_facts import decide_offers

PAGE = 500


@dataclass(frozen=True, slots=True)
class Call:
    """One row of the list: whom to call, who calls, why this contact, and what to offer (empty: nothing)."""

    name: str
    phone: str
    manager: str
    why: str
    offer: str
    external_id: str
    email: str


def call_list(
    store: Store, workspace: Workspace, campaign: Campaign, contact_ids: Sequence[int], as_of: datetime
) -> Iterator[Call]:
    """The calls of these contacts, in their order, as of that moment (aware)."""
    with store.reading() as connection:
        for start in range(0, len(contact_ids), PAGE):
            yield from _calls(connection, workspace, campaign, contact_ids[start : start + PAGE], as_of)


def _calls(
    connection: Connection, workspace: Workspace, campaign: Campaign, contact_ids: Sequence[int], as_of: datetime
) -> Iterator[Call]:
    contacts, orders = load_contacts(connection, contact_ids), orders_of(connection, contact_ids)
    offers = decide_offers(connection, workspace, campaign, contact_ids, as_of)
    asked = asking(workspace, as_of)
    held = {
        name: holds_for(connection, workspace.segments[name].where, asked, contact_ids) for name in campaign.hand_over
    }
    for contact_id in contact_ids:
        person, index = contacts[contact_id], offers[contact_id]
        segments = [workspace.segments[name].description or name for name in held if contact_id in held[name]]
        paid = [one for one in orders.get(contact_id, ()) if _counts(one, as_of)]
        yield Call(
            name=_name(person),
            phone=person.phone,
            manager=person.manager,
            why="; ".join([*segments, *_bought(paid, workspace)]),
            offer="" if index is None else offer_words(campaign.offers[index]),
            external_id=person.external_id,
            email=person.email,
        )


def _name(person: Contact) -> str:
    whole = " ".join(filter(None, (person.first_name, person.patronymic, person.last_name)))
    return ", ".join(filter(None, (whole, person.organisation)))


def _counts(order: Order, as_of: datetime) -> bool:
    return order.status == OrderStatus.PAID and order.placed_at <= as_of


def _bought(paid: Sequence[Order], workspace: Workspace) -> Iterator[str]:
    """What the caller should know: how many paid orders, for how much, the last one."""
    if not paid:
        return
    configuration = workspace.configuration
    last = paid[0].placed_at.astimezone(configuration.timezone)
    total = to_major(sum(order.amount for order in paid), configuration.currency)
    yield f"paid orders: {len(paid)}, {total:,.2f} {configuration.currency}, the last on {last:%Y-%m-%d}"
