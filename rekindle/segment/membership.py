"""The other conditions judged over one contact: status, ignored, reachable, top, sample, imported (LANGUAGE 2.3)."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from itertools import takewhile
from math import ceil

from ..model.consent import EVERY_TOPIC, Consent
from ..model.event import EventKind
from ..model.sampling import SAMPLE_RANGE, sample_key, sample_number
from ..model.segment import Ignored, Imported, Reachable, Sample, StatusTest, Top, TopBy
from ..model.when import local_day
from .asking import Asking
from .facts import ContactFacts, Population, SentLetter, StatusEntry
from .fields import paid_orders
from .found import how_many, moment_found, money_found
from .judgement import shown


def standing_status(ladder: str, facts: ContactFacts, as_of: datetime) -> StatusEntry | None:
    """The row that decides the status at as_of: the last one, pins that have not ended first."""
    return max(
        (
            (entry.pinned, entry.since, place, entry)
            for place, entry in enumerate(facts.statuses)
            if entry.ladder == ladder and entry.since <= as_of and not _ended(entry, as_of)
        ),
        default=(None, None, None, None),
    )[3]


def _ended(entry: StatusEntry, as_of: datetime) -> bool:
    return entry.pinned and entry.pinned_until is not None and entry.pinned_until <= as_of


def held_since(entry: StatusEntry, facts: ContactFacts, as_of: datetime) -> datetime:
    """Since when the status holds: the first of the rows of this status in a row, or the end of another's pin since."""
    began = entry.since if entry.pinned else _first_of_run(entry, facts, as_of)
    ends = [
        other.pinned_until
        for other in facts.statuses
        if other.ladder == entry.ladder and other.status != entry.status and other.since <= as_of
        if other.pinned_until is not None and _ended(other, as_of)
    ]
    return max([began, *ends])


def _first_of_run(entry: StatusEntry, facts: ContactFacts, as_of: datetime) -> datetime:
    """A history filled backwards repeats a status: what counts is when it first came, with no other since."""
    by_rule = sorted(
        (other.since, place, other.status)
        for place, other in enumerate(facts.statuses)
        if other.ladder == entry.ladder and not other.pinned and other.since <= as_of
    )
    run = takewhile(lambda row: row[2] == entry.status, reversed(by_rule))
    return min(since for since, _, _ in run)


def status_holds(condition: StatusTest, facts: ContactFacts, asking: Asking) -> tuple[bool, str]:
    """Whether the contact stands there, long or lately enough."""
    entry = standing_status(condition.ladder, facts, asking.as_of)
    if entry is None or not entry.status:
        return False, shown(None)
    since = held_since(entry, facts, asking.as_of)
    holds = not condition.names or entry.status in condition.names
    if condition.for_at_least is not None:
        holds = holds and since <= condition.for_at_least.before(asking.as_of, asking.zone)
    if condition.entered is not None:
        holds = holds and since > condition.entered.before(asking.as_of, asking.zone)
    began, today = local_day(since, asking.zone), local_day(asking.as_of, asking.zone)
    return holds, f"{entry.status} since {shown(began)}, {how_many((today - began).days, 'day', 'days')}"


def ignored_holds(condition: Ignored, facts: ContactFacts, asking: Asking) -> tuple[bool, str]:
    """Whether enough letters were sent and a person answered none of those looked at."""
    sent = sorted(
        (letter for letter in facts.letters if letter.sent_at <= asking.as_of),
        key=lambda letter: (letter.sent_at, letter.delivery_id),
    )
    if condition.last is not None:
        looked, needed = sent[-condition.last :], condition.last
    else:
        assert condition.within is not None
        after = condition.within.before(asking.as_of, asking.zone)
        looked, needed = [letter for letter in sent if letter.sent_at > after], condition.at_least
    answered = sum(_answered(letter, facts, asking) for letter in looked)
    many = how_many(len(looked), "letter", "letters")
    words = f"{many}, {answered or 'none'} answered by a person"
    return len(looked) >= needed and not answered, words if len(looked) >= needed else f"{many} only"


def _answered(letter: SentLetter, facts: ContactFacts, asking: Asking) -> bool:
    return any(
        event.delivery_id == letter.delivery_id
        and event.kind in (EventKind.OPENED, EventKind.CLICKED)
        and not event.machine
        and event.occurred_at <= asking.as_of
        for event in facts.events
    )


def reachable_holds(condition: Reachable, facts: ContactFacts, asking: Asking) -> tuple[bool, str]:
    """Whether a letter about the topic may go to the contact."""
    if not facts.address_key:
        return False, "no address"
    for cover in facts.suppressions:
        lifted = cover.lifted_at is not None and cover.lifted_at <= asking.as_of
        if cover.since <= asking.as_of and not lifted and cover.topic in ("", condition.topic):
            return False, "suppressed"
    return (True, "reachable") if _consented(condition.topic, facts, asking) else (False, "no consent")


def _consented(topic: str, facts: ContactFacts, asking: Asking) -> bool:
    """The latest entry about a topic, or about all, is what holds; without a topic any that is given will do."""
    known = [entry for entry in facts.consents if entry.occurred_at <= asking.as_of]
    if not topic:
        named = {entry.topic for entry in known}
        return any(_latest_given(name, known) for name in named)
    return _latest_given(topic, known)


def _latest_given(topic: str, known: list[Consent]) -> bool:
    about = [
        (entry.occurred_at, place, entry.given)
        for place, entry in enumerate(known)
        if entry.topic in (topic, EVERY_TOPIC)
    ]
    return bool(about) and max(about)[2]


def top_score(condition: Top, facts: ContactFacts, asking: Asking) -> int:
    """What the contact is ranked by: paid orders, or their sum in minor units, within the time."""
    orders = list(paid_orders(facts, asking))
    if condition.within is not None:
        after = condition.within.before(asking.as_of, asking.zone)
        orders = [order for order in orders if order.placed_at > after]
    return len(orders) if condition.by is TopBy.ORDERS else sum(order.amount for order in orders)


def top_holds(condition: Top, facts: ContactFacts, asking: Asking, population: Population) -> tuple[bool, str]:
    """Whether the contact is among the best; ties go to the lower id."""
    score, edge = top_score(condition, facts, asking), population.edges[condition]
    holds = score > 0 and edge is not None and (score, -facts.contact.contact_id) >= (edge[0], -edge[1])
    line = "nobody is in" if edge is None else f"the last in has {_score_found(condition, edge[0], asking)}"
    return holds, f"{_score_found(condition, score, asking)}; {line}"


def _score_found(condition: Top, score: int, asking: Asking) -> str:
    if condition.by is TopBy.ORDERS:
        return how_many(score, "paid order", "paid orders")
    return money_found(Fraction(score, asking.money_unit), asking)


def sample_holds(condition: Sample, facts: ContactFacts) -> tuple[bool, str]:
    """Whether the contact is drawn."""
    number = sample_number(condition.salt, sample_key(facts.address_key, facts.contact.contact_id))
    limit = ceil(condition.share * SAMPLE_RANGE)
    return number < limit, f"drew {number}, below {limit} is in"


def imported_holds(condition: Imported, facts: ContactFacts, asking: Asking) -> tuple[bool, str]:
    """Whether such an import brought or touched the contact."""
    touches = [touch for touch in facts.touches if touch.imported_at <= asking.as_of]
    if condition.source:
        touches = [touch for touch in touches if touch.source == condition.source]
    if condition.within is not None:
        after = condition.within.before(asking.as_of, asking.zone)
        touches = [touch for touch in touches if touch.imported_at > after]
    last = max(touches, key=lambda touch: touch.imported_at, default=None)
    words = "never" if last is None else f"from {last.source}, {moment_found(last.imported_at, asking)}"
    return last is not None, words
