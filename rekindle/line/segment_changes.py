"""Who entered and who left a segment: between two moments, or between two definitions, and what moved each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..model.contact import Contact
from ..model.segment import Condition
from ..segment.asking import Asking
from ..segment.evaluate import judge
from ..segment.facts import ContactFacts, Population
from ..segment.judgement import Judgement
from ..segment.moved import Mover, movers, refusers
from ..store.contacts import load_contacts
from ..store.engine import Connection
from ..store.facts import common_median, facts_at, load_facts, load_population, with_figures
from ..store.segments import ids_between

AT_ONCE = 2_000
"""Contacts whose facts are held at a time."""


@dataclass(frozen=True, slots=True)
class Change:
    """One contact that is on one side only; `by` what moved it, empty for one that came into the store since."""

    contact: Contact
    entered: bool
    by: tuple[Mover, ...]


@dataclass(frozen=True)
class Side:
    """A condition at a moment, with what judging it needs of the population."""

    condition: Condition
    asking: Asking
    population: Population
    median: Fraction | None

    @classmethod
    def of(cls, connection: Connection, condition: Condition, asking: Asking) -> Side:
        """The side with its figures read from the store."""
        fitted = with_figures(connection, asking, [condition])
        median = common_median(connection, fitted)
        return cls(condition, fitted, load_population(connection, condition, fitted), median)

    def facts(self, connection: Connection, ids: list[int]) -> dict[int, ContactFacts]:
        """Facts of these contacts at this side's moment."""
        return load_facts(connection, ids, self.asking, common=self.median)

    def at(self, facts: ContactFacts) -> ContactFacts:
        """The facts of a contact, read for any moment, at this side's."""
        return facts_at(facts, self.asking, self.median)

    def judged(self, facts: ContactFacts) -> Judgement:
        """The tree of truth of one contact."""
        return judge(self.condition, self.at(facts), self.asking, self.population)


def changes_in_time(connection: Connection, before: Side, after: Side) -> Iterator[Change]:
    """Who entered, then who left, each by id: one condition at two moments, moved by the parts whose truth changed."""
    for entered in (True, False):
        for ids in _moved(connection, before, after, entered=entered):
            contacts = load_contacts(connection, ids)
            were_there = [one for one in ids if contacts[one].created_at <= before.asking.as_of]
            facts = after.facts(connection, were_there)
            for one in ids:
                by = movers(before.judged(facts[one]), after.judged(facts[one])) if one in facts else ()
                yield Change(contacts[one], entered, by)


def changes_of_definition(connection: Connection, standing: Side, other: Side) -> Iterator[Change]:
    """Who would enter, then who would leave, each by id: two conditions at one moment.

    Who enters is moved by what the standing definition keeps it out with, who leaves by what the other one does.
    """
    for entered in (True, False):
        keeping_out = standing if entered else other
        for ids in _moved(connection, standing, other, entered=entered):
            facts = keeping_out.facts(connection, ids)
            for one in ids:
                yield Change(facts[one].contact, entered, refusers(keeping_out.judged(facts[one])))


def _moved(connection: Connection, before: Side, after: Side, *, entered: bool) -> Iterator[list[int]]:
    inside, outside = (after, before) if entered else (before, after)
    found = ids_between(connection, (inside.condition, inside.asking), (outside.condition, outside.asking))
    return (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE))
