"""The judge of a year: what must have happened, worked out in plain Python from the shop's files and the letters seen.

Nothing of the program is used here. From the rows of the orders, the draws of the readers and the SMTP server's ledger
it follows who had to be in which audience, why others were not, who got which letter when, and who was archived.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from year import LONDON, Person, Seen, Year

DAY = timedelta(days=1)
CAP = timedelta(hours=132)
"""No two runs are that long apart: whether a letter left a second earlier or later decides nothing."""
AFTER = {2: 7 * DAY, 3: 14 * DAY}
PATIENCE = 14 * DAY
GOAL = 14 * DAY
HOLDOUT = {"winback": 1000, "monthly": 2000, "flash": 0}
EVER = datetime.min.replace(tzinfo=UTC)
SOON = timedelta(minutes=15)
"""A run's letters leave within this of the moment at which it was started."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What had to become of a letter that is due: sent, skipped, failed or waiting, and at which run."""

    state: str
    at: datetime | None = None


@dataclass
class Client:
    """What is known of one person from the files and the readers' own account."""

    person: Person
    rank: int
    buys: list[datetime] = field(default_factory=list)
    known: list[datetime] = field(default_factory=list)
    spent: list[Decimal] = field(default_factory=list)
    returns: list[datetime] = field(default_factory=list)
    clicks: list[tuple[datetime, str]] = field(default_factory=list)
    left_at: datetime | None = None
    letters: list[Seen] = field(default_factory=list)
    refused_at: datetime | None = None
    waits_for: set[str] = field(default_factory=set)

    def bought(self, after: datetime, until: datetime, seen: datetime | None = None) -> bool:
        """Whether there is an order in after < t <= until; by what was known at `seen`, where given."""
        first, last = bisect_right(self.buys, after), bisect_right(self.buys, until)
        return any(seen is None or known <= seen for known in self.known[first:last])

    def clicked(self, after: datetime, until: datetime, campaign: str = "") -> bool:
        """Whether a link was clicked in after < t <= until, of one campaign or of any."""
        return any(after < at <= until and campaign in ("", which) for at, which in self.clicks)

    def has_left(self, by: datetime) -> bool:
        """Whether the reader had unsubscribed."""
        return self.left_at is not None and self.left_at <= by

    def written_to(self, after: datetime, until: datetime) -> bool:
        """Whether a letter came in after < t < until (a Date has whole seconds: it was a little later)."""
        return any(after <= letter.at < until for letter in self.letters)

    def has_had_enough(self, run: datetime, campaign: str) -> bool:
        """Whether the cap stands before another letter, be it for what another campaign sent in this very run."""
        rivals = [letter.at for letter in self.letters if letter.campaign != campaign]
        return self.written_to(run - CAP, run) or any(run <= at < run + SOON for at in rivals)

    def sample(self, salt: str) -> int:
        """The sample number of LANGUAGE 2.3."""
        return int(hashlib.md5(f"{salt}:{self.person.email}".encode()).hexdigest()[:8], 16) % 10_000


class Judge:
    """One year, judged after it is over; `runs` are the moments at which `run` was called.

    `returns`: who gave something back and when, which is an order too, though none that was paid.
    """

    def __init__(self, year: Year, runs: Sequence[datetime], returns: Iterable[tuple[str, datetime]] = ()) -> None:
        self.year, self.runs = year, runs
        self.clients = {one.number: Client(one, rank) for rank, one in enumerate(year.people)}
        self._by_address = {one.person.email: one for one in self.clients.values()}
        for row in sorted(year.orders, key=lambda row: row["InvoiceDate"]):
            month = row["InvoiceDate"][:7]
            if year.arrivals and month not in year.arrivals:
                continue  # it never came in
            client = self.clients[row["CustomerID"]]
            client.known.append(year.arrivals.get(month, EVER))
            client.buys.append(datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=LONDON).astimezone(UTC))
            client.spent.append(Decimal(row["Amount"]))
        for number, at in returns:
            if number in self.clients:
                self.clients[number].returns.append(at)
        for deed in year.deeds:
            client = self._by_address[deed.to]
            if deed.what == "clicked":
                client.clicks.append((deed.at, deed.campaign))
            elif deed.what == "left":
                client.left_at = min(client.left_at or deed.at, deed.at)
        for letter in year.letters:
            self._by_address[letter.to].letters.append(letter)
        self.pins: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        self.chosen: dict[tuple[str, str], set[str]] = {}
        for one in self.clients.values():
            for letter in one.letters:
                if (letter.campaign, letter.step) == ("winback", 3):
                    self.pin(one, letter)

    @cached_property
    def firsts(self) -> list[tuple[datetime, str, str]]:
        """The first-step mailings in the order in which they were made: who ranks higher chooses first."""
        made = [(at, campaign, period) for (campaign, period, step), at in self.year.made.items() if step == 1]
        return sorted(made, key=lambda each: (each[0], each[1] != "monthly", each[1]))

    def members(self, campaign: str, at: datetime) -> Iterable[Client]:
        """Who is in the campaign's segment at that moment."""
        for one in self.clients.values():
            ever = one.bought(EVER, at, at)
            silent = ever and not one.bought(at - 60 * DAY, at, at) and not self.is_archived(one, at)
            quiet = one.bought(at - 150 * DAY, at, at) and not one.bought(at - 45 * DAY, at, at)
            if {"winback": silent, "monthly": quiet, "flash": one.bought(at - 90 * DAY, at, at)}[campaign]:
                yield one

    def verdicts(self, campaign: str, period: str, at: datetime) -> dict[str, str]:
        """Every member with its verdict: chosen, held_out or the reason for which it is left out."""
        top = self.top(at) if campaign == "winback" else set()
        found = {}
        for one in self.members(campaign, at):
            reason = self._reason(one, campaign, at, top)
            number = one.sample(f"{campaign}/{period}")
            drawn = "held_out" if number < HOLDOUT[campaign] else "chosen"
            found[one.person.number] = reason or drawn
        self.chosen[campaign, period] = {number for number, verdict in found.items() if verdict == "chosen"}
        return found

    def _reason(self, one: Client, campaign: str, at: datetime, top: set[str]) -> str:
        day = at.astimezone(LONDON).strftime("%Y-%m")
        outranked = campaign != "monthly" and at.astimezone(LONDON).day == 5
        return next(
            (
                reason
                for reason, holds in (
                    ("suppressed", one.refused_at is not None and one.refused_at < at),
                    ("no_consent", not one.person.consents or one.has_left(at)),
                    ("capped", one.written_to(at - CAP, at)),
                    ("outranked", outranked and one.person.number in self.chosen.get(("monthly", day), ())),
                    ("excluded", one.person.number in top),
                    ("had_it", self._had_it(one, campaign, at)),
                )
                if holds
            ),
            "",
        )

    @staticmethod
    def _had_it(one: Client, campaign: str, at: datetime) -> bool:
        since = months_before(at, {"winback": 6, "monthly": 4, "flash": 2}[campaign]).astimezone(LONDON).date()
        had = [letter.at for letter in one.letters if letter.campaign == campaign and letter.at < at]
        # whose letter still waits, as no run ever comes in its window, is not begun with again
        return campaign in one.waits_for or any(since < sent.astimezone(LONDON).date() for sent in had)

    def top(self, at: datetime) -> set[str]:
        """The best twentieth by money within a year."""
        since, sums = months_before(at, 12), {}
        for one in self.clients.values():
            first, last = bisect_right(one.buys, since), bisect_right(one.buys, at)
            rows = zip(one.spent[first:last], one.known[first:last], strict=True)
            spent = sum((amount for amount, known in rows if known <= at), Decimal(0))
            if spent > 0:
                sums[one.person.number] = (-spent, one.rank)
        best = sorted(sums, key=lambda number: sums[number])
        return set(best[: int((Decimal("0.05") * len(best)).to_integral_value(ROUND_CEILING))])

    def fate(self, one: Client, campaign: str, due: datetime, since: datetime | None = None) -> Fate:
        """What becomes of a letter that is due from that run on; `since`: of the letter before it, on a ladder."""
        for run in self.runs[self.runs.index(due) :]:
            if campaign == "winback" and not is_open(one.person, run):
                continue
            if one.has_left(run) or (one.refused_at is not None and one.refused_at < run):
                return Fate("skipped", run)
            if since is not None and self.answer(one, since, run):
                return Fate("skipped", run)
            if one.has_had_enough(run, campaign):
                continue
            if one.person.bounces:
                return Fate("failed", run)
            return Fate("sent", run)
        return Fate("waiting")

    @staticmethod
    def answer(one: Client, since: datetime, until: datetime) -> str:
        """The first of a ladder's `unless` that holds."""
        clicked = one.clicked(since, until, "winback")
        return "clicked" if clicked else ("bought" if one.bought(since, until, until) else "")

    def pin(self, one: Client, last: Seen) -> None:
        """The archive, for who stayed silent after the last letter: from the run that sees it on."""
        run = next((run for run in self.runs if run - PATIENCE > last.at), None)
        if run is None or one.has_left(run) or any(at <= run for at in self._signs(one, last.at, run)):
            return
        self.pins[one.person.number].append((run, last.at))

    @staticmethod
    def _signs(one: Client, after: datetime, seen: datetime) -> list[datetime]:
        """What ends a silence, by what was known at `seen`."""
        known = [at for at, known in zip(one.buys, one.known, strict=True) if known <= seen]
        return [at for at in (*known, *one.returns, *(at for at, _ in one.clicks)) if after < at <= seen]

    def is_archived(self, one: Client, at: datetime) -> bool:
        """Whether a pin stands at that moment: no sign has come since the letter, nor come in late."""
        return any(since <= at and not self._signs(one, last, at) for since, last in self.pins[one.person.number])

    def archived(self, at: datetime) -> set[str]:
        """Everybody in the archive."""
        return {number for number, one in self.clients.items() if self.is_archived(one, at)}

    def converted(self, members: Iterable[str], start: datetime) -> int:
        """How many of these bought within the goal's time."""
        return sum(self.clients[number].bought(start, start + GOAL) for number in members)


def is_open(person: Person, at: datetime) -> bool:
    """Whether the contact's own clock shows nine to eight on a working day."""
    local = at.astimezone(ZoneInfo(person.zone) if person.zone else LONDON)
    return local.weekday() < 5 and time(9) <= local.time() < time(20)


def months_before(at: datetime, months: int) -> datetime:
    """Calendar months back by London's clock; the days of these mailings stand in every month."""
    local = at.astimezone(LONDON)
    index = local.year * 12 + local.month - 1 - months
    return local.replace(year=index // 12, month=index % 12 + 1).astimezone(UTC)


def by_verdict(found: Mapping[str, str]) -> dict[str, set[str]]:
    """The contacts of each verdict."""
    sets: dict[str, set[str]] = defaultdict(set)
    for number, verdict in found.items():
        sets[verdict].add(number)
    return dict(sets)
