"""Why a contact stands where it stands on a ladder: its history, and the rules down to the first that holds."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.segment import AllOf, Ladder
from ..segment.asking import Asking
from ..segment.evaluate import judge
from ..segment.facts import StatusEntry
from ..segment.judgement import Judgement
from ..segment.membership import standing_status
from ..store.engine import Connection
from ..store.facts import load_facts, load_population, with_figures


@dataclass(frozen=True, slots=True)
class ExplainedRung:
    """One rule, judged; `judgement` None for `otherwise`, which always holds."""

    name: str
    label: str
    judgement: Judgement | None

    @property
    def holds(self) -> bool:
        """Whether the contact is on this rung, unless one before it holds."""
        return self.judgement is None or self.judgement.holds


@dataclass(frozen=True, slots=True)
class ExplainedStatus:
    """What the history says at as_of (None: nothing), what the rules say now, and the rules down to that."""

    standing: StatusEntry | None
    by_rule: str
    rungs: tuple[ExplainedRung, ...]


def explain_status(connection: Connection, ladder: Ladder, contact_id: int, asking: Asking) -> ExplainedStatus:
    """The status of a contact of the store on `ladder`, explained."""
    conditions = [rung.when for rung in ladder.rungs if rung.when is not None]
    asking = with_figures(connection, asking, conditions)
    facts = load_facts(connection, [contact_id], asking)[contact_id]
    population = load_population(connection, AllOf(tuple(conditions)), asking)
    rungs: list[ExplainedRung] = []
    for rung in ladder.rungs:
        judgement = None if rung.when is None else judge(rung.when, facts, asking, population)
        rungs.append(ExplainedRung(rung.name, rung.label, judgement))
        if rungs[-1].holds:
            break
    exists = facts.contact.created_at <= asking.as_of
    by_rule = rungs[-1].name if exists and rungs and rungs[-1].holds else ""
    return ExplainedStatus(standing_status(ladder.name, facts, asking.as_of), by_rule, tuple(rungs))
