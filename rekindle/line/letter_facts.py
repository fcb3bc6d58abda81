"""What letters say: the facts of a batch of contacts, gathered from the store by a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..compose.letter import CompiledLetter
from ..compose.values import Asked, LetterFacts, LetterStyle
from ..model.campaign import Campaign
from ..model.contact import Contact
from ..model.folding import fold
from ..plan.offers import offers_in_reach
from ..store.contacts import load_contacts
from ..store.engine import Connection
from ..store.offers import holds_for
from ..store.orders import orders_of
from ..store.popular import EVERYONE, PopularProduct, popular_products
from ..workspace.load import Workspace
from .asking import asking


@dataclass(frozen=True)
class FactsDesk:
    """Gathers the facts of one mailing's letters, batch by batch; what all of them share is asked for once.

    `as_of` is aware; `period` and `step` are what `campaign.period` and `campaign.step` say in a template. What no
    letter asks for (`asked_of`) is not read.
    """

    workspace: Workspace
    campaign: Campaign
    as_of: datetime
    period: str = ""
    step: int = 1
    asked: Asked = field(default_factory=Asked)
    _popular: dict[str, Mapping[str, tuple[PopularProduct, ...]]] = field(default_factory=dict)

    def gather(
        self,
        connection: Connection,
        contact_ids: Sequence[int],
        offers: Mapping[int, int | None] | None = None,
        arms: Mapping[int, str] | None = None,
    ) -> Iterator[LetterFacts]:
        """The facts of these contacts, in the order asked for; one that the store does not know is left out.

        `offers` are the frozen indexes by contact; None: decided now, by the conditions of the campaign's offers.
        """
        contacts = self._contacts(connection, contact_ids)
        orders = orders_of(connection, contact_ids, items=self.asked.items) if self.asked.orders else {}
        if offers is None:
            offers = decide_offers(connection, self.workspace, self.campaign, contact_ids, self.as_of)
        arms, organisation, as_of = arms or {}, self.workspace.configuration.organisation, self.as_of
        values = [offer.values for offer in self.campaign.offers]
        campaigns = {arm: self._campaign(arm) for arm in {"", *arms.values()}}
        for contact_id in contact_ids:
            person = contacts.get(contact_id)
            if person is None:
                continue
            bought = tuple([order for order in orders.get(contact_id, ()) if order.placed_at <= as_of])
            index = offers.get(contact_id)
            offer = None if index is None else values[index]
            popular = self._popular_for(connection, person)
            campaign = campaigns[arms.get(contact_id, "")]
            yield LetterFacts(person, bought, offer, values, popular, campaign, organisation, as_of)

    def _contacts(self, connection: Connection, contact_ids: Sequence[int]) -> dict[int, Contact]:
        asked = self.asked
        by_popular = asked.popular and self.campaign.popular is not None  # which may go by any field of the contact
        tags, attributes = asked.tags or by_popular, asked.attributes or by_popular
        return load_contacts(connection, contact_ids, tags=tags, attributes=attributes)

    def _campaign(self, arm: str) -> Mapping[str, Any]:
        said = {"name": self.campaign.name, "description": self.campaign.description, "topic": self.campaign.topic}
        return {**said, "period": self.period, "step": self.step, "arm": arm}

    def _popular_for(self, connection: Connection, person: Contact) -> Sequence[Mapping[str, Any]]:
        asked = self.campaign.popular
        if asked is None or not self.asked.popular:
            return ()
        if asked.by not in self._popular:
            since = asked.within.before(self.as_of, self.workspace.configuration.timezone)
            self._popular[asked.by] = popular_products(connection, asked.by, asked.limit, since, self.as_of)
        own = getattr(person, asked.by, None)
        value = fold(str(own if own is not None else person.attributes.get(asked.by, "")))
        products = self._popular[asked.by].get(value or EVERYONE, ())
        return [
            {"product": each.product, "category": each.category, "buyers": each.buyers, "orders": each.orders}
            for each in products
        ]


def asked_of(letters: Iterable[CompiledLetter]) -> Asked:
    """What has to be read for any one of these letters."""
    asked = [letter.asked for letter in letters]
    return Asked(
        tags=any(one.tags for one in asked),
        attributes=any(one.attributes for one in asked),
        orders=any(one.orders for one in asked),
        items=any(one.items for one in asked),
        popular=any(one.popular for one in asked),
    )


def letter_facts(
    connection: Connection, workspace: Workspace, campaign: Campaign, contact_ids: Sequence[int], as_of: datetime
) -> Iterator[LetterFacts]:
    """The facts of one batch of contacts at `as_of` (aware), offers decided now. For many batches keep a FactsDesk."""
    return FactsDesk(workspace, campaign, as_of).gather(connection, contact_ids)


def decide_offers(
    connection: Connection, workspace: Workspace, campaign: Campaign, contact_ids: Sequence[int], as_of: datetime
) -> dict[int, int | None]:
    """The index of the first offer that is for each contact (None: none is), one statement an offer."""
    chosen: dict[int, int | None] = dict.fromkeys(contact_ids)
    undecided = set(contact_ids)
    for index, when in offers_in_reach(campaign.offers):
        if not undecided:
            break
        held = undecided
        if when is not None:
            held = holds_for(connection, when, asking(workspace, as_of), undecided)
        chosen.update(dict.fromkeys(held, index))
        undecided = undecided - held
    return chosen


def letter_style(workspace: Workspace, campaign: Campaign) -> LetterStyle:
    """How values look in the letters of `campaign`, and which names its templates may use."""
    configuration = workspace.configuration
    names = tuple(dict.fromkeys(name for offer in campaign.offers for name in offer.values))
    return LetterStyle(
        configuration.locale, configuration.timezone, configuration.currency, configuration.attributes, names
    )
