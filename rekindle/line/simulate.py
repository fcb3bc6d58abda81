"""Looking ahead: what `run` will do day by day, tried on a copy of the store where nobody is mailed."""

from __future__ import annotations

import heapq
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from ..model.campaign import Campaign
from ..model.delivery import DeliveryState
from ..model.duration import Duration, DurationUnit, local_moment
from ..model.error import InputError, ProblemsError
from ..model.mailing import MailingState, Tally
from ..plan.schedule import next_occasion
from ..settings import Settings
from ..store.audiences import audience_of, count_audience
from ..store.claims import Claimant, claim
from ..store.copies import copy_store
from ..store.deliveries import count_waiting
from ..store.engine import Store
from ..store.mailings import frozen_files, get_mailing, next_due_of_all, step_mailing, tally
from ..store.marks import Handing, Settlement, mark_handing, settle
from ..store.warmup import put_off, warmup_left
from ..workspace.load import Workspace
from .press import Press
from .run_due import run_due

BATCH = 1_000
ON_THE_WAY = timedelta(seconds=1)
"""A letter leaves after its mailing began: a week later it still counts for a cap of seven days, as in earnest."""
MOST_RUNS = 20_000
"""A schedule of every minute has more moments in a few months than anybody reads."""
_NOBODY = Settings("", secret_key="nobody is mailed by it", public_url="https://nobody.example")  # noqa: S106 opens nothing
_ME = Claimant(0, "simulation", 1)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What happens on one local day with one mailing: `made` where it is made then, `audience` its counts by reason."""

    day: date
    campaign: str
    period: str
    step: int
    letters: int
    made: bool
    held: str = ""
    audience: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Foresight:
    """What will be done from `start` to `end`, in order of day; `faults`: letters that cannot be compiled."""

    start: datetime
    end: datetime
    foreseen: Sequence[Foreseen]
    faults: Sequence[ProblemsError] = ()


def simulate(store: Store, workspace: Workspace, now: datetime, months: int) -> Foresight:
    """What `run`, started often enough, does in the `months` after `now`, if nobody buys, opens or leaves meanwhile.

    Every letter counts as made and accepted; schedules, statuses, caps, windows, ladders, guards and `again` are the
    real ones. The store is copied for it and left as it is. Raises InputError where there are too many moments.
    """
    end = Duration(months, DurationUnit.MONTH).after(now, workspace.configuration.timezone)
    with tempfile.TemporaryDirectory(prefix="rekindle-") as folder:
        copy = copy_store(store, Path(folder) / "copy.db")
        try:
            ahead = _Ahead(copy, workspace, now, end)
            ahead.go()
            return Foresight(now, end, tuple(ahead.foreseen()), tuple(ahead.faults.values()))
        finally:
            copy.close()


class _Ahead:
    """The copy, and the moments at which something may be due."""

    def __init__(self, store: Store, workspace: Workspace, now: datetime, end: datetime) -> None:
        self._store, self._workspace, self._now, self._end = store, workspace, now, end
        self._zone = workspace.configuration.timezone
        self._moments = [*self._days(), now]
        self._presses: dict[int, Press] = {}
        self._letters: Counter[tuple[date, int]] = Counter()
        self._made: dict[int, date] = {}
        self._held: dict[int, str] = {}
        self.faults: dict[str, ProblemsError] = {}
        for campaign in workspace.campaigns.values():
            self._await_occasion(campaign, now)
        heapq.heapify(self._moments)

    def go(self) -> None:
        """Run at every moment up to the end."""
        runs = 0
        while self._moments and self._moments[0] <= self._end:
            moment = heapq.heappop(self._moments)
            if moment < self._now or (runs and moment == self._now):
                continue
            self._now, runs = moment, runs + 1
            if runs > MOST_RUNS:
                raise InputError(f"more than {MOST_RUNS:,} moments are due until {self._end:%Y-%m-%d}: fewer --months")
            self._run()

    def foreseen(self) -> Iterator[Foreseen]:
        """What was done, by day and mailing."""
        keys = {*self._letters, *((day, mailing_id) for mailing_id, day in self._made.items())}
        with self._store.reading() as connection:
            for day, mailing_id in sorted(keys):
                one, made = get_mailing(connection, mailing_id), self._made.get(mailing_id) == day
                counts: Counter[str] = Counter()
                for (verdict, _, reason, _), number in count_audience(connection, audience_of(mailing_id)).items():
                    counts[reason or verdict] += number
                letters, held = self._letters[day, mailing_id], self._held.get(mailing_id, "") if made else ""
                audience = dict(counts) if made else {}
                yield Foreseen(day, one.campaign, one.period, one.step, letters, made, held, audience)

    def _days(self) -> Iterator[datetime]:
        """Noon of every day: ladders and pins that the store has under way already are looked at then."""
        day = self._now.astimezone(self._zone).date()
        while (noon := local_moment(datetime.combine(day, time(12)), self._zone)) <= self._end:
            yield noon
            day += timedelta(days=1)

    def _await_occasion(self, campaign: Campaign, after: datetime) -> None:
        if campaign.schedule is not None:
            coming = next_occasion(campaign.schedule.cron, self._zone, after)
            if coming is not None:
                heapq.heappush(self._moments, coming.moment)

    def _run(self) -> None:
        report = run_due(self._store, self._workspace, self._now, lambda: datetime.now(UTC), self._send)
        day = self._now.astimezone(self._zone).date()
        for held in (each for each in report.held if each.is_new):
            self._made[held.mailing.mailing_id], self._held[held.mailing.mailing_id] = day, held.reason
        self._made.update({work.mailing.mailing_id: day for work in report.worked if work.made})
        self.faults.update({str(fault): fault for fault in report.faults})
        for campaign in self._workspace.campaigns.values():
            self._await_occasion(campaign, self._now)
        with self._store.reading() as connection:
            due = next_due_of_all(connection)
        if due is not None and due > self._now:
            heapq.heappush(self._moments, due)

    def _send(self, mailing_id: int) -> Tally:
        """All that is due of a mailing counts as sent right after this moment."""
        left = self._now + ON_THE_WAY
        with self._store.writing() as connection:
            one = get_mailing(connection, mailing_id)
            if mailing_id not in self._presses:
                self._presses[mailing_id] = Press(one, frozen_files(connection, mailing_id), _NOBODY)
            press, claimant = self._presses[mailing_id], Claimant(mailing_id, _ME.name, _ME.fence)
            while True:
                size = BATCH
                if press.warmup is not None:
                    size = min(size, warmup_left(connection, press.warmup, self._now))
                    if size <= 0:
                        put_off(connection, press.warmup, mailing_id, self._now)
                        break
                claimed = claim(connection, claimant, self._now, size, press.cap, press.window, press.rung)
                rows = [item.delivery for item in claimed.claims]
                marks = [Handing(row.delivery_id, f"<{row.delivery_id}@simulation>", self._now) for row in rows]
                if rows:
                    mark_handing(connection, claimant, marks)
                    settle(connection, claimant, [Settlement(row, DeliveryState.SENT, left) for row in rows])
                self._letters[self._now.astimezone(self._zone).date(), mailing_id] += len(rows)
                if claimed.is_end:
                    break
            if not count_waiting(connection, mailing_id):
                step_mailing(connection, mailing_id, MailingState.DONE, self._now)
            self._await_step(one.campaign, one.step, left)
            return tally(connection, mailing_id)

    def _await_step(self, name: str, step: int, left: datetime) -> None:
        campaign = self._workspace.campaigns.get(name)
        after = campaign.steps[step].after if campaign and len(campaign.steps) > step else None
        if after is not None:
            heapq.heappush(self._moments, after.after(left, self._zone))
