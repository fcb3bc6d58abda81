"""Planning: the whole audience decided and every letter made once; nothing is sent, only the plan is kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from ..model.audience import LeftOutReason, Verdict
from ..plan.arms import arms_of
from ..plan.fingerprint import AudienceFingerprint
from ..plan.occasion import on_schedule, period_meant
from ..plan.summary import (
    SHOWN_PROBLEMS,
    LetterProblem,
    Plan,
    arm_counts,
    left_out_counts,
    offer_counts,
    verdict_count,
)
from ..store.audiences import (
    Audience,
    Member,
    audience_pages,
    audience_rows,
    count_audience,
    count_new_and_gone,
    leave_out,
    staged_audience,
)
from ..store.contacts import load_contacts
from ..store.engine import Connection, Store
from ..store.mailings import find_mailing, last_mailing, was_for_nobody
from ..store.plans import StoredPlan, keep_plan
from ..workspace.freeze import definition_hash, file_marks
from ..workspace.load import Workspace
from .audience_rules import audience_rules
from .campaign_named import campaign_named
from .departures import departures
from .fresh_statuses import refresh_statuses
from .letter_facts import FactsDesk
from .proof_room import ProofRoom
from .proofs import Failed, Proofed, Proofs

Progress = Callable[[int, int], None]
"""Told of how many contacts the letters were made so far, of how many."""


def make_plan(
    store: Store,
    workspace: Workspace,
    campaign_name: str,
    period: str | None,
    as_of: datetime,
    *,
    now: datetime | None = None,
    take: Callable[[Member], None] | None = None,
    progress: Progress | None = None,
    cores: int | None = None,
) -> Plan:
    """The plan of one occasion at `as_of` (aware), stored under its hash; made again it is the same plan.

    `now` is when it is made (default `as_of`). `take` is given every member, by contact id. Letters are made on so many
    `cores` (None: all that this process may use). Raises UsageError for an unknown campaign or a wrong period,
    ProblemsError where a template is wrong.
    """
    campaign = campaign_named(workspace, campaign_name)
    period = period_meant(campaign, period, as_of, workspace.configuration.timezone)
    now = now or as_of
    proofs = Proofs(workspace, campaign, as_of, period)  # what is wrong with a letter shows before anything is asked
    refresh_statuses(store, workspace, as_of, now)
    with store.reading(spilling=True) as connection:
        rules = audience_rules(connection, workspace, campaign, period, as_of)
        with staged_audience(connection, rules) as audience:
            trial = _Trial(ProofRoom(store, proofs, cores), connection, progress)
            trial.run(audience)
            leave_out(connection, audience, trial.unrenderable, LeftOutReason.UNRENDERABLE)
            plan = _summary(connection, audience, proofs.desk, trial)
            if take is not None:
                _hand_out(connection, audience, take)
    with store.writing() as connection:
        keep_plan(connection, _stored(plan, now, file_marks(workspace, campaign)))
    return plan


class _Trial:
    """Makes every letter once and keeps none; remembers who has none and why, the same however many work at it."""

    def __init__(self, room: ProofRoom, connection: Connection, progress: Progress | None) -> None:
        self._room, self._connection, self._progress = room, connection, progress
        self._failed: list[Failed] = []
        self.fingerprint = AudienceFingerprint()
        self.failing: Counter[int] = Counter()
        self.unrenderable: list[int] = []

    def run(self, audience: Audience) -> None:
        """Look at the whole audience."""
        counts = count_audience(self._connection, audience)
        done, of = 0, sum(counts.values()) - verdict_count(counts, Verdict.LEFT_OUT)
        for number, failed in self._room.failures(self._connection, self._pages(audience), of):
            self._note(failed)
            done += number
            if self._progress is not None:
                self._progress(done, of)
        self.unrenderable.sort()

    def problems(self) -> Iterator[LetterProblem]:
        """The first failures, in order of contact and step."""
        contacts = load_contacts(self._connection, sorted({each.contact_id for each in self._failed}))
        for each in self._failed:
            person = contacts[each.contact_id]
            yield LetterProblem(each.contact_id, person.external_id, person.email, each.what, each.at, each.step)

    def _pages(self, audience: Audience) -> Iterator[list[Proofed]]:
        for page in audience_rows(self._connection, audience):
            self.fingerprint.add(page)
            tried = [Proofed(row[0], row[2], row[4]) for row in page if row[1] != Verdict.LEFT_OUT]
            if tried:
                yield tried

    def _note(self, failed: Sequence[Failed]) -> None:
        if failed:
            self.unrenderable.extend(each.contact_id for each in failed if each.step == 1)
            self.failing.update(each.step for each in failed if each.step > 1)
            self._failed = sorted([*self._failed, *failed])[:SHOWN_PROBLEMS]


def _summary(connection: Connection, audience: Audience, desk: FactsDesk, trial: _Trial) -> Plan:
    campaign, period, as_of = desk.campaign, desk.period, desk.as_of
    counts = count_audience(connection, audience)
    chosen = verdict_count(counts, Verdict.CHOSEN)
    last = last_mailing(connection, campaign.name, as_of)
    new, gone = (0, 0) if last is None else count_new_and_gone(connection, audience, last.mailing_id)
    made = find_mailing(connection, campaign.name, period)
    return Plan(
        campaign=campaign.name,
        period=period,
        as_of=as_of,
        definition_hash=definition_hash(desk.workspace, campaign),
        audience_hash=trial.fingerprint.text(),
        left_out=left_out_counts(counts),
        arms=arm_counts(counts, [arm.name for arm in arms_of(campaign)]),
        chosen=chosen,
        held_out=verdict_count(counts, Verdict.HELD_OUT),
        offers=offer_counts(counts, campaign),
        problems=tuple(trial.problems()),
        unrenderable=tuple(trial.unrenderable),
        failing=dict(sorted(trial.failing.items())),
        cost=campaign.cost.fixed + campaign.cost.per_letter * chosen,
        currency=desk.workspace.configuration.currency,
        last_period="" if last is None else last.period,
        new=new,
        gone=gone,
        departures=departures(connection, audience, desk, chosen),
        made_already="" if made is None or was_for_nobody(connection, made) else made.state.value,
        schedule=on_schedule(campaign, period, as_of, desk.workspace.configuration.timezone),
    )


def _hand_out(connection: Connection, audience: Audience, take: Callable[[Member], None]) -> None:
    for page in audience_pages(connection, audience):
        for member in page:
            take(member)


def _stored(plan: Plan, planned_at: datetime, files: Mapping[str, str]) -> StoredPlan:
    return StoredPlan(
        hash=plan.hash,
        campaign=plan.campaign,
        period=plan.period,
        as_of=plan.as_of,
        planned_at=planned_at,
        definition_hash=plan.definition_hash,
        audience_hash=plan.audience_hash,
        summary=json.dumps({**plan.as_json(), "files": files}, ensure_ascii=False),
        unrenderable=plan.unrenderable,
    )
