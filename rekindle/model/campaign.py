"""A campaign: segment, letter and schedule, as campaigns/NAME.yml says (LANGUAGE 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal

from .address import Mailbox
from .duration import Duration
from .segment import Condition


@dataclass(frozen=True, slots=True)
class Offer:
    """What a contact is offered; `values` are the marketer's own keys (discount, code, ...); no `when`: for all."""

    values: Mapping[str, str]
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """One letter of an A/B test; what it leaves None is the campaign's own. `share` of the mailed part, None: equal."""

    name: str
    share: Decimal | None = None
    subject: str | None = None
    preheader: str | None = None
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of a ladder of letters: sent `after` the previous one unless one of `unless` happened since."""

    after: Duration | None = None
    unless: tuple[str, ...] = ()
    subject: str | None = None
    preheader: str | None = None
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Holdout:
    """The share kept unmailed to measure; `keep_campaign`: the same people every period."""

    share: Decimal = Decimal("0.10")
    keep_campaign: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron expression in the workspace's timezone; a moment missed by more than `max_lateness` is named, not sent."""

    cron: str
    max_lateness: Duration | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Letters leave only between `opens` and `closes` on `days` (0 = Monday), by the contact's or workspace's clock."""

    opens: time
    closes: time
    days: frozenset[int] = frozenset(range(7))
    contact_timezone: bool = False


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `letters` to one contact within a duration, over all campaigns."""

    letters: int
    within: Duration


@dataclass(frozen=True, slots=True)
class Guard:
    """An unattended run beyond this waits for approval."""

    max_audience: int | None = None
    max_growth: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """What counts as success, for mailed and held-out alike: an order within a time of the mailing's start."""

    within: Duration


@dataclass(frozen=True, slots=True)
class Cost:
    """What a mailing costs, in major units."""

    fixed: Decimal = Decimal(0)
    per_letter: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Popular:
    """What buyers alike buy most: `by` a field's name, at most `limit` products, bought `within`."""

    by: str
    limit: int
    within: Duration


@dataclass(frozen=True, slots=True)
class Again:
    """Whether who had this campaign is taken in again: `never`, or `after` that long."""

    never: bool = False
    after: Duration | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign. `segments` is a union; `offers` in file order, the first whose condition holds is the contact's."""

    name: str
    topic: str
    segments: tuple[str, ...]
    sender: Mailbox
    subject: str
    template: str
    description: str = ""
    preheader: str = ""
    exclude: tuple[str, ...] = ()
    reply_to: Mailbox | None = None
    offers: tuple[Offer, ...] = ()
    popular: Popular | None = None
    holdout: Holdout = field(default_factory=Holdout)
    again: Again | None = None
    hand_over: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    schedule: Schedule | None = None
    expires: Duration | None = None
    window: Window | None = None
    cap: Cap | None = None
    priority: int = 50
    guard: Guard | None = None
    goal: Goal | None = None
    cost: Cost = field(default_factory=Cost)
    steps: tuple[Step, ...] = ()
    then_status: str | None = None
