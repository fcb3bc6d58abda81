"""A contact: a person or organisation in the client store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class ContactKind(StrEnum):
    """Whether the contact is one human or a firm."""

    PERSON = "person"
    ORGANISATION = "organisation"


class AttributeKind(StrEnum):
    """What a declared attribute holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"
    LIST = "list"


AttributeValue = str | Decimal | date | bool | tuple[str, ...]

TEXT_FIELDS = (
    "email", "email_domain", "external_id", "first_name", "last_name", "patronymic", "gender", "phone", "kind",
    "organisation", "position", "channel", "specialization", "city", "timezone", "locale", "manager", "rank",
)  # fmt: skip
"""The text fields of a contact (LANGUAGE 2.1), each with a folded column in the store."""


_NO_ATTRIBUTES: Mapping[str, AttributeValue] = MappingProxyType({})


class Contact(NamedTuple):
    """One client. Texts are as given (empty = missing); `created_at` aware UTC, the moment since which it exists.

    A named tuple, not a dataclass: one is made for every letter of a mailing.
    """

    contact_id: int
    created_at: datetime
    email: str = ""
    external_id: str = ""
    first_name: str = ""
    last_name: str = ""
    patronymic: str = ""
    gender: str = ""
    phone: str = ""
    kind: str = ContactKind.PERSON
    organisation: str = ""
    position: str = ""
    channel: str = ""
    specialization: str = ""
    city: str = ""
    timezone: str = ""
    locale: str = ""
    manager: str = ""
    rank: str = ""
    birthday: date | None = None
    next_contact_on: date | None = None
    confirmed_at: datetime | None = None
    tracking: bool | None = None
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, AttributeValue] = _NO_ATTRIBUTES

    @property
    def email_domain(self) -> str:
        """What stands after the @, or nothing."""
        return self.email.rpartition("@")[2] if "@" in self.email else ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A firm that several contacts belong to, known by its folded name."""

    organisation_id: int
    name: str
