"""Facts: all that is known of one contact, and the figures of the population that some conditions compare it with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from ..model.consent import Consent
from ..model.contact import Contact
from ..model.order import Activity, Order
from ..model.segment import Top


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter that was sent to the contact."""

    delivery_id: int
    campaign: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class LetterEvent:
    """What came back from a letter."""

    kind: str
    occurred_at: datetime
    campaign: str = ""
    delivery_id: int | None = None
    machine: bool = False


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """One row of the status history, in the order of recording; an empty `status` says: on no rung any more."""

    ladder: str
    status: str
    since: datetime
    pinned: bool = False
    pinned_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Covering:
    """A suppression of the contact's address or domain; `topic` empty: of every letter."""

    topic: str
    since: datetime
    lifted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """An import that brought or touched the contact."""

    source: str
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class Colleague:
    """Another contact of the same organisation."""

    exists_from: datetime
    orders: tuple[Order, ...] = ()
    activities: tuple[Activity, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """One contact. `contact.created_at` is the moment since which it exists; consents stand in recorded order.

    `usual_gap` and `alive` are of the moment of asking: they take the population's median (rhythm.gap) and model
    (rhythm.alive). `address_key` may be empty.
    """

    contact: Contact
    address_key: str = ""
    orders: tuple[Order, ...] = ()
    activities: tuple[Activity, ...] = ()
    letters: tuple[SentLetter, ...] = ()
    events: tuple[LetterEvent, ...] = ()
    statuses: tuple[StatusEntry, ...] = ()
    consents: tuple[Consent, ...] = ()
    suppressions: tuple[Covering, ...] = ()
    touches: tuple[Touch, ...] = ()
    colleagues: tuple[Colleague, ...] = ()
    usual_gap: Fraction | None = None
    alive: Fraction | None = None


Edge = tuple[int, int]
"""The last of the best: its sum (minor units, or orders) and its contact id."""


@dataclass(frozen=True, slots=True)
class Population:
    """Figures over all contacts that exist at the moment of asking. A `top` with no members has no edge."""

    edges: Mapping[Top, Edge | None] = field(default_factory=dict)
