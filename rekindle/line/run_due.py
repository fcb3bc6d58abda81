"""What is due now: statuses, mailings to take up, schedules; one process at a time, each period once (LEDGER 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..model.campaign import Campaign, Schedule
from ..model.error import HeldError, ProblemsError
from ..model.mailing import Mailing, MailingState, Tally
from ..plan.schedule import Due, Occasion, due_occasions, next_occasion
from ..plan.summary import left_out_counts
from ..store.audiences import audience_of, count_audience
from ..store.engine import Connection, Store
from ..store.holder import Holder
from ..store.leases import Clock, Lease, check_lease, lease_holder, leased, sending_lease
from ..store.mailings import get_mailing, held_reason, made_periods, mailings_to_resume, step_mailing, tally
from ..store.schedules import mark_schedule_seen, schedule_seen
from ..store.told import note_told, waiting_for_a_person, was_told
from ..workspace.load import Workspace
from .fresh_statuses import keep_statuses_fresh
from .ladders import FellSilent, climb, pin_the_silent
from .make_mailing import make_mailing
from .send import SentElsewhereError, why_not_sent

LEASE = "run"

Send = Callable[[int], Tally]
"""Sends what is due of one mailing, by its number."""


@dataclass(frozen=True, slots=True)
class Worked:
    """A mailing that this run worked at; `made` where it also made it.

    `left_out`: where it is for nobody, how many there would have been and why not, by reason.
    """

    mailing: Mailing
    tally: Tally
    made: bool
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_void(self) -> bool:
        """Whether there was nobody whom it could have been for: a birthday letter on most days."""
        return not (self.tally.planned or self.tally.held_out or self.left_out)


@dataclass(frozen=True, slots=True)
class Missed:
    """A period that passed by more than its `max_lateness` allows, and the occasion that comes next.

    `before_first_run`: no run had ever looked at this schedule, so nobody was late.
    """

    campaign: str
    occasion: Occasion
    next: Occasion | None = None
    before_first_run: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A mailing that waits for a person (held by a guard, paused by the breaker), and why.

    `is_new`: this run has stopped it, not an earlier one; `was_told`: that it waits was said within a day before.
    """

    mailing: Mailing
    reason: str
    is_new: bool = True
    was_told: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A mailing that another process (a `send` by hand) is sending: nothing is left to do for this run."""

    mailing: Mailing
    holder: Holder


@dataclass
class RunReport:
    """What one run did; `elsewhere` is the process that was already running (then this one did nothing).

    `faults`: campaigns whose letters cannot be compiled; no mailing was made of those, the others went on.
    """

    elsewhere: Holder | None = None
    sent_elsewhere: list[Elsewhere] = field(default_factory=list)
    worked: list[Worked] = field(default_factory=list)
    silent: list[FellSilent] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    faults: list[ProblemsError] = field(default_factory=list)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing was due, and nothing is to be said that was not."""
        untold = any(not held.was_told for held in self.held)
        did = self.worked or self.silent
        return not (self.elsewhere or self.sent_elsewhere or did or self.missed or untold or self.faults)

    @property
    def has_failures(self) -> bool:
        """Whether a letter failed, or nobody knows what became of it."""
        return any(work.tally.failed or work.tally.unknown for work in self.worked)


def run_due(
    store: Store,
    workspace: Workspace,
    now: datetime,
    clock: Clock,
    send: Send,
    *,
    look_first: Callable[[], None] | None = None,
) -> RunReport:
    """Do all that is due at `now` (aware), in order; safe to call at any moment and from several processes.

    `clock` is the real clock, for the lease; `look_first` is called before the first mailing is made and may raise (no
    relay is set). Errors of the store or the relay are raised; what was done stays done and the next run goes on from
    there.
    """
    report = RunReport()
    with leased(store, LEASE, clock) as held:
        if isinstance(held, Holder):
            report.elsewhere = held
            return report
        run = _Run(store, workspace, now, clock, send, look_first, held, report)
        keep_statuses_fresh(store, workspace, now)
        run.pin()
        run.take_up()
        run.climb()
        # who stands higher chooses first, so that a lower campaign of the same day sees whom it took
        for campaign in sorted(workspace.campaigns.values(), key=lambda each: (-each.priority, each.name)):
            if campaign.schedule is not None:
                run.keep_schedule(campaign, campaign.schedule)
        run.remind()
    return report


@dataclass(frozen=True, slots=True)
class _Run:
    store: Store
    workspace: Workspace
    now: datetime
    clock: Clock
    send: Send
    look_first: Callable[[], None] | None
    lease: Lease
    report: RunReport

    def take_up(self) -> None:
        """Go on with mailings that were interrupted, whose retries are due or whose pause is over."""
        with self.store.reading() as connection:
            waiting = mailings_to_resume(connection, self.now)
        for mailing in waiting:
            if self._is_sent_elsewhere(mailing):
                continue
            if mailing.state is MailingState.PAUSED:
                with self.store.writing() as connection:
                    check_lease(connection, self.lease)
                    step_mailing(connection, mailing.mailing_id, MailingState.SENDING, self.now)
            self._work_at(mailing, made=False)

    def pin(self) -> None:
        """Pin those who stayed silent to the end of a ladder."""
        for found in pin_the_silent(self.store, self.workspace, self.now, self.check):
            if isinstance(found, ProblemsError):
                self.report.faults.append(found)
            else:
                self.report.silent.append(found)

    def check(self, connection: Connection) -> None:
        """Raise where this run has lost its lease."""
        check_lease(connection, self.lease)

    def climb(self) -> None:
        """Send the later steps of ladders that are due."""
        for found in climb(self.store, self.workspace, self.now, self.check):
            if isinstance(found, ProblemsError):
                self.report.faults.append(found)
            elif not self._is_sent_elsewhere(found.mailing):
                self._work_at(found.mailing, made=found.made)

    def _is_sent_elsewhere(self, mailing: Mailing) -> bool:
        """Whether a `send` by hand is at it: then there is nothing for us to do but to say so."""
        with self.store.reading() as connection:
            holder = lease_holder(connection, sending_lease(mailing.mailing_id), self.clock())
        if holder is not None:
            self.report.sent_elsewhere.append(Elsewhere(mailing, holder))
        return holder is not None

    def keep_schedule(self, campaign: Campaign, schedule: Schedule) -> None:
        """Make and send the period of one campaign that is due, name those that were missed."""
        due = self._due(campaign, schedule)
        if due.due is not None:
            try:
                mailing = self._make(campaign, due.due)
            except ProblemsError as error:
                self.report.faults.append(error)
                return
            if mailing.state is MailingState.HELD:
                self._hold(mailing)
            elif mailing.state is MailingState.SENDING:
                self._work_at(mailing, made=True)
        if due.missed:
            self._name_missed(campaign, schedule, due.missed)
        with self.store.writing() as connection:
            check_lease(connection, self.lease)
            mark_schedule_seen(connection, campaign.name, self.now)

    def _name_missed(self, campaign: Campaign, schedule: Schedule, missed: tuple[Occasion, ...]) -> None:
        coming = next_occasion(schedule.cron, self.workspace.configuration.timezone, self.now)
        with self.store.reading() as connection:
            is_first = schedule_seen(connection, campaign.name) is None
        self.report.missed.extend(Missed(campaign.name, occasion, coming, is_first) for occasion in missed)

    def _due(self, campaign: Campaign, schedule: Schedule) -> Due:
        with self.store.reading() as connection:
            seen = schedule_seen(connection, campaign.name)
            made = made_periods(connection, campaign.name)
        return due_occasions(schedule, self.workspace.configuration.timezone, self.now, seen, made)

    def _make(self, campaign: Campaign, occasion: Occasion) -> Mailing:
        if self.look_first is not None:
            self.look_first()
        with self.store.writing() as connection:
            check_lease(connection, self.lease)
        return make_mailing(
            self.store, self.workspace, campaign.name, occasion.period, self.now, self.now, unattended=True
        )

    def remind(self) -> None:
        """Name also what an earlier run has stopped and still waits for a person; note what was said."""
        known = {held.mailing.mailing_id for held in self.report.held}
        with self.store.reading() as connection:
            waiting = [each for each in waiting_for_a_person(connection) if each not in known]
            for mailing_id in waiting:
                found, told = get_mailing(connection, mailing_id), was_told(connection, mailing_id, self.now)
                reason = held_reason(connection, mailing_id)
                if found.state is MailingState.PAUSED:
                    reason = why_not_sent(found, reason)
                self.report.held.append(Held(found, reason, is_new=False, was_told=told))
        new = [held.mailing.mailing_id for held in self.report.held if not held.was_told]
        if new:
            with self.store.writing() as connection:
                check_lease(connection, self.lease)
                for mailing_id in new:
                    note_told(connection, mailing_id, self.now)

    def _hold(self, mailing: Mailing) -> None:
        with self.store.reading() as connection:
            reason = held_reason(connection, mailing.mailing_id)
        self.report.held.append(Held(mailing, reason))

    def _work_at(self, mailing: Mailing, *, made: bool) -> None:
        try:
            self.send(mailing.mailing_id)
        except SentElsewhereError as error:
            self.report.sent_elsewhere.append(Elsewhere(mailing, error.holder))
            return
        except HeldError as error:
            self.report.held.append(Held(mailing, str(error)))
        with self.store.reading() as connection:
            counts, left_out = tally(connection, mailing.mailing_id), {}
            if not counts.planned:
                left_out = left_out_counts(count_audience(connection, audience_of(mailing.mailing_id)))
            self.report.worked.append(Worked(get_mailing(connection, mailing.mailing_id), counts, made, left_out))
