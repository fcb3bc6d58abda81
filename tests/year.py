"""A shop's year: real orders, a workspace with a ladder and two rivals, `run` as cron calls it, readers who react.

The readers are simulated, each by draws that belong to its address and the letter, and act on the real tracker. What
they did is kept here, apart from the store, so that a test can judge the store by it.
"""

from __future__ import annotations

import csv
import heapq
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smtp_server import SmtpServer

from rekindle.demo import stage
from rekindle.demo.readers import BROWSER, SCANNER, chance, fetch
from rekindle.seal import Sealer
from rekindle.store.opening import open_store
from rekindle.track.serving import Tracker
from rekindle.workspace.load import load_workspace

MAP = Path(stage.__file__).with_name("online-retail.map.yml")
LONDON = ZoneInfo("Europe/London")
KEY = "0123456789abcdef"
NIGHT, NOON = time(4, 5), time(12, 5)
NOONS, NIGHTS = (5, 9, 14, 28), (6, 15, 29)
ELSEWHERE = {
    "Australia": "Australia/Sydney",
    "Japan": "Asia/Tokyo",
    "USA": "America/New_York",
    "Germany": "Europe/Berlin",
}

FILES = {
    "rekindle.yml": """\
organisation: {name: The Lantern Room, address: "1 Example Street, London", url: https://lantern.example}
from: The Lantern Room <hello@lantern.example>
timezone: Europe/London
currency: GBP
topics: {offers: Offers}
limits: {per_contact: {letters: 1, within: 132 hours}}
stop_when: {bounced: 90%}
sending: {connections: 3}
""",
    "segments/statuses.yml": """\
statuses:
  - {name: archive, label: Archive, when: {tags: gone}}
  - {name: client, label: Client, otherwise: true}
""",
    "segments/silent.yml": "where: [bought: true, not_bought: {within: 60 days}, not: {status: archive}]\n",
    "segments/quiet.yml": "where: [bought: {within: 150 days}, not_bought: {within: 45 days}]\n",
    "segments/recent.yml": "where: {bought: {within: 90 days}}\n",
    "segments/top.yml": "where: {top: {share: 5%, by: revenue, within: 1 year}}\n",
    "campaigns/winback.yml": """\
topic: offers
segment: silent
exclude: [top]
holdout: 10%
offers:
  - {when: {revenue: {at_least: 1000}}, code: BACK15}
  - {code: BACK10}
variants: [{name: warm}, {name: short}]
schedule: {cron: "0 10 5 * *", max_lateness: 2 days}
window: {hours: 09:00-20:00, days: mon-fri, timezone: contact}
goal: {bought: {within: 14 days}}
steps:
  - {subject: "winback 1 {{ offer.code }}", template: letter.html}
  - {after: 7 days, unless: [clicked, bought], subject: "winback 2 {{ offer.code }}", template: letter.html}
  - {after: 14 days, unless: [clicked, bought], subject: "winback 3 {{ offer.code }}", template: letter.html}
then: {status: archive}
""",
    "campaigns/monthly.yml": """\
topic: offers
segment: quiet
subject: monthly 1
template: letter.html
holdout: 20%
again: after 4 months
priority: 90
schedule: {cron: "0 10 5 * *", max_lateness: 2 days}
""",
    "campaigns/flash.yml": """\
topic: offers
segment: recent
subject: flash 1
template: letter.html
holdout: 0
again: after 2 months
guard: {max_growth: 25%}
schedule: {cron: "0 10 9 * *", max_lateness: 2 days}
""",
    "templates/letter.html": """\
<html><body><p>Hello {{ contact.first_name }}</p><a href="https://lantern.example/new">New</a>
<a href="{{ links.unsubscribe }}">Unsubscribe</a></body></html>
""",
}
CONTACTS = "kind: contacts\ncolumns: {external_id: CustomerID, email: Email, first_name: FirstName, timezone: Zone, "
CONTACTS += "consent: Consent, created_at: Created}\n"
ORDERS = "kind: orders\ncolumns: {number: InvoiceNo, external_id: CustomerID, amount: Amount, product: Description, "
ORDERS += 'placed_at: {column: InvoiceDate, format: "%Y-%m-%d %H:%M:%S"}}\nconstants: {currency: GBP}\n'


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the shop's file."""

    number: str
    email: str
    name: str
    zone: str
    consents: bool
    bounces: bool

    @classmethod
    def of(cls, row: dict[str, str]) -> Person:
        """By the draws of this number."""
        number = row["CustomerID"]
        bounces = chance(number, "bounces") < 0.02
        address = f"c{number}{'.rcpt-550-5.1.1' if bounces else ''}@buyers.example"
        zone = ELSEWHERE.get(row["Country"], "")
        return cls(number, address, row["FirstName"], zone, chance(number, "consents") < 0.93, bounces)


@dataclass(frozen=True, slots=True)
class Seen:
    """A letter as the SMTP server has it: to whom, of which campaign and step, when."""

    to: str
    campaign: str
    step: int
    at: datetime
    code: str


@dataclass(frozen=True, slots=True, order=True)
class Deed:
    """What a reader does with a letter, and when."""

    at: datetime
    to: str
    what: str
    url: str
    campaign: str


@dataclass
class Year:
    """The shop, run through its year: `letters` and `deeds` are what the world saw, the rest is what was said.

    `often`: every `run` is called twice, not only those that make mailings. `raw`: the public file with a line for each
    thing sold, to be imported by the demo's map in place of `orders`, which says the same in a row an invoice.
    `arrivals`: when the file of a month's orders comes in; empty: all of them before the year begins. `database`: the
    store's URL, in place of a file in the workspace.
    """

    root: Path
    server: SmtpServer
    rekindle: Callable[..., Any]
    people: list[Person]
    orders: list[dict[str, str]]
    often: bool = False
    raw: Path | None = None
    arrivals: Mapping[str, datetime] = field(default_factory=dict)
    database: str = ""
    letters: list[Seen] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    missed: list[tuple[str, str]] = field(default_factory=list)
    made: dict[tuple[str, str, int], datetime] = field(default_factory=dict)
    archive: dict[datetime, set[str]] = field(default_factory=dict)
    _coming: list[Deed] = field(default_factory=list)
    _now: datetime = datetime(2010, 12, 1, tzinfo=UTC)
    _taken_in_until: datetime = datetime(2010, 12, 1, tzinfo=UTC)
    _read: int = 0

    def call(self, now: datetime, *arguments: object, expect: tuple[int, ...] = (0,)) -> Any:
        """The real command at that moment."""
        ran = self.rekindle("-C", self.root, "--now", now.isoformat(), *arguments)
        assert ran.code in expect, (now, arguments, ran)
        return ran

    @property
    def url(self) -> str:
        """Of the store."""
        return self.database or f"sqlite:///{self.root / 'rekindle.db'}"

    def live(self, moments: Iterator[datetime], looks: set[date]) -> None:
        """The year: at each moment what readers have done by then, then `run`; `looks`: who is in the archive."""
        (self.root / ".env").write_text(f"REKINDLE_SMTP_URL={self.server.url}\nREKINDLE_SECRET_KEY={KEY}\n"
                                        f"REKINDLE_DATABASE_URL={self.url}\n"
                                        "REKINDLE_PUBLIC_URL=http://127.0.0.1:8025\n")  # fmt: skip
        self._take_in()
        store = open_store(self.url)
        configuration = load_workspace(self.root).configuration
        journal = self.root / "journal"
        with Tracker(store, Sealer(KEY.encode()), configuration, journal=journal, now=lambda: self._now) as tracker:
            for moment in moments:
                self._react(moment, tracker)
                self._take_in_what_came(moment)
                self._run(moment)
                if moment.astimezone(LONDON).date() in looks:
                    self.archive[moment] = self._archived(moment)
        store.close()

    def _take_in(self) -> None:
        for name, text in (("contacts.map.yml", CONTACTS), ("orders.map.yml", ORDERS)):
            (self.root / name).write_text(text)
        contacts = self.root / "contacts.csv"
        with contacts.open("w", encoding="utf-8", newline="") as opened:
            rows = csv.writer(opened)
            rows.writerow(["CustomerID", "Email", "FirstName", "Zone", "Consent", "Created"])
            for one in self.people:
                consent = "offers" if one.consents else ""
                rows.writerow([one.number, one.email, one.name, one.zone, consent, "2010-11-01"])
        start = datetime(2010, 12, 1, tzinfo=UTC)
        self.call(start, "import", "contacts", contacts, "--map", self.root / "contacts.map.yml")
        if self.raw is not None:
            self.call(start, "import", "orders", self.raw, "--map", MAP)
        elif not self.arrivals:  # nothing that happens after a moment exists at it
            self._take_in_orders(start, self.orders)

    def _take_in_what_came(self, until: datetime) -> None:
        """The files of months that have come in since, each twice, as it happens where people do it by hand."""
        for month, came in self.arrivals.items():
            if self._taken_in_until < came <= until:
                own = [row for row in self.orders if row["InvoiceDate"].startswith(month)]
                first, again = (self._take_in_orders(came, own) for _ in range(2))
                assert first["new"] == again["unchanged"] == len(own), month
        self._taken_in_until = until

    def _take_in_orders(self, at: datetime, rows: Sequence[Mapping[str, str]]) -> Any:
        orders = self.root / "orders.csv"
        with orders.open("w", encoding="utf-8", newline="") as opened:
            written = csv.DictWriter(opened, list(rows[0]))
            written.writeheader()
            written.writerows(rows)
        words = ("--json", "import", "orders", orders, "--map", self.root / "orders.map.yml")
        return json.loads(self.call(at, *words).out)

    def _run(self, moment: datetime) -> None:
        found = json.loads(self.call(moment, "--json", "run", expect=(0, 5, 6)).out)
        self._note(found, moment)
        for held in found["held"]:
            self.held.append(held["reason"])
            self.made[held["campaign"], held["period"], 1] = moment
            self.call(moment, "approve", held["id"])
            self._note(json.loads(self.call(moment, "--json", "run", expect=(0, 5)).out), moment)
        if self.often or moment.astimezone(LONDON).day in NOONS[:2]:
            self._run_again(moment)
        for to, content in self.server.letters[self._read :]:
            self._get(to, content)
        self._read = len(self.server.letters)

    def _run_again(self, moment: datetime) -> None:
        before = len(self.server.letters)
        again = json.loads(self.call(moment, "--json", "run").out)
        assert [again[name] for name in ("mailings", "held", "missed", "problems")] == [[], [], [], []], moment
        assert len(self.server.letters) == before

    def _note(self, found: Any, moment: datetime) -> None:
        assert found["problems"] == [], moment
        self.missed += [(each["campaign"], each["period"]) for each in found["missed"]]
        for work in found["mailings"]:
            if work["made"]:
                key = (work["campaign"], work["period"], work["step"])
                assert key not in self.made, "one mailing a period"
                self.made[key] = moment

    def _get(self, to: str, content: bytes) -> None:
        """A letter comes: what its reader will do with it is drawn."""
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        campaign, step, *code = str(message["Subject"]).split()
        at = parsedate_to_datetime(str(message["Date"])).astimezone(UTC)
        self.letters.append(Seen(to, campaign, int(step), at, "".join(code)))
        word = f"{campaign} {step} {at:%Y-%m}"
        body = message.get_body(("html",))
        html = body.get_content() if body is not None else ""
        pixel, link = (re.search(mark, html) for mark in (r'src="([^"]+/o/[^"]+)"', r'href="([^"]+/c/[^"]+)"'))
        way_out = re.search(r"<(http[^>]+)>", str(message["List-Unsubscribe"]))
        assert pixel is not None
        assert link is not None
        assert way_out is not None

        def does(what: str, url: str, hours: float) -> None:
            heapq.heappush(self._coming, Deed(at + timedelta(hours=hours), to, what, url, campaign))

        later = 2 + 200 * chance(to, f"when {word}")
        if chance(to, f"scanned {word}") < 0.04:
            does("scanned", link[1], 1)
        if chance(to, f"opens {word}") < 0.3:
            does("opened", pixel[1], later)
            if chance(to, f"clicks {word}") < 0.3:
                does("clicked", link[1], later + 0.1)
            elif chance(to, f"leaves {word}") < 0.15:
                does("left", way_out[1], later + 0.1)

    def _react(self, until: datetime, tracker: Tracker) -> None:
        while self._coming and self._coming[0].at < until:
            deed = heapq.heappop(self._coming)
            self._now = deed.at
            self.deeds.append(deed)
            agent = SCANNER if deed.what == "scanned" else BROWSER
            url = deed.url.replace("http://127.0.0.1:8025", tracker.url)
            if deed.what == "left":
                fetch("POST", url, agent, b"List-Unsubscribe=One-Click")
            else:
                fetch("GET", url, agent)
        assert tracker.fold()

    def _archived(self, moment: datetime) -> set[str]:
        arguments = ("segment", "members", "--where", "status: archive", "--format", "csv", "--columns", "external_id")
        return set(self.call(moment, *arguments).out.split()[1:])


def late_files() -> dict[str, datetime]:
    """When the file of each month's orders comes in: on the second of the next; that of May after that of June."""
    months = [date(2010, 12, 1), *(date(2011, month, 1) for month in range(1, 13))]
    come = {f"{one:%Y-%m}": datetime(later.year, later.month, 2, 7, tzinfo=UTC) for one, later in pairwise(months)}
    return {**come, "2011-05": datetime(2011, 7, 13, 7, tzinfo=UTC)}


def every_day(start: date = date(2010, 12, 28), end: date = date(2011, 12, 9)) -> Iterator[datetime]:
    """Each day's moments at which `run` is called: while it is noon in Tokyo, and at noon in London."""
    for ahead in range((end - start).days + 1):
        for hour in (NIGHT, NOON):
            yield datetime.combine(start + timedelta(days=ahead), hour, LONDON).astimezone(UTC)


def days_that_matter(start: date = date(2010, 12, 28), nights: Collection[int] = NIGHTS) -> Iterator[datetime]:
    """Those of every day at which something is made, the night after, and some at which steps and pins are due."""
    for moment in every_day(start):
        local = moment.astimezone(LONDON)
        if local.day in (NOONS if local.time() == NOON else nights):
            yield moment
