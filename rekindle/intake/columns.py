"""The canonical columns of each kind of file (COMMANDS 1)."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..model.draft import ImportKind

COLUMNS: dict[ImportKind, tuple[str, ...]] = {
    ImportKind.CONTACTS: (
        "external_id", "email", "first_name", "last_name", "patronymic", "full_name", "gender", "phone", "kind",
        "organisation", "position", "channel", "specialization", "city", "timezone", "locale", "manager", "rank",
        "birthday", "next_contact_on", "tags", "created_at", "confirmed_at", "consent", "consent_at", "consent_source",
        "tracking",
    ),
    ImportKind.ORDERS: (
        "number", "external_id", "email", "placed_at", "amount", "currency", "status", "product", "category",
        "quantity", "price", "code", "discount", "cost",
    ),
    ImportKind.ACTIVITIES: ("external_id", "email", "kind", "occurred_at", "amount", "detail"),
    ImportKind.SUPPRESSIONS: ("email", "reason", "since", "topic"),
    ImportKind.MAILINGS: (
        "campaign", "period", "external_id", "email", "arm", "sent_at", "opened_at", "clicked_at", "bounced_at",
        "complained_at", "unsubscribed_at",
    ),
}  # fmt: skip

IDENTITY = ("external_id", "email", "phone")

NEEDED: dict[ImportKind, tuple[tuple[str, ...], ...]] = {
    ImportKind.CONTACTS: (IDENTITY,),
    ImportKind.ORDERS: (("number",),),
    ImportKind.ACTIVITIES: (("external_id", "email"), ("kind",), ("occurred_at",)),
    ImportKind.SUPPRESSIONS: (("email",),),
    ImportKind.MAILINGS: (("campaign",), ("period",), ("external_id", "email")),
}
"""Of each group at least one column must be there, or no row could be taken."""

DATED = frozenset(
    ["birthday", "next_contact_on", "created_at", "confirmed_at", "consent_at", "placed_at", "occurred_at", "since",
     "sent_at", "opened_at", "clicked_at", "bounced_at", "complained_at", "unsubscribed_at"]
)  # fmt: skip
"""Columns that hold a time or a date, so that a map may give their `format`."""

LISTS = frozenset(["tags", "consent"])
"""Columns that are split; list attributes are too."""

_NUMBERED = re.compile(r"(email|phone)_([2-9]|[1-9][0-9])\Z")


def is_canonical(kind: ImportKind, name: str, attributes: Collection[str]) -> bool:
    """Whether a file of this kind may have the column `name`: contacts may have attributes, email_2, phone_3 .."""
    if name in COLUMNS[kind]:
        return True
    return kind is ImportKind.CONTACTS and (name in attributes or _NUMBERED.match(name) is not None)
