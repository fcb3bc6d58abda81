"""A year of a shop on Online Retail's real orders (Chen, D., UCI Machine Learning Repository), `run` as cron calls it.

What the program did is held against what had to happen, worked out in plain Python from the files, the readers' own
account and the SMTP server's ledger (tests/year_judge.py).
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from smtp_server import SmtpServer
from sqlalchemy import create_engine, text
from year import FILES, LONDON, Person, Year, days_that_matter, every_day, late_files
from year_judge import AFTER, SOON, Fate, Judge, by_verdict

from rekindle.demo import stage
from rekindle.demo.readers import chance

DATA = Path(stage.__file__).with_name("data")
WHOLE = Path(__file__).parents[3] / "shared" / "data" / "online_retail" / "online_retail.csv.gz"
SUMMER = date(2011, 5, 28)
LOOKS = {date(2011, 8, 6), date(2011, 11, 9), date(2011, 12, 9)}
END = "2011-12-30"


def bundled(name: str) -> list[dict[str, str]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def shop(share: float) -> tuple[list[Person], list[dict[str, str]]]:
    """So many of the bundled buyers, and their orders."""
    people = [Person.of(row) for row in bundled("contacts.csv.gz") if chance(row["CustomerID"], "taken") < share]
    numbers = {one.number for one in people}
    return people, [row for row in bundled("orders.csv.gz") if row["CustomerID"] in numbers]


class Ledger:
    """The program's own rows, read without it."""

    def __init__(self, url: str) -> None:
        engine = create_engine(url)
        with engine.connect() as store:

            def asked(words: str) -> list[Any]:
                return [tuple(row) for row in store.execute(text(words))]

            numbers = dict(asked("SELECT id, external_id FROM contact"))
            keys = {row[0]: row[1:] for row in asked("SELECT id, campaign, period, step FROM mailing")}
            self.audience: dict[tuple[str, str, int], dict[str, str]] = {key: {} for key in keys.values()}
            self.fates: dict[tuple[str, str, int], dict[str, str]] = {key: {} for key in keys.values()}
            self.arms: dict[tuple[str, str, int], dict[str, str]] = {key: {} for key in keys.values()}
            rows = asked("SELECT mailing_id, contact_id, verdict, reason, arm FROM audience_member")
            for mailing, contact, verdict, reason, arm in rows:
                self.audience[keys[mailing]][numbers[contact]] = reason or verdict
                self.arms[keys[mailing]][numbers[contact]] = arm
            for mailing, contact, state in asked("SELECT mailing_id, contact_id, state FROM delivery"):
                self.fates[keys[mailing]][numbers[contact]] = state
        engine.dispose()


def judged(judge: Judge) -> None:
    """Every audience, every letter, every pin of the year."""
    year = judge.year
    ledger = Ledger(year.url)
    letters = letters_by_step(year, judge)
    assert set(ledger.audience) == set(year.made)
    for at, campaign, period in judge.firsts:
        expected = judge.verdicts(campaign, period, at)
        assert by_verdict(ledger.audience[campaign, period, 1]) == by_verdict(expected), (campaign, period)
        for number in sorted(judge.chosen[campaign, period]):
            client = judge.clients[number]
            fate = judge.fate(client, campaign, at)
            if fate.state == "failed":
                client.refused_at = min(client.refused_at or fate.at, fate.at)  # type: ignore[type-var]
            elif fate.state == "waiting":
                client.waits_for.add(campaign)
            hold(ledger, letters, (campaign, period, 1), number, fate)
    for (campaign, period, step), at in sorted(year.made.items(), key=lambda each: each[0][2]):
        if step > 1:
            hold_step(judge, ledger, letters, (campaign, period, step), at)
    for at, numbers in year.archive.items():
        assert numbers == judge.archived(at), at


Key = tuple[str, str, int]
Letters = Mapping[Key, Mapping[str, datetime]]


def letters_by_step(year: Year, judge: Judge) -> Letters:
    """When each contact got which letter of which occasion: a later step's is that of the contact's first letter."""
    found: dict[Key, dict[str, datetime]] = defaultdict(dict)
    firsts = defaultdict(list)
    for at, campaign, period in judge.firsts:
        firsts[campaign].append((at, period))
    for number, client in judge.clients.items():
        own: dict[str, str] = {}
        for letter in client.letters:
            if letter.step == 1:
                own[letter.campaign] = [name for at, name in firsts[letter.campaign] if at <= letter.at][-1]
            period = own[letter.campaign]
            key = (letter.campaign, period, letter.step)
            assert number not in found[key], "nobody gets a letter twice"
            found[key][number] = letter.at
    return found


def hold(ledger: Ledger, letters: Letters, key: Key, number: str, fate: Fate) -> None:
    """What became of a letter is what had to become of it, in the store and at the relay."""
    state = ledger.fates[key][number]
    came = letters.get(key, {}).get(number)
    assert (state in ("queued", "deferred")) if fate.state == "waiting" else state == fate.state, (key, number, fate)
    assert (came is not None) == (fate.state == "sent"), (key, number, fate)
    if came is not None and fate.at is not None:
        assert timedelta(0) <= came - fate.at < SOON, (key, number, fate, came)


def hold_step(judge: Judge, ledger: Ledger, letters: Letters, key: Key, made: datetime) -> None:
    """A later step: each contact after its own letter, unless it answered; arms kept."""
    campaign, period, step = key
    earlier: Key = (campaign, period, step - 1)
    verdicts = {}
    for number, sent in letters[earlier].items():
        due = next((run for run in judge.runs if run - AFTER[step] > sent), None)
        if due is None:
            continue
        client = judge.clients[number]
        verdicts[number] = judge.answer(client, sent, due) or "chosen"
        assert due >= made
        if verdicts[number] == "chosen":
            assert ledger.arms[key][number] == ledger.arms[earlier][number]
            hold(ledger, letters, key, number, judge.fate(client, campaign, due, sent))
    assert by_verdict(ledger.audience[key]) == by_verdict(verdicts), key


def adds_up(judge: Judge) -> None:
    """The ledger's sums, and the report's."""
    year = judge.year
    rows = json.loads(year.call(datetime.fromisoformat(END), "--json", "mailing", "list").out)
    ends = ("sent", "failed", "skipped", "expired", "unknown", "waiting")
    assert all(row["planned"] == sum(row[end] for end in ends) for row in rows)
    sent = Counter(letter.campaign for letter in year.letters)
    ledger = Ledger(year.url)
    for campaign in ("winback", "monthly", "flash"):
        own = [row for row in rows if row["campaign"] == campaign]
        assert sum(row["sent"] for row in own) == sent[campaign]
        report = json.loads(year.call(datetime.fromisoformat(END), "--json", "report", campaign, "--all").out)
        audience, converted = Counter[str](), Counter[str]()
        for at, name, period in judge.firsts:
            arms = ledger.arms[campaign, period, 1] if name == campaign else {}
            for arm in set(arms.values()) - {""}:
                members = [number for number, own_arm in arms.items() if own_arm == arm]
                audience[arm] += len(members)
                converted[arm] += judge.converted(members, at)
        assert {arm: figures["audience"] for arm, figures in report["arms"].items() if figures["audience"]} == audience
        assert {arm: report["arms"][arm]["converted"] for arm in audience} == converted


def lived(year: Year, runs: list[datetime], returns: Sequence[tuple[str, datetime]] = ()) -> None:
    """The year, and what is said of it."""

    year.live(iter(runs), LOOKS)
    begun = runs[0].astimezone(LONDON)
    assert sorted(year.missed) == [(campaign, f"{begun:%Y-%m}") for campaign in ("flash", "monthly", "winback")]
    assert year.held
    assert all("guard.max_growth 25% allows" in reason for reason in year.held)
    made = Counter(campaign for campaign, _, step in year.made if step == 1)
    months = len({moment.astimezone(LONDON).month for moment in runs}) - (begun.month != 12)
    assert made == {"winback": months, "monthly": months, "flash": months}
    judge = Judge(year, runs, returns)
    judged(judge)
    adds_up(judge)
    reasons = Counter(reason for rows in Ledger(year.url).audience.values() for reason in rows.values())
    wanted = {"suppressed", "no_consent", "capped", "outranked", "excluded", "had_it", "clicked", "bought", "held_out"}
    assert wanted < set(reasons), wanted - set(reasons)
    assert all(year.archive.values())


Live = Callable[..., Year]


@pytest.fixture
def live(
    workspace: Callable[[Mapping[str, str]], Path], serve: Callable[..., SmtpServer], rekindle: Callable[..., Any]
) -> Live:
    """A year of so large a share of the bundled buyers."""
    return lambda share, **options: Year(workspace(FILES), serve(), rekindle, *shop(share), **options)


@pytest.mark.timeout(400)
def test_a_year_of_monthly_runs(live: Live) -> None:
    """Some of the bundled buyers, from summer on; `run` at the moments that matter."""
    lived(live(0.045), list(days_that_matter(SUMMER, nights=(6,))))


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_a_year_in_which_orders_come_in_late(live: Live, database_url: str) -> None:
    """The whole year; a month's orders are known in the next, those of May after June's; each file comes twice."""
    lived(live(0.15, arrivals=late_files(), database=database_url), list(days_that_matter()))


@pytest.mark.soak
@pytest.mark.timeout(3000)
@pytest.mark.skipif(not WHOLE.exists(), reason=f"{WHOLE.name} is not beside the checkout")
def test_a_year_of_the_whole_file(live: Live) -> None:
    """All 541,909 lines, 4,338 buyers; `run` at the moments that matter, each twice."""
    lived(live(1.0, often=True, raw=WHOLE), list(days_that_matter()), list(returned()))


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_a_year_of_daily_runs(live: Live) -> None:
    """A part of the buyers; noon and night of every day, each twice."""
    lived(live(0.15, often=True), list(every_day()))


def returned() -> Iterator[tuple[str, datetime]]:
    """Who gave something back, and when, by the public file."""
    with gzip.open(WHOLE, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["InvoiceNo"].startswith("C") and row["CustomerID"] and Decimal(row["UnitPrice"]) > 0:
                moment = datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=LONDON)
                yield row["CustomerID"], moment.astimezone(UTC)
