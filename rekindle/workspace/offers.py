"""Offers of a campaign: `when`, and keys of the marketer's own that templates call as `offer.KEY`."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.campaign import Offer, Popular
from ..model.contact import TEXT_FIELDS, AttributeKind
from ..model.document import Node, Sequence
from ..model.duration import Duration, DurationUnit
from ..model.problem import did_you_mean
from .conditions import When
from .reading import Reading, quoted, scalar
from .tables import Key, Listed, Table, Values
from .values import Span, Text, Whole, Word


def _offer(values: Values) -> Offer:
    return Offer({key: value for key, value in values.items() if key != "when"}, values.get("when"))


OFFER: Table[Offer] = Table(
    "an offer",
    (Key("when", When(), "who gets it; without one, everybody whom no offer above was for"),),
    _offer,
    other=(Word("a key of an offer"), Text("a text for the letter")),
)


@dataclass(frozen=True, slots=True)
class Offers:
    """A list of offers, of which only the last may stand without `when`."""

    def __call__(self, node: Node, reading: Reading) -> tuple[Offer, ...] | None:
        offers = Listed(OFFER, "a list of offers")(node, reading)
        if not isinstance(node, Sequence):
            return offers
        for item in node.items[:-1]:
            get = getattr(item, "get", None)
            if get is not None and get("when") is None:
                hint = "give it a 'when', or move it to the end"
                reading.fault(item.at, "this offer has no 'when', so the offers below it are never given", hint)
        return offers


@dataclass(frozen=True, slots=True)
class AlikeBy:
    """A text field or text attribute by which buyers are alike."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, "a text field such as specialization")
        if found is None or reading.catalogue is None:
            return None
        declared = (name for name, kind in reading.catalogue.attributes.items() if kind is AttributeKind.TEXT)
        known = {*TEXT_FIELDS, *declared}
        if found.text not in known:
            reading.fault(node.at, f"{quoted(found.text)} is not a text field", did_you_mean(found.text, known))
            return None
        return found.text


POPULAR: Table[Popular] = Table(
    "popular",
    (
        Key("by", AlikeBy(), "the field by which buyers are alike", required=True),
        Key("limit", Whole(least=1, most=50), "how many products; 3 by default"),
        Key("within", Span(), "how far back; 365 days by default"),
    ),
    lambda values: Popular(**{"limit": 3, "within": Duration(365, DurationUnit.DAY), **values}),
)
