"""Drafts: what a file says about contacts, orders and the rest, cleaned but not yet compared with the store.

Named tuples, not dataclasses: half a million of them pass through one import. An empty text, None or empty tuple means
that the file says nothing, and what a file does not say is left as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from .contact import AttributeValue


class ImportKind(StrEnum):
    """What the rows of a file are about (COMMANDS 1)."""

    CONTACTS = "contacts"
    ORDERS = "orders"
    ACTIVITIES = "activities"
    SUPPRESSIONS = "suppressions"
    MAILINGS = "mailings"


class Refusal(NamedTuple):
    """A row that was not taken: the line where it begins, why, its raw text; `by_rule`: a map's `refuse:` said so."""

    line: int
    reason: str
    raw: str
    by_rule: bool = False
    number: str = ""
    """The order that the row belonged to, where it is known: an order is taken whole or not at all."""


class PointDraft(NamedTuple):
    """One address or phone: `kind` email or phone, `key` what it is known by, `value` as given."""

    kind: str
    key: str
    value: str


class ContactDraft(NamedTuple):
    """One row about a contact. `points`: addresses, then phones; `primary`: those of `email` and `phone` themselves."""

    line: int
    external_id: str
    points: tuple[PointDraft, ...]
    primary: tuple[PointDraft, ...]
    texts: Mapping[str, str]
    """Text columns by name (first_name, city ..), only those that the row gives."""
    created_at: datetime | None = None
    confirmed_at: datetime | None = None
    birthday: date | None = None
    next_contact_on: date | None = None
    tracking: bool | None = None
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, AttributeValue] = {}
    consent: tuple[str, ...] = ()
    consent_at: datetime | None = None
    consent_source: str = ""


class ItemDraft(NamedTuple):
    """One line of an order; quantity and price in millionths, exact."""

    product: str
    product_folded: str
    category: str
    category_folded: str
    quantity: int | None
    price: int | None


class OrderDraft(NamedTuple):
    """One row of an order; rows of one number are one order. Money in minor units; `day` is `placed_at`'s local day."""

    line: int
    number: str
    external_id: str
    email: str
    placed_at: datetime | None
    day: date | None
    amount: int | None
    status: str
    code: str
    discount: int | None
    cost: int | None
    item: ItemDraft | None


class ActivityDraft(NamedTuple):
    """One thing that a contact did; `amount` in minor units."""

    line: int
    external_id: str
    email: str
    kind: str
    occurred_at: datetime
    amount: int | None
    detail: str


class SuppressionDraft(NamedTuple):
    """One address or domain not to be mailed; `since` None: from the import's moment."""

    line: int
    kind: str
    key: str
    reason: str
    note: str
    since: datetime | None
    topic: str


class MailingDraft(NamedTuple):
    """What became of one letter of an earlier mailing, or of one contact held out of it."""

    line: int
    campaign: str
    period: str
    external_id: str
    email: str
    arm: str
    sent_at: datetime | None
    events: tuple[tuple[str, datetime], ...]
    """(event kind, moment)."""


class ImportCount(NamedTuple):
    """What an import came to, in rows of the file: rows = new + changed + unchanged + refused."""

    rows: int
    new: int
    changed: int
    unchanged: int
    refused: int
    refused_by_rule: int
    contacts_made: int
    import_run_id: int | None
    encoding: str
    delimiter: str
    ignored_columns: tuple[str, ...]
    warnings: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    """The first few refused rows; the store keeps all."""
