"""Planning: the whole audience decided and every letter made once; nothing is sent, only the plan is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from ..compose.letter import CompiledLetter
from ..model.audience import LeftOutReason, Verdict
from ..model.letter import UnrenderableError
from ..plan.arms import arms_of
from ..plan.fingerprint import AudienceFingerprint
from ..plan.occasion import period_meant
from ..plan.summary import (
    SHOWN_PROBLEMS,
    LetterProblem,
    Plan,
    arm_counts,
    left_out_counts,
    offer_counts,
    verdict_count,
)
from ..plan.window import last_moment
from ..store.audiences import (
    Audience,
    Member,
    audience_pages,
    count_audience,
    count_new_and_gone,
    leave_out,
    staged_audience,
)
from ..store.engine import Connection, Store
from ..store.mailings import find_mailing, last_mailing
from ..store.plans import StoredPlan, keep_plan
from ..store.waves import zone_counts
from ..workspace.freeze import definition_hash, file_marks
from ..workspace.load import Workspace
from .audience_rules import audience_rules, window_terms
from .campaign_named import campaign_named
from .fresh_statuses import refresh_statuses
from .letter_facts import FactsDesk
from .letters import compile_letters

Progress = Callable[[int], None]


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
) -> Plan:
    """The plan of one occasion at `as_of` (aware), stored under its hash; made again it is the same plan.

    `now` is when it is made (default `as_of`). `take` is given every member, by contact id; `progress` the number of
    contacts looked at so far. Raises UsageError for an unknown campaign or a wrong period, ProblemsError where a
    template is wrong.
    """
    campaign = campaign_named(workspace, campaign_name)
    period = period_meant(campaign, period, as_of, workspace.configuration.timezone)
    now = now or as_of
    letters = compile_letters(workspace, campaign)
    for step in range(2, len(campaign.steps) + 1):
        compile_letters(workspace, campaign, step)  # what is wrong with a later letter shows now
    refresh_statuses(store, workspace, as_of, now)
    with store.reading() as connection:
        rules = audience_rules(connection, workspace, campaign, period, as_of)
        with staged_audience(connection, rules) as audience:
            desk = FactsDesk(workspace, campaign, as_of, period)
            trial = _Trial(connection, desk, letters, progress)
            trial.run(audience)
            leave_out(connection, audience, trial.failed, LeftOutReason.UNRENDERABLE)
            plan = _summary(connection, audience, desk, trial)
            if take is not None:
                _hand_out(connection, audience, take)
    with store.writing() as connection:
        keep_plan(connection, _stored(plan, now, file_marks(workspace, campaign)))
    return plan


class _Trial:
    """Makes every letter once, a page of contacts at a time, and keeps none; remembers who has none and why."""

    def __init__(
        self,
        connection: Connection,
        desk: FactsDesk,
        letters: Mapping[str, CompiledLetter],
        progress: Progress | None = None,
    ) -> None:
        self._connection = connection
        self._desk = desk
        self._letters = letters
        self._progress = progress
        self.fingerprint = AudienceFingerprint()
        self.failed: list[int] = []
        self.problems: list[LetterProblem] = []

    def run(self, audience: Audience) -> None:
        """Look at the whole audience."""
        looked_at = 0
        for page in audience_pages(self._connection, audience):
            self.fingerprint.add((row.contact_id, row.verdict, row.arm, row.reason, row.offer) for row in page)
            self._try([member for member in page if member.verdict != Verdict.LEFT_OUT])
            looked_at += len(page)
            if self._progress is not None:
                self._progress(looked_at)

    def _try(self, members: Sequence[Member]) -> None:
        # the held-out are tried too, by the first letter: else the arms would differ by who cannot be written to
        first = next(iter(self._letters.values()))
        by_id = {member.contact_id: member for member in members}
        offers = {member.contact_id: member.offer for member in members}
        arms = {member.contact_id: member.arm for member in members}
        for facts in self._desk.gather(self._connection, list(by_id), offers, arms):
            member = by_id[facts.contact.contact_id]
            try:
                self._letters.get(member.arm, first).fill(facts)
            except UnrenderableError as error:
                self._note(member, error)

    def _note(self, member: Member, error: UnrenderableError) -> None:
        self.failed.append(member.contact_id)
        if len(self.problems) < SHOWN_PROBLEMS:
            at = "" if error.at is None else str(error.at)
            problem = LetterProblem(member.contact_id, member.external_id, member.email, error.reason, at)
            self.problems.append(problem)


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
        problems=tuple(trial.problems),
        unrenderable=tuple(trial.failed),
        cost=campaign.cost.fixed + campaign.cost.per_letter * chosen,
        currency=desk.workspace.configuration.currency,
        last_period="" if last is None else last.period,
        new=new,
        gone=gone,
        last_letter_at=_last_letter_at(connection, audience, desk, chosen),
        made_already="" if made is None else made.state.value,
    )


def _last_letter_at(connection: Connection, audience: Audience, desk: FactsDesk, chosen: int) -> datetime | None:
    """When the last letter leaves, by the rate and the window; None where neither says anything."""
    rate = desk.workspace.configuration.sending.per_second
    each = timedelta(seconds=float(1 / rate)) if rate else timedelta()
    terms = window_terms(desk.workspace, desk.campaign)
    if not chosen or not (rate or terms):
        return None
    if terms is None:
        return desk.as_of + each * chosen
    zones = zone_counts(connection, audience.table, audience.mailing_id).items()
    waves = sorted((terms.opens_at(zone, desk.as_of), zone, count) for zone, count in zones)
    moment = desk.as_of
    for opens, zone, count in waves:
        moment = last_moment(terms.window, terms.zone_of(zone), max(moment, opens), each * count)
    return moment


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
