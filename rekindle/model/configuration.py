"""The workspace's own configuration: what rekindle.yml says (LANGUAGE 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from .address import Mailbox
from .campaign import Cap
from .contact import AttributeKind


@dataclass(frozen=True, slots=True)
class Sender:
    """The firm that writes: `address` its postal address (CAN-SPAM), `url` its site."""

    name: str = ""
    address: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class DomainLimit:
    """How hard one receiving domain may be pressed."""

    connections: int | None = None
    per_second: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Warmup:
    """A new sender's allowance: `start` letters on the first day, times `factor` each day."""

    start: int
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Sending:
    """Limits of all workers together."""

    connections: int = 8
    per_second: Decimal | None = None
    domains: Mapping[str, DomainLimit] = field(default_factory=dict)
    warmup: Warmup | None = None


@dataclass(frozen=True, slots=True)
class StopWhen:
    """The circuit breaker: rates at which a mailing pauses, looked at once `after` letters are out."""

    bounced: Decimal = Decimal("0.05")
    complained: Decimal = Decimal("0.003")
    after: int = 200


@dataclass(frozen=True, slots=True)
class Targets:
    """The plan that `status plan` holds the store against. `numbers`: period -> ladder -> status -> contacts.

    `period` is month, quarter, year or the firm's own time from contact to contact (`45 days`); `growth` how the base
    should grow over it: `sqrt` or empty.
    """

    period: str = "month"
    growth: str = ""
    numbers: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Configuration:
    """rekindle.yml, with its defaults filled in."""

    organisation: Sender
    sender: Mailbox
    return_path: str
    unsubscribe_mailto: str
    topics: Mapping[str, str]
    notify: str = ""
    locale: str = "en_GB"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    currency: str = "EUR"
    attributes: Mapping[str, AttributeKind] = field(default_factory=dict)
    cap: Cap | None = None
    sending: Sending = field(default_factory=Sending)
    stop_when: StopWhen = field(default_factory=StopWhen)
    tracking: bool = True
    targets: Targets | None = None
