"""The value that decided, in words for a person who reads `segment explain`: with its unit, currency or distance."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from ..model.money import minor_digits
from ..model.segment import BehaviourKind
from .asking import Asking
from .catalogue import MONEY_FIELDS, SCORE_FIELDS
from .judgement import shown

DAY = timedelta(days=1)
NOUNS = {
    BehaviourKind.BOUGHT: ("paid order", "paid orders"),
    BehaviourKind.ORDERED: ("order", "orders"),
    BehaviourKind.INQUIRED: ("inquiry", "inquiries"),
    BehaviourKind.DID: ("activity", "activities"),
    BehaviourKind.MAILED: ("letter", "letters"),
    BehaviourKind.OPENED: ("open", "opens"),
    BehaviourKind.CLICKED: ("click", "clicks"),
    BehaviourKind.BOUNCED: ("bounce", "bounces"),
    BehaviourKind.COMPLAINED: ("complaint", "complaints"),
    BehaviourKind.UNSUBSCRIBED: ("unsubscription", "unsubscriptions"),
}
"""What a behaviour counts, one and many."""


def how_many(count: int, one: str, many: str) -> str:
    """`1 letter`, `3 letters`."""
    return f"{count} {one if count == 1 else many}"


def money_found(amount: Fraction, asking: Asking) -> str:
    """`4000.50 RUB`, of an amount in major units."""
    number = Decimal(amount.numerator) / amount.denominator
    return f"{number:.{minor_digits(asking.currency)}f} {asking.currency}"


def moment_found(moment: datetime | None, asking: Asking) -> str:
    """`2026-08-31 16:28, 61 days ago`, by the workspace's clock."""
    if moment is None:
        return shown(None)
    words = shown(moment.astimezone(asking.zone))
    if moment > asking.as_of:
        return words
    days = (asking.as_of - moment) // DAY
    return f"{words}, {how_many(days, 'day', 'days')} ago" if days else f"{words}, less than a day ago"


def number_found(field: str, number: Fraction | None, asking: Asking) -> str:
    """The value of a number field with what it is a number of."""
    if number is None:
        return shown(None)
    if field in MONEY_FIELDS:
        return money_found(number, asking)
    if field in SCORE_FIELDS:
        return f"{shown(number)} of 5"
    if field in ("silent_days", "usual_gap"):
        return f"{shown(number)} {'day' if number == 1 else 'days'}"
    return shown(number)
