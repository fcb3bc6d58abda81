"""rekindle.yml (LANGUAGE 5): its keys, and the Configuration that they make with the defaults filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ..model.address import Mailbox
from ..model.campaign import Cap
from ..model.configuration import Configuration, DomainLimit, Sender, Sending, StopWhen, Targets, Warmup
from ..model.contact import AttributeKind
from ..model.document import Mapping as MappingNode
from ..model.document import Node
from ..model.duration import Duration
from ..segment.catalogue import name_conflict
from .addresses import RETURN_HINT, Address, Domain, NamedMailbox, WebAddress, return_path_fault
from .locales import Currency, Locale, Timezone
from .reading import Reading, quoted, scalar
from .tables import Free, Key, Table, Values, place
from .values import Amount, Choice, Flag, Name, Share, Span, Text, Whole, Word

_PERIOD = re.compile(r"\d{4}(-\d{2}(-\d{2})?|-Q[1-4])?")


@dataclass(frozen=True, slots=True)
class AttributeName:
    """The name of an attribute: a word that means nothing else in a segment."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        word = Word("an attribute")(node, reading)
        conflict = name_conflict(word or "")
        if conflict:
            reading.fault(node.at, f"an attribute cannot be called '{word}': that is {conflict} already", "rename it")
        return None if conflict else word


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a declared attribute holds."""

    def __call__(self, node: Node, reading: Reading) -> AttributeKind | None:
        word = Choice(tuple(AttributeKind))(node, reading)
        return None if word is None else AttributeKind(word)


@dataclass(frozen=True, slots=True)
class TargetPeriod:
    """The name of a period that numbers are planned for."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, "a period such as 2026-11")
        if found is None:
            return None
        if not _PERIOD.fullmatch(found.text):
            message = f"{quoted(found.text)} is neither a key of targets nor a period"
            reading.fault(node.at, message, "write it like 2026-11")
            return None
        return found.text


@dataclass(frozen=True, slots=True)
class TargetRhythm:
    """month, quarter, year, or the firm's own time from contact to contact."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, "month, quarter, year or a duration such as 45 days")
        if found is None or found.text in ("week", "month", "quarter", "year"):
            return found.text if found else None
        try:
            return str(Duration.parse(found.text))
        except ValueError:
            reading.expected(node, "month, quarter, year or a duration such as 45 days")
            return None


LIMITS: Table[Cap] = Table(
    "limits",
    (
        Key(
            "per_contact",
            Table(
                "per_contact",
                (
                    Key("letters", Whole(least=1), "how many letters at most", required=True),
                    Key("within", Span(), "in how long a time", required=True),
                ),
                lambda values: Cap(**values),
            ),
            "how many letters one contact gets at most, those of all campaigns counted",
            required=True,
        ),
    ),
    lambda values: values["per_contact"],
)

ORGANISATION: Table[Sender] = Table(
    "organisation",
    (
        Key("name", Text(), "the name of the firm that writes", required=True),
        Key("address", Text(), "its postal address, which many countries want in every letter"),
        Key("url", WebAddress(), "its site"),
    ),
    lambda values: Sender(**values),
)

SENDING: Table[Sending] = Table(
    "sending",
    (
        Key("connections", Whole(least=1, most=1000), "connections to the relay at once, all workers together"),
        Key("per_second", Amount(above=Decimal(0)), "letters a second, all workers together"),
        Key(
            "domains",
            Free(
                Domain(),
                Table(
                    "a domain's limit",
                    (
                        Key("connections", Whole(least=1, most=1000), "connections at once"),
                        Key("per_second", Amount(above=Decimal(0)), "letters a second"),
                    ),
                    lambda values: DomainLimit(**values),
                ),
                "domains with their limits",
            ),
            "receiving domains that want less",
        ),
        Key(
            "warmup",
            Table(
                "warmup",
                (
                    Key("start", Whole(least=1), "letters on the first day", required=True),
                    Key("factor", Amount(above=Decimal(0)), "by which each day's number grows", required=True),
                ),
                lambda values: Warmup(**values),
            ),
            "how a new sender begins",
        ),
    ),
    lambda values: Sending(**values),
)

STOP_WHEN: Table[StopWhen] = Table(
    "stop_when",
    (
        Key("bounced", Share(), "share of bounced letters at which a mailing pauses"),
        Key("complained", Share(), "share of complaints at which a mailing pauses"),
        Key("after", Whole(), "how many letters go out before that is looked at"),
    ),
    lambda values: StopWhen(**values),
)


def _targets(values: Values) -> Targets:
    numbers = {name: value for name, value in values.items() if name not in ("period", "growth")}
    return Targets(values.get("period", "month"), values.get("growth", ""), numbers)


TARGETS: Table[Targets] = Table(
    "targets",
    (
        Key("period", TargetRhythm(), "the time that one plan is for"),
        Key("growth", Choice(("sqrt",)), "how the base should grow"),
    ),
    _targets,
    other=(
        TargetPeriod(),
        Free(Word("a ladder"), Free(Text(), Whole(), "statuses with numbers"), "ladders with their numbers"),
    ),
)


def _check_return_path(values: Values, node: MappingNode, reading: Reading) -> None:
    """Bounces come to `return_path`, else to the sender: nothing could be sent if that had no room."""
    written = values.get("return_path")
    sender: Mailbox | None = values.get("from")
    address = written or (sender.address if sender is not None else "")
    if fault := return_path_fault(address):
        reading.fault(place(node, "return_path" if written else "from").at, fault, RETURN_HINT)


CONFIGURATION: Table[Values] = Table(
    "rekindle.yml",
    (
        Key("organisation", ORGANISATION, "the firm that writes"),
        Key("from", NamedMailbox(), "the sender of every letter"),
        Key("return_path", Address(), "where bounces come; by default from's address"),
        Key("unsubscribe_mailto", Address(), "where letters that ask to leave come; by default from's address"),
        Key("notify", Address(), "who gets a letter when an unattended run is held or fails"),
        Key("locale", Locale(), "the language of dates and money in letters"),
        Key("timezone", Timezone(), "where the firm's days begin"),
        Key("currency", Currency(), "what all amounts are in"),
        Key("topics", Free(Name("a topic's name"), Text(), "topics with their titles"), "what a consent is about"),
        Key("attributes", Free(AttributeName(), Attribute(), "attributes with kinds"), "columns of your own"),
        Key("limits", LIMITS, "how many letters one contact gets at most"),
        Key("sending", SENDING, "how hard the relay may be pressed"),
        Key("stop_when", STOP_WHEN, "when a mailing pauses by itself"),
        Key("targets", TARGETS, "the plan in numbers"),
        Key("tracking", Flag(), "whether opens and clicks are measured where a contact said nothing"),
    ),
    lambda values: values,
    check=_check_return_path,
)


EVERY_KEY = frozenset(CONFIGURATION.by_name)


def read_configuration(node: Node, reading: Reading) -> tuple[Configuration, frozenset[str]]:
    """The configuration, and those of its keys that are there and could not be read.

    Where there are problems, the defaults stand in for what is wrong, so that the other files can be read in the same
    run; the problems are in `reading` and keep the whole from being used.
    """
    values, _ = CONFIGURATION.salvage(node, reading)
    written = frozenset(node.keys()) if isinstance(node, MappingNode) else EVERY_KEY
    return configuration_of(values), EVERY_KEY & written - values.keys()


_AS_THEY_ARE = (
    "return_path", "unsubscribe_mailto", "notify", "locale", "timezone", "currency", "topics", "attributes", "sending",
    "stop_when", "tracking", "targets",
)  # fmt: skip


def configuration_of(values: Mapping[str, Any]) -> Configuration:
    """The Configuration of what was read, defaults filled in."""
    sender: Mailbox = values.get("from", Mailbox(""))
    filled: dict[str, Any] = {
        "return_path": sender.address,
        "unsubscribe_mailto": sender.address,
        "topics": {},
        "timezone": ZoneInfo("UTC"),
    }
    filled.update({key: values[key] for key in _AS_THEY_ARE if key in values})
    organisation = values.get("organisation", Sender(name=sender.name))
    return Configuration(organisation=organisation, sender=sender, cap=values.get("limits"), **filled)
