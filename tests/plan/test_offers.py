from __future__ import annotations

from dataclasses import dataclass

from rekindle.model.campaign import Offer
from rekindle.model.segment import Condition
from rekindle.plan.offers import first_offer, offers_in_reach


@dataclass(frozen=True)
class Named(Condition):
    name: str = ""


BIG, SMALL = Named(name="big"), Named(name="small")
OFFERS = (Offer({"d": "1"}, BIG), Offer({"d": "2"}, SMALL), Offer({"d": "3"}), Offer({"d": "4"}, BIG))


def test_the_first_whose_condition_holds_is_the_contact_s() -> None:
    assert first_offer(OFFERS, lambda condition: True) == 0
    assert first_offer(OFFERS, lambda condition: condition == SMALL) == 1
    assert first_offer(OFFERS, lambda condition: False) == 2
    assert first_offer(OFFERS[:2], lambda condition: False) is None


def test_nothing_after_an_offer_for_all_is_in_reach() -> None:
    assert [index for index, _ in offers_in_reach(OFFERS)] == [0, 1, 2]
