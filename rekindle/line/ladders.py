"""Ladders of letters: the next step's mailing for whoever has waited long enough, and the pins of the silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ..model.campaign import Campaign
from ..model.duration import Duration, DurationUnit
from ..model.error import ProblemsError
from ..model.mailing import Mailing, MailingState
from ..store.audiences import audience_of
from ..store.engine import Connection, Store
from ..store.mailings import find_mailing, frozen_files, insert_mailing, step_mailing
from ..store.pins import pin_status
from ..store.rungs import (
    Rung,
    end_occasion,
    end_rung,
    has_due,
    mark_silence_seen,
    occasions_on_the_way,
    queue_rung,
    rung_is_over,
    silence_awaited,
    silent_contacts,
    take_up_rung,
)
from ..workspace.freeze import freeze, thaw
from ..workspace.load import Workspace
from .audience_rules import window_terms
from .first_letters import refuse_if_none_can_be_made
from .letter_facts import FactsDesk
from .letters import compile_letters
from .new_mailing import new_mailing

PATIENCE = Duration(14, DurationUnit.DAY)
"""How long a letter is waited for where neither the last step's `after` nor the goal says."""


@dataclass(frozen=True, slots=True)
class Climbed:
    """A step's mailing that has new letters; `made` where it is new itself."""

    mailing: Mailing
    made: bool


def climb(
    store: Store, workspace: Workspace, now: datetime, check: Callable[[Connection], None]
) -> Iterator[Climbed | ProblemsError]:
    """Every step that is due at `now`, one transaction each, which `check` may end (a lost lease).

    A step whose letters cannot be made is given as its problems; nothing of it was kept.
    """
    for campaign in sorted(workspace.campaigns.values(), key=lambda each: (-each.priority, each.name)):
        with store.reading() as connection:
            found = occasions_on_the_way(connection, campaign.name)
        files = freeze(workspace, campaign) if found else ""
        for first in found:
            try:
                yield from _Ladder(store, workspace, campaign, files, first, now, check).climb()
            except ProblemsError as error:
                yield error


@dataclass(frozen=True, slots=True)
class _Ladder:
    """One occasion of a campaign with steps; `files` is the campaign frozen as it stands now."""

    store: Store
    workspace: Workspace
    campaign: Campaign
    files: str
    first: Mailing
    now: datetime
    check: Callable[[Connection], None]

    def climb(self) -> Iterator[Climbed]:
        """The steps with new letters, from the second on; a step that has nobody left to look at is ended."""
        begun = self._frozen(self.first)
        earlier, step = self.first, 2
        while True:
            with self.store.reading() as connection:
                later = find_mailing(connection, self.first.campaign, self.first.period, step)
                is_over = rung_is_over(connection, earlier.mailing_id)
            if not is_over:
                climbed = self._look(begun, step, earlier, later)
                if climbed is not None:
                    yield climbed
                    later = climbed.mailing
            if later is None:
                return
            earlier, step = later, step + 1

    def _look(self, begun: Workspace, step: int, earlier: Mailing, later: Mailing | None) -> Climbed | None:
        """Take up who is due for `step`, and end the rung before it where nobody else can be."""
        is_last = step > len(begun.campaigns[self.campaign.name].steps)
        climbed = None
        if not is_last:
            definition = self._definition(begun, step) if later is None else self._frozen(later)
            climbed = self._take_up(definition, step, earlier, later)
        later = climbed.mailing if climbed is not None else later
        with self.store.writing() as connection:
            self.check(connection)
            end_rung(connection, earlier.mailing_id, later.mailing_id if later else None, self.now, last=is_last)
        return climbed

    def _frozen(self, made: Mailing) -> Workspace:
        with self.store.reading() as connection:
            return _as_frozen(connection, self.workspace, self.files, made)

    def _definition(self, begun: Workspace, step: int) -> Workspace:
        """What a step that has not begun goes by: the files as they are, unless arms or offers are others by now.

        Contacts keep the arm and the offer of the first letter: those must mean the same in the last.
        """
        own = begun.campaigns[self.campaign.name]
        names = [[variant.name for variant in each.variants] for each in (own, self.campaign)]
        same = names[0] == names[1] and own.offers == self.campaign.offers and len(self.campaign.steps) >= step
        return self.workspace if same else begun

    def _take_up(self, definition: Workspace, step: int, earlier: Mailing, later: Mailing | None) -> Climbed | None:
        campaign = definition.campaigns[self.campaign.name]
        rung = campaign.steps[step - 1]
        assert rung.after is not None, "the file's reader asks for it"
        sent_by = rung.after.before(self.now, definition.configuration.timezone)
        with self.store.reading() as connection:
            if not has_due(connection, earlier.mailing_id, later.mailing_id if later else None, sent_by):
                return None
        letters = compile_letters(definition, campaign, step) if later is None else {}
        with self.store.writing() as connection:
            self.check(connection)
            own = later or self._insert(connection, definition, campaign, step)
            terms = Rung(campaign.name, self.first.period, step, rung.unless)
            ids = (earlier.mailing_id, own.mailing_id)
            new = take_up_rung(connection, terms, *ids, sent_by=sent_by, now=self.now)
            if later is None:
                desk = FactsDesk(definition, campaign, self.now, self.first.period, step)
                refuse_if_none_can_be_made(connection, desk, letters, audience_of(own.mailing_id))
            queue_rung(connection, *ids, self.now, window_terms(definition, campaign))
            if new and own.state is not MailingState.SENDING:
                own = step_mailing(connection, own.mailing_id, MailingState.SENDING, self.now)
            elif own.state is MailingState.PLANNED:  # all of them have answered: it stands ready for the others
                own = step_mailing(connection, own.mailing_id, MailingState.SENDING, self.now)
                own = step_mailing(connection, own.mailing_id, MailingState.DONE, self.now)
        return Climbed(own, later is None) if new else None

    def _insert(self, connection: Connection, definition: Workspace, campaign: Campaign, step: int) -> Mailing:
        new = new_mailing(definition, campaign, self.first.period, self.now, step=step)
        made = insert_mailing(connection, new)
        assert made is not None, "one run at a time, and only it makes steps"
        return made


def stop_ladder(connection: Connection, mailing: Mailing, now: datetime) -> bool:
    """Let nobody climb further on the ladder of this mailing's occasion; False where no later step is to come."""
    begun = thaw(frozen_files(connection, mailing.mailing_id)).campaigns[mailing.campaign]
    return mailing.step < len(begun.steps) and end_occasion(connection, mailing, now)


@dataclass(frozen=True, slots=True)
class FellSilent:
    """How many of a campaign's contacts were pinned to its `then`."""

    campaign: str
    status: str
    count: int


def pin_the_silent(
    store: Store, workspace: Workspace, now: datetime, check: Callable[[Connection], None]
) -> list[FellSilent | ProblemsError]:
    """`then`: pin the status of those who stayed silent after the last step, each once for each ladder climbed.

    Which step is the last, how long it is waited for and what ends the silence is as frozen with the occasion. Frozen
    files that cannot be read are given as their problems; nobody of that campaign is pinned then.
    """
    told: list[FellSilent | ProblemsError] = []
    for campaign in workspace.campaigns.values():
        if campaign.then_status is None or not workspace.ladders:
            continue
        try:
            with store.reading() as connection:
                silent, seen_by = _silent(connection, workspace, campaign, now)
        except ProblemsError as error:
            told.append(error)
            continue
        with store.writing() as connection:
            check(connection)
            mark_silence_seen(connection, campaign.name, seen_by)
            ladder = workspace.ladders[0].name
            pin_status(connection, silent, ladder, campaign.then_status, since=now, by=campaign.name)
        if silent:
            told.append(FellSilent(campaign.name, campaign.then_status, len(silent)))
    return told


def _silent(
    connection: Connection, workspace: Workspace, campaign: Campaign, now: datetime
) -> tuple[list[int], datetime]:
    """Who has been silent for long enough, and up to which letter's moment everybody has been looked at."""
    zone = workspace.configuration.timezone
    awaited, silent = silence_awaited(connection, campaign.name), set[int]()
    seen_by = [_patience(campaign, len(campaign.steps)).before(now, zone)]
    files = freeze(workspace, campaign) if awaited else ""
    for made in awaited:
        first = find_mailing(connection, made.campaign, made.period)
        begun = _as_frozen(connection, workspace, files, first or made)
        if made.step != max(1, len(begun.campaigns[campaign.name].steps)):
            continue
        definition = _as_frozen(connection, workspace, files, made)
        own = definition.campaigns[campaign.name]
        sent_by = _patience(own, made.step).before(now, definition.configuration.timezone)
        unless = own.steps[made.step - 1].unless if own.steps else ()
        silent.update(silent_contacts(connection, made, unless, sent_by=sent_by, now=now))
        seen_by.append(sent_by)
    return sorted(silent), min(seen_by)


def _as_frozen(connection: Connection, workspace: Workspace, files: str, made: Mailing) -> Workspace:
    """The files that a mailing goes by; `files` is its campaign frozen as it stands in `workspace`."""
    frozen = frozen_files(connection, made.mailing_id)
    # read again only where the files have changed since: a ladder on its way is looked at by every run
    return workspace if frozen == files else thaw(frozen)


def _patience(campaign: Campaign, step: int) -> Duration:
    """How long after the last letter silence is silence: as long as before it, else the goal's time."""
    after = campaign.steps[step - 1].after if campaign.steps else None
    return after or (campaign.goal.within if campaign.goal else PATIENCE)
