"""A segment: a condition over contacts, as a tree (LANGUAGE 2).

The tree is what was written, with every shorthand spelled out: one operator a leaf, so that each leaf can be judged,
explained and phrased by itself. `at` is where it was written and takes no part in equality.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from .duration import Duration
from .problem import Position
from .when import CalendarSpan, When

NOWHERE = Position("", 0, 0)


@dataclass(frozen=True, slots=True)
class Located:
    """Something written at a place in a file."""

    at: Position = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Condition(Located):
    """Base of every node of the tree (the grammar in segment/ builds them). True or false for every contact."""


# --- tests of one value ---------------------------------------------------------------------------------------------


class TextOperator(StrEnum):
    """How a text is compared, folded; the `not` ones are exact complements."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    MATCHES = "matches"


class NumberOperator(StrEnum):
    """How a number is compared; BETWEEN takes both ends in."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    MORE_THAN = "more_than"
    AT_LEAST = "at_least"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    BETWEEN = "between"


class DateOperator(StrEnum):
    """How a moment or a day is compared (LANGUAGE 1 and 2.1)."""

    ON = "on"
    BEFORE = "before"
    SINCE = "since"
    BETWEEN = "between"
    WITHIN = "within"
    OLDER_THAN = "older_than"
    IN = "in"
    IN_NEXT = "in_next"
    ANNIVERSARY = "anniversary"
    MONTH = "month"


class ListOperator(StrEnum):
    """How a list is compared, its items folded."""

    HAS = "has"
    HAS_ANY = "has_any"
    HAS_ALL = "has_all"
    HAS_NONE = "has_none"


@dataclass(frozen=True, slots=True)
class TextTest(Located):
    """A text against one value or, for IN and NOT_IN, several; values as written."""

    operator: TextOperator
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldBound:
    """A bound that is another number field of the same contact, `times` a factor."""

    field: str
    times: Decimal = Decimal(1)


Bound = Decimal | FieldBound


@dataclass(frozen=True, slots=True)
class NumberTest(Located):
    """A number against one bound, two for BETWEEN, several for IN and NOT_IN; money in major units."""

    operator: NumberOperator
    bounds: tuple[Bound, ...]

    @property
    def asks_field(self) -> bool:
        """Whether a bound is another field."""
        return any(isinstance(bound, FieldBound) for bound in self.bounds)


@dataclass(frozen=True, slots=True)
class DateTest(Located):
    """A moment or day against a time. Which of the parts is set depends on the operator.

    WITHIN, OLDER_THAN, IN_NEXT, ANNIVERSARY: `duration`; BEFORE, SINCE: one of `whens`; BETWEEN: two; ON: any of
    `whens`, each a written day; IN: `span`; MONTH: `months`, 1 to 12.
    """

    operator: DateOperator
    duration: Duration | None = None
    whens: tuple[When, ...] = ()
    span: CalendarSpan | None = None
    months: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FlagTest(Located):
    """A flag that was given, and as `wanted`."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class ListTest(Located):
    """A list against items as written."""

    operator: ListOperator
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListCountTest(Located):
    """How many different items a list has (none: 0); all of `tests` hold."""

    tests: tuple[NumberTest, ...]


@dataclass(frozen=True, slots=True)
class KnownTest(Located):
    """Whether there is a value at all."""

    wanted: bool


Test = TextTest | NumberTest | DateTest | FlagTest | ListTest | ListCountTest | KnownTest

COMPLEMENTS = {
    TextOperator.IS_NOT: TextOperator.IS,
    TextOperator.NOT_IN: TextOperator.IN,
    TextOperator.NOT_CONTAINS: TextOperator.CONTAINS,
}
"""Text operators that are the exact complement of another."""


# --- logic ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AllOf(Condition):
    """Every part holds; true of no parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """At least one part holds; false of no parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class NoneOf(Condition):
    """No part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """The exact complement."""

    part: Condition


@dataclass(frozen=True, slots=True)
class AtLeast(Condition):
    """`count` or more of the parts hold."""

    count: int
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class InSegment(Condition):
    """Is in one of the named segments; `places` is where each name was written."""

    names: tuple[str, ...]
    places: tuple[Position, ...] = field(default=(), compare=False, repr=False)

    @property
    def named(self) -> tuple[tuple[str, Position], ...]:
        """The names, each with its place."""
        return tuple(zip(self.names, self.places or (self.at,) * len(self.names), strict=True))


@dataclass(frozen=True, slots=True)
class Everyone(Condition):
    """Every contact that exists at as_of."""


@dataclass(frozen=True, slots=True)
class FieldTest(Condition):
    """A field of the contact, a declared attribute, or a column of a foreign file, under one test."""

    field: str
    test: Test


# --- behaviours -----------------------------------------------------------------------------------------------------


class BehaviourKind(StrEnum):
    """What is counted (LANGUAGE 2.2)."""

    BOUGHT = "bought"
    ORDERED = "ordered"
    INQUIRED = "inquired"
    DID = "did"
    MAILED = "mailed"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


class Aggregate(StrEnum):
    """What is made of the amounts of the counted orders."""

    TOTAL = "total"
    AVERAGE = "average"
    LARGEST = "largest"
    SMALLEST = "smallest"


@dataclass(frozen=True, slots=True)
class AggregateTest(Located):
    """An aggregate of amounts under one number test; major units."""

    aggregate: Aggregate
    test: NumberTest


@dataclass(frozen=True, slots=True)
class Behaviour(Condition):
    """What a contact did or what befell it: which rows count, and how many or how much of them.

    `counts` empty and no TOTAL among `aggregates` means at least one (the grammar writes that out into `counts`).
    `products` and `categories` are tests that one item of the order must all pass.
    """

    kind: BehaviourKind
    times: tuple[DateTest, ...] = ()
    counts: tuple[NumberTest, ...] = ()
    aggregates: tuple[AggregateTest, ...] = ()
    activities: tuple[str, ...] = ()
    products: tuple[TextTest | KnownTest, ...] = ()
    categories: tuple[TextTest | KnownTest, ...] = ()
    amounts: tuple[NumberTest, ...] = ()
    statuses: tuple[TextTest | KnownTest, ...] = ()
    campaigns: tuple[str, ...] = ()
    of_organisation: bool = False
    machines_too: bool = False
    firsts: tuple[DateTest, ...] = ()
    lasts: tuple[DateTest, ...] = ()


# --- the others -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatusTest(Condition):
    """The status on `ladder` at as_of is one of `names` (empty: any), held so long, entered so lately."""

    ladder: str
    names: tuple[str, ...] = ()
    for_at_least: Duration | None = None
    entered: Duration | None = None


@dataclass(frozen=True, slots=True)
class Ignored(Condition):
    """Letters were sent and none was opened or clicked by a human: the `last` N, or `at_least` N `within` a time."""

    last: int | None = None
    within: Duration | None = None
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Reachable(Condition):
    """Has an address, consent (for `topic`; empty: any) and no suppression that covers it."""

    topic: str = ""


class TopBy(StrEnum):
    """What the best buyers are ranked by."""

    REVENUE = "revenue"
    ORDERS = "orders"


@dataclass(frozen=True, slots=True)
class Top(Condition):
    """Among the best `share` (0 to 1, exact) of the buyers (LANGUAGE 2.3)."""

    share: Decimal
    by: TopBy = TopBy.REVENUE
    within: Duration | None = None


@dataclass(frozen=True, slots=True)
class Sample(Condition):
    """In a fixed random `share` (0 to 1) of all contacts, drawn with `salt`."""

    share: Decimal
    salt: str


@dataclass(frozen=True, slots=True)
class Imported(Condition):
    """Came in or was touched by an import of `source` (empty: any) `within` a time."""

    source: str = ""
    within: Duration | None = None


# --- files ----------------------------------------------------------------------------------------------------------

Given = str | tuple[str, ...]
"""A value as written in a test of a segment; read by the kind of its field when the test runs."""


@dataclass(frozen=True, slots=True)
class SegmentTest(Located):
    """A made-up contact and what the segment must say of it (LANGUAGE 2.5). Values as written, keys checked."""

    name: str
    as_of: When
    expect_in: bool
    contact: Mapping[str, Given] = field(default_factory=dict)
    orders: tuple[Mapping[str, Given], ...] = ()
    activities: tuple[Mapping[str, Given], ...] = ()
    letters: tuple[Mapping[str, Given], ...] = ()


@dataclass(frozen=True, slots=True)
class Segment(Located):
    """One file segments/NAME.yml."""

    name: str
    where: Condition
    description: str = ""
    tests: tuple[SegmentTest, ...] = ()


@dataclass(frozen=True, slots=True)
class Rung(Located):
    """One status of a ladder; `when` None: for all who reached no other (`otherwise: true`)."""

    name: str
    label: str = ""
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Ladder(Located):
    """A ladder of statuses: the first rung whose `when` holds is the contact's."""

    name: str
    rungs: tuple[Rung, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The statuses' names, in file order."""
        return tuple(rung.name for rung in self.rungs)
