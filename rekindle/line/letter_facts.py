"""What letters say: the facts of a batch of contacts, gathered from the store by a handful of statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..compose.values import LetterFacts, LetterStyle
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

    `as_of` is aware; `period` and `step` are what `campaign.period` and `campaign.step` say in a template.
    """

    workspace: Workspace
    campaign: Campaign
    as_of: datetime
    period: str = ""
    step: int = 1
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
        contacts = load_contacts(connection, contact_ids)
        orders = orders_of(connection, contact_ids)
        if offers is None:
            offers = decide_offers(connection, self.workspace, self.campaign, contact_ids, self.as_of)
        values = [offer.values for offer in self.campaign.offers]
        for contact_id in contact_ids:
            if contact_id not in contacts:
                continue
            index = offers.get(contact_id)
            yield LetterFacts(
                contact=contacts[contact_id],
                orders=tuple(order for order in orders.get(contact_id, ()) if order.placed_at <= self.as_of),
                offer=None if index is None else values[index],
                offers=values,
                popular=self._popular_for(connection, contacts[contact_id]),
                campaign=self._campaign((arms or {}).get(contact_id, "")),
                organisation=self.workspace.configuration.organisation,
                as_of=self.as_of,
            )

    def _campaign(self, arm: str) -> Mapping[str, Any]:
        said = {"name": self.campaign.name, "description": self.campaign.description, "topic": self.campaign.topic}
        return {**said, "period": self.period, "step": self.step, "arm": arm}

    def _popular_for(self, connection: Connection, person: Contact) -> Sequence[Mapping[str, Any]]:
        asked = self.campaign.popular
        if asked is None:
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
