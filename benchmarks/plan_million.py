"""What planning a campaign over a million contacts costs: the audience in SQL, and every letter made once.

    python benchmarks/plan_million.py [--contacts 100000] [--postgres] [--runs 3] [--keep DIR] [--letters 20000]

The store is that of segment_world.py with consents, suppressions and shared addresses beside it. `audience`: verdicts,
arms, offers and every exclusion, against one INSERT .. SELECT of the segment's own members as bare rows into the same
table; of a plan, and of a mailing with its letters queued. `letters`: `plan` makes every letter on both cores, against
the composer alone: two processes that fill the same letter from facts in memory. Each pair in one run, turn by turn.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
from compose_letter import BLOCK, FOOT, HEAD, LINKS, PARAGRAPH
from segment_world import AS_OF, DAY, NOW, Columns, fill
from sqlalchemy import Table, insert, literal, select, text
from sqlalchemy.schema import CreateTable, DropTable

from rekindle.line.asking import asking
from rekindle.line.audience_rules import audience_rules
from rekindle.line.letter_facts import FactsDesk
from rekindle.line.letters import compile_letters
from rekindle.line.make_plan import make_plan
from rekindle.line.proof_room import ProofRoom
from rekindle.line.proofs import Proofed, Proofs
from rekindle.model.audience import Verdict
from rekindle.store import tables as t
from rekindle.store.audience_terms import AudienceRules
from rekindle.store.audiences import (
    _STAGE,
    Audience,
    audience_rows,
    count_audience,
    decide_audience,
    queue_deliveries,
    staged_audience,
)
from rekindle.store.engine import Store
from rekindle.store.mailings import NewMailing, insert_mailing
from rekindle.store.opening import open_store
from rekindle.store.segments import member_count, members_statement
from rekindle.workspace.load import Workspace, parse_workspace
from segments import databases, timed

PROCESSES = 2
PERIOD = "2026-11"
FILES = {
    "rekindle.yml": """\
organisation: {name: Shop, address: "1 Street", url: https://shop.example}
from: Shop <hello@shop.example>
timezone: UTC
currency: EUR
locale: ru_RU
topics: {offers: Offers, news: News}
limits: {per_contact: {letters: 3, within: 60 days}}
attributes: {potential: number}
""",
    "segments/everyone.yml": "where: {everyone: true}\n",
    "segments/buyers.yml": "where: {bought: {within: 1 year}}\n",
    "segments/silent.yml": "where: [{bought: true}, {not_bought: {within: 90 days}}]\n",
    "segments/readers.yml": "where: {opened: {within: 180 days}}\n",
    "segments/market.yml": "where: {channel: market}\n",
    "segments/regulars.yml": "where: {orders: {at_least: 40}}\n",
    "campaigns/news.yml": """\
topic: news
segment: buyers
subject: News
template: plain.html
priority: 90
""",
    "templates/plain.html": '<p>{{ contact.first_name }} <a href="{{ links.unsubscribe }}">x</a></p>\n',
}
CAMPAIGN = """\
topic: offers
segment: SEGMENT
exclude: [market]
hand_over: [regulars]
subject: "{{ contact.first_name }}, для вас {{ offer.discount }}"
preheader: Скидка до конца месяца
template: winback.mjml
offers:
  - {when: {revenue: {at_least: 10000}}, discount: 15%, code: BACK15}
  - {discount: 10%, code: BACK10}
variants: [{name: warm}, {name: short, subject: "Мы скучали"}]
holdout: 10%
again: after 6 months
"""


def workspace_of(segment: str, kilobytes: int = 30) -> Workspace:
    """A campaign that uses every exclusion, with the letter of compose_letter.py."""
    repeats = max(1, (kilobytes * 1000 - 24_000) // (LINKS * len(PARAGRAPH.encode())))
    blocks = "".join(BLOCK % {"n": n, "text": PARAGRAPH * repeats} for n in range(LINKS))
    files = {
        "campaigns/winback.yml": CAMPAIGN.replace("SEGMENT", segment),
        "templates/winback.mjml": HEAD + blocks + FOOT,
    }
    workspace, problems = parse_workspace({**FILES, **files})
    assert workspace is not None, "\n".join(map(str, problems))
    return workspace


# --- the store ------------------------------------------------------------------------------------------------------


def permissions(draw: Any, contacts: int) -> Iterator[tuple[Table, Columns, int]]:
    """Consents of nine in ten, two in a hundred of whom took it back; one address in a hundred suppressed."""
    ids = np.arange(1, contacts + 1)
    given = ids[draw.random(contacts) < 0.9]
    back = given[draw.random(len(given)) < 0.02]
    owner = np.concatenate([given, back])
    happened = np.concatenate([np.full(len(given), NOW - 400 * DAY), np.full(len(back), NOW - 90 * DAY)])
    yield t.consent, {
        "id": np.arange(1, len(owner) + 1), "contact_id": owner,
        "topic": np.array(["*", "offers"], dtype=object)[owner % 2],
        "given": np.arange(len(owner)) < len(given), "occurred_at": happened, "recorded_at": happened,
    }, len(owner)  # fmt: skip
    bad = ids[draw.random(contacts) < 0.01]
    yield t.suppression, {
        "id": np.arange(1, len(bad) + 1), "kind": "address", "reason": "bounced", "since": NOW - 60 * DAY,
        "key": np.array([f"c{one}@mail.example" for one in bad.tolist()], dtype=object),
    }, len(bad)  # fmt: skip


def store_at(url: str, contacts: int) -> Store:
    """The store at `url`, filled unless it was by an earlier run; one contact in two hundred shares a mailbox."""
    store = open_store(url)
    with store.reading() as connection:
        if connection.exec_driver_sql("SELECT count(*) FROM contact").scalar_one():
            return store
    seconds, _ = timed(lambda: fill(store, contacts, more=permissions))
    with store.writing() as connection:
        connection.execute(
            text("UPDATE contact SET address_key = 'c' || (id - 3) || '@mail.example' WHERE id % 200 = 7")
        )
        if not store.is_sqlite:  # which has no statistics after an import either
            connection.execute(text("ANALYZE"))
    print(f"  filled in {seconds:,.0f} s")
    return store


def _rules(connection: Any, workspace: Workspace) -> AudienceRules:
    return audience_rules(connection, workspace, workspace.campaigns["winback"], PERIOD, AS_OF)


# --- the audience ---------------------------------------------------------------------------------------------------


def audiences(store: Store, segments: list[str], runs: int) -> None:
    """Two lines a segment: the audience of a plan (temporary) and of a mailing (the store's own, its letters queued)"""
    names = ("members", "decided", "segment", "ratio", "others", "ratio")
    print(f"  {'audience of':<20}" + "".join(f"{name:>10}" for name in names) + "  (ms)")
    for segment in segments:
        workspace = workspace_of(segment)
        for what, measured in (("plan", _planned), ("mailing", _made)):
            found = [measured(store, workspace, segment) for _ in range(runs)]
            decided, inserted, others = (min(each[place] for each in found) * 1000 for place in range(3))
            print(
                f"  {segment + ', ' + what:<20}{found[0][3]:>10,}{decided:>10,.0f}{inserted:>10,.0f}"
                f"{decided / inserted:>10.2f}{others:>10,.0f}{decided / (inserted + others):>10.2f}",
                flush=True,
            )


Measured = tuple[float, float, float, int]
"""Seconds: all decided and written; the segment's own query with the insertion of as many rows; the campaign's other
conditions counted. And the members."""


_REST = """UPDATE audience_member SET verdict = 'left_out'
    WHERE mailing_id = :own AND contact_id NOT IN (SELECT id FROM written_to)"""


def _planned(store: Store, workspace: Workspace, segment: str) -> Measured:
    with store.reading(spilling=True) as connection:
        others = _others(connection, workspace)
        connection.execute(CreateTable(_STAGE))
        bare, _ = timed(lambda: _insert_bare(connection, Audience(_STAGE, 0), workspace, segment))
        connection.execute(DropTable(_STAGE))
        rules, began = _rules(connection, workspace), time.perf_counter()
        with staged_audience(connection, rules) as audience:
            decided = time.perf_counter() - began
            return decided, bare, others, sum(count_audience(connection, audience).values())


def _made(store: Store, workspace: Workspace, segment: str) -> Measured:
    """Beside it, as bare rows: every member, and a letter queued for as many as are chosen; taken back again."""
    with store.reading() as connection:
        others = _others(connection, workspace)
        rules = _rules(connection, workspace)
    with _taken_back(store) as connection:
        made = _mailing(connection)
        decided, _ = timed(lambda: decide_audience(connection, made, rules))
        queued, _ = timed(lambda: queue_deliveries(connection, made.mailing_id, AS_OF))
        size = sum(count_audience(connection, made).values())
        own = select(made.table.c.contact_id).where(made.mine, made.table.c.verdict == Verdict.CHOSEN.value)
        chosen = [{"id": one} for one in connection.scalars(own)]
    with _taken_back(store) as connection:
        made = _mailing(connection)
        bare, _ = timed(lambda: _insert_bare(connection, made, workspace, segment))
        connection.execute(text("CREATE TEMPORARY TABLE written_to (id bigint PRIMARY KEY)"))
        connection.execute(text("INSERT INTO written_to VALUES (:id)"), chosen)
        connection.execute(text(_REST), {"own": made.mailing_id})
        bare_queued, _ = timed(lambda: queue_deliveries(connection, made.mailing_id, AS_OF))
    return decided + queued, bare + bare_queued, others, size


@contextmanager
def _taken_back(store: Store) -> Iterator[Any]:
    """A writing transaction that leaves nothing."""
    with store.engine.connect() as connection:
        if store.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # rows were copied in with their numbers
            for name in ("mailing", "delivery"):
                own = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
                connection.execute(text(own))
        yield connection
        connection.rollback()


def _mailing(connection: Any) -> Audience:
    made = insert_mailing(connection, NewMailing("winback", PERIOD, AS_OF, AS_OF))
    assert made is not None
    return Audience(t.audience_member, made.mailing_id)


def _others(connection: Any, workspace: Workspace) -> float:
    """The campaign's other conditions (exclude, hand_over, offers), each counted alone."""
    campaign, asked = workspace.campaigns["winback"], asking(workspace, AS_OF)
    named = [workspace.segments[name].where for name in (*campaign.exclude, *campaign.hand_over)]
    conditions = [*named, *(offer.when for offer in campaign.offers if offer.when is not None)]
    return timed(lambda: [member_count(connection, condition, asked) for condition in conditions])[0]


def _insert_bare(connection: Any, audience: Audience, workspace: Workspace, segment: str) -> None:
    """The segment's members and nothing else, as rows of the same table in one statement."""
    members = members_statement(workspace.segments[segment].where, asking(workspace, AS_OF), connection.dialect)
    values = (
        literal(audience.mailing_id),
        contact_id := members.subquery().c[0],
        *map(literal, ("chosen", "warm", "")),
    )
    columns = ["mailing_id", "contact_id", "verdict", "arm", "reason", "offer"]
    rows = select(*values, literal(1)).select_from(contact_id.table)
    connection.execute(insert(audience.table).from_select(columns, rows))


# --- the letters ----------------------------------------------------------------------------------------------------


def composer_alone(store: Store, workspace: Workspace, letters: int) -> float:
    """Letters a second of two processes that fill letters from facts that they have in memory, their start aside."""
    campaign = workspace.campaigns["winback"]
    compiled = compile_letters(workspace, campaign)
    first = next(iter(compiled.values()))
    with store.reading() as connection, staged_audience(connection, _rules(connection, workspace)) as audience:
        some = [one for page in _pages(connection, audience, 2_000) for one in page]
        arms, offers = {one.contact_id: one.arm for one in some}, {one.contact_id: one.offer for one in some}
        found = FactsDesk(workspace, campaign, AS_OF, PERIOD).gather(connection, list(arms), offers, arms)
        facts = [(compiled.get(arms[each.contact.contact_id], first), each) for each in found]
    store.close()  # nobody carries a connection over a fork
    context = multiprocessing.get_context("fork")
    start = context.Barrier(PROCESSES + 1)

    def fill_all() -> None:
        start.wait()
        for number in range(letters // PROCESSES):
            letter, own = facts[number % len(facts)]
            letter.fill(own)

    crew = [context.Process(target=fill_all) for _ in range(PROCESSES)]
    for process in crew:
        process.start()
    start.wait()
    began = time.perf_counter()
    for process in crew:
        process.join()
    return letters / (time.perf_counter() - began)


def proofed(store: Store, workspace: Workspace, most: int) -> tuple[float, int]:
    """Letters a second of `plan`'s making of every letter, its processes' start and all reading of facts in it."""
    campaign = workspace.campaigns["winback"]
    with (
        store.reading() as connection,
        staged_audience(connection, audience_rules(connection, workspace, campaign, PERIOD, AS_OF)) as audience,
    ):
        room = ProofRoom(store, Proofs(workspace, campaign, AS_OF, PERIOD), PROCESSES)
        began, done = time.perf_counter(), 0
        for number, failed in room.failures(connection, _pages(connection, audience, most), most):
            assert not failed, failed[0]
            done += number
        return done / (time.perf_counter() - began), done


def _pages(connection: Any, audience: Audience, most: int) -> Iterator[list[Proofed]]:
    for page in audience_rows(connection, audience):
        own = [Proofed(row[0], row[2], row[4]) for row in page if row[1] != Verdict.LEFT_OUT]
        yield own[:most]
        most -= len(own)
        if most <= 0:
            return


def letters(store: Store, segment: str, runs: int, most: int) -> None:
    """Both, turn by turn."""
    workspace = workspace_of(segment)
    alone, ours = [], []
    for _ in range(runs):
        alone.append(composer_alone(store, workspace, min(most, 20_000)))
        ours.append(proofed(store, workspace, most))
        print(
            f"  letters of {segment}, {ours[-1][1]:,}: composer alone {alone[-1]:,.0f} a second,"
            f" plan {ours[-1][0]:,.0f}, ratio {ours[-1][0] / alone[-1]:.2f}",
            flush=True,
        )


def whole(store: Store, segment: str) -> None:
    """The plan as the command makes it: seconds and the memory of this process and of the largest of its children."""
    seconds, plan = timed(lambda: make_plan(store, workspace_of(segment), "winback", PERIOD, AS_OF))
    own, other = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    memory = f"memory {own:,.0f} MB, a process beside it {other:,.0f} MB"
    count = f"{plan.size:,} members, {plan.chosen + plan.held_out:,} letters"
    print(f"  plan of {segment}: {count}, {seconds:,.0f} s, {plan.hash}; {memory}")


PARTS = ("audience", "letters", "plan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--letters", type=int, default=40_000)
    parser.add_argument("--segments", nargs="+", default=["everyone", "buyers", "silent", "readers"])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = options.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        with databases(folder, options.postgres) as url_of:
            print(f"{options.contacts:,} contacts, {'PostgreSQL' if options.postgres else 'SQLite'}")
            store = store_at(url_of(options.contacts), options.contacts)
            if "audience" in options.parts:
                audiences(store, options.segments, options.runs)
            if "letters" in options.parts:
                letters(store, options.segments[0], options.runs, options.letters)
            if "plan" in options.parts:
                whole(store, options.segments[0])
            store.close()


if __name__ == "__main__":
    main()
