"""How fast letters leave: injection alone, and the whole line, against Postfix's `smtp-source` into one `smtp-sink`.

    python benchmarks/send_line.py [--letters 8000] [--rounds 3] [--connections 10] [--ours 10 20] [--workers 1 2]
        [--database URL] [--each-way 2.5] [--dkim]

All in one run on one machine, so the ratios mean something where the absolute figures do not; printed are letters a
second and their ratio to the yardstick of the same minute, the median of all rounds, least and most in brackets.
The whole line is claim, facts, compose, sealed links, MIME, durable mark, SMTP, outcome; letters of about 30 kB.
Needs Debian's postfix.
With `--database` (PostgreSQL) each line is measured on SQLite and there, in turn, with the ratio of the two.
`--connections` are the yardstick's; `--ours` those of the whole line, measured once with each (the same by default).
With `--each-way` the relay is so many milliseconds away, and the yardstick is one round trip a letter on each
connection (RFC 2920 allows the words for the next letter behind the content of the one before); `--dkim`: RSA-2048.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import itertools
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from mailing_rows import FILES, made_mailing
from slow_link import slow_link
from sqlalchemy import select

from rekindle.deliver.dispatch import Pump
from rekindle.deliver.envelope import Envelope
from rekindle.deliver.transport import transport_for
from rekindle.line.send import send_mailing
from rekindle.model.delivery import Outcome, OutcomeKind
from rekindle.settings import Settings
from rekindle.store.engine import Store
from rekindle.store.opening import open_store
from rekindle.store.tables import delivery

LETTER = 30_000
PARAGRAPH = "<p>Мы отобрали для вас новые фактуры: лён, бетон и старое дерево, всё в трёх размерах. </p>\n"
PERSONAL = (
    "<p>{{ contact.first_name }}, ваш код {{ offer.discount }}: "
    "<a href='https://shop.example/{{ contact.external_id }}'>купить</a>, <a href='https://shop.example/new'>новое</a></p>\n"
)
TEXT = "{{ contact.first_name }}: {{ offer.discount }}, https://shop.example/back\n{{ links.unsubscribe }}\n"


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """Postfix's smtp-sink on a free port; it takes every letter and throws it away."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_root = ["-u", "nobody"] if getpass.getuser() == "root" else []
    process = subprocess.Popen(["smtp-sink", *as_root, "-c", f"127.0.0.1:{port}", "1000"], stdout=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
        yield port
    finally:
        process.terminate()
        process.wait()


def smtp_source(port: int, letters: int, connections: int) -> float:
    """Letters a second of Postfix's own generator."""
    command = ["smtp-source", "-d", "-s", str(connections), "-m", str(letters), "-l", str(LETTER)]
    began = time.perf_counter()
    subprocess.run([*command, "-f", "a@shop.example", "-t", "b@reader.example", f"127.0.0.1:{port}"], check=True)
    return letters / (time.perf_counter() - began)


class Plain:
    """The pump's work without a ledger: the same bytes for everybody."""

    # what each method means is said in deliver.dispatch.Work
    def __init__(self, letters: int) -> None:
        line = b"0123456789abcdef" * 4 + b"\r\n"
        self.content = b"Subject: x\r\n\r\n" + line * (LETTER // len(line))
        self.numbers = iter(range(letters))
        self.sent = 0

    async def claim(self) -> Sequence[int]:
        return [number for _, number in zip(range(100), self.numbers, strict=False)]

    async def compose(self, item: int) -> Envelope:
        return Envelope("bounces@shop.example", f"r{item}@reader.example", self.content)

    async def mark(self, item: int, envelope: Envelope) -> None:
        """There is no ledger here."""

    def settle(self, item: int, outcome: Outcome) -> None:
        self.sent += outcome.kind is OutcomeKind.ACCEPTED


def injection(port: int, letters: int, connections: int) -> float:
    """Letters a second of the wire alone."""
    work = Plain(letters)

    async def go() -> None:
        transport = transport_for(f"smtp://127.0.0.1:{port}?starttls=no", Path())
        await Pump(transport, work, connections=connections, stop=threading.Event()).run()

    began = time.perf_counter()
    try:
        import uvloop

        uvloop.run(go())
    except ImportError:
        asyncio.run(go())
    assert work.sent == letters
    return letters / (time.perf_counter() - began)


@dataclass
class Pace:
    """Letters a second: `overall` with the start of the workers, `steady` from the first tenth sent to the last letter.

    `microseconds` of processor time a letter took, of all workers and all their threads, start-up included.
    """

    overall: float
    steady: float
    microseconds: float


def processor_seconds() -> float:
    """Of this process and of those that it has waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def synced_write(folder: str) -> float:
    """Seconds that a durable write of 20 kB takes there, the median of many: what each group of marks waits for."""
    took = []
    with (Path(folder) / "synced").open("wb") as file:
        for _ in range(101):
            began = time.perf_counter()
            file.write(bytes(20_000))
            file.flush()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return sorted(took)[50]


def round_trip(port: int) -> float:
    """Seconds that the relay's answer to NOOP takes, the median of many."""
    with socket.create_connection(("127.0.0.1", port)) as relay, relay.makefile("rb") as replies:
        replies.readline()
        took = []
        for _ in range(101):
            began = time.perf_counter()
            relay.sendall(b"NOOP\r\n")
            replies.readline()
            took.append(time.perf_counter() - began)
    return sorted(took)[50]


def signing_key(folder: str) -> str:
    """A new RSA-2048 key in a file."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    path = Path(folder) / "dkim.pem"
    key = generate_private_key(65537, 2048)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(path)


def whole_line(url: str, port: int, letters: int, connections: int, workers: int, key: str = "") -> Pace:
    """The real thing, from the claim to the mark after the 250."""
    store = open_store(url)
    body = (PARAGRAPH * 18 + PERSONAL) * 6  # about LETTER octets on the wire
    files = {
        **FILES,
        "rekindle.yml": FILES["rekindle.yml"].replace("connections: 4", f"connections: {connections}"),
        "templates/winback.html": FILES["templates/winback.html"].replace("<p>{{", body + "<p>{{", 1),
        "templates/winback.txt": TEXT + PARAGRAPH[3:-6] * 20 + "\n",
    }
    mailing = made_mailing(store, [f"r{number}@reader.example" for number in range(letters)], files)
    settings = Settings(
        url,
        f"smtp://127.0.0.1:{port}?starttls=no",
        "0123456789abcdef",
        "https://mail.shop.example",
        dkim_key=key,
        dkim_selector="r1" if key else "",
    )
    began, busy = time.perf_counter(), processor_seconds()
    ahead = mailing.as_of - datetime.now(UTC)
    ledger = send_mailing(store, settings, mailing.mailing_id, lambda: datetime.now(UTC) + ahead, workers=workers)
    seconds, busy = time.perf_counter() - began, processor_seconds() - busy
    assert ledger.sent == letters, ledger
    with store.reading() as connection:
        moments = sorted(connection.scalars(select(delivery.c.sent_at)))
    store.close()
    first = letters // 10
    steady = (letters - 1 - first) / (moments[-1] - moments[first]).total_seconds()
    return Pace(letters / seconds, steady, busy / letters * 1e6)


def fresh(url: str, folder: str, name: str) -> str:
    """The URL of an empty store: a new file, or the given database with its tables dropped."""
    if not url:
        return f"sqlite:///{folder}/{name}.db"
    store: Store = open_store(url)
    from rekindle.store.tables import metadata

    metadata.drop_all(store.engine)
    with store.writing() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    # the files of its journal are there afterwards, as on any server that has run for a while
    with store.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
    store.close()
    return url


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--letters", type=int, default=8000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--connections", type=int, default=10)
    options.add_argument("--ours", type=int, nargs="*")
    options.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    options.add_argument("--database", default="")
    options.add_argument("--each-way", type=float, default=0.0, metavar="MILLISECONDS")
    options.add_argument("--dkim", action="store_true")
    chosen = options.parse_args()
    print(f"Python {sys.version}")
    with contextlib.ExitStack() as stack:
        port, folder = stack.enter_context(sink()), stack.enter_context(tempfile.TemporaryDirectory())
        if chosen.each_way:
            port = stack.enter_context(slow_link(port, chosen.each_way))
        print(f"a synced write of 20 kB takes {synced_write(folder) * 1e3:.2f} ms")
        measured: dict[str, list[tuple[float, float]]] = {}
        for number in range(chosen.rounds):
            for what, rate, base in measure(chosen, port, Path(folder) / str(number)):
                measured.setdefault(what, []).append((rate, rate / base))
                print(".", end="", flush=True)
        print()
        for what, figures in measured.items():
            print_figures(what, figures)


def measure(chosen: argparse.Namespace, port: int, folder: Path) -> Iterator[tuple[str, float, float]]:
    """One round: what was measured, its letters a second, and what these are held against.

    The yardstick is taken anew before each line: machines that are shared wander by a tenth within a minute.
    """
    folder.mkdir()
    common = (port, chosen.letters, chosen.connections)
    one_trip = chosen.connections / round_trip(port) if chosen.each_way else 0.0

    def yardstick() -> float:
        rate = smtp_source(*common)
        yardsticks.append(rate)
        return one_trip or rate

    yardsticks: list[float] = []
    base = yardstick()
    if one_trip:
        yield "one round trip a letter", one_trip, base
    yield "injection alone", injection(*common), base
    key = signing_key(str(folder)) if chosen.dkim else ""
    for workers, ours in itertools.product(chosen.workers, chosen.ours or [chosen.connections]):
        steady = []
        for database in ("", chosen.database) if chosen.database else ("",):
            base = yardstick()
            url = fresh(database, str(folder), f"line{workers}-{ours}")
            pace = whole_line(url, port, chosen.letters, ours, workers, key)
            steady.append(pace.steady)
            what = f"{'PostgreSQL' if database else 'whole line'}, {workers} x {ours / workers:g}"
            yield what, pace.steady, base
            yield f"{what}, with its start-up", pace.overall, base
            yield f"{what}, us of processor time", pace.microseconds, base
        if chosen.database:
            yield f"{what} to SQLite", steady[1], steady[0]
    for rate in yardsticks:
        yield "smtp-source -d", rate, base


def print_figures(what: str, figures: Sequence[tuple[float, float]]) -> None:
    """The median of all rounds, and what lies around it."""
    rates, ratios = (sorted(column) for column in zip(*figures, strict=True))
    middle = f"{what:<40}{median(rates):>9,.0f}"
    spans = f"{median(ratios):>8.2f}  ({ratios[0]:.2f} - {ratios[-1]:.2f})"
    print(middle if what.endswith("time") else middle + spans, flush=True)


if __name__ == "__main__":
    main()
