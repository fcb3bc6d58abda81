"""The pump over plain items: every item once, one letter at a time a connection, clean ends."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from smtp_server import SmtpServer

from rekindle.deliver.dispatch import Patience, Pump
from rekindle.deliver.eml import EmlTransport
from rekindle.deliver.envelope import Envelope
from rekindle.deliver.relay_url import parse_relay_url
from rekindle.deliver.session import Deadlines
from rekindle.deliver.smtp import SmtpTransport
from rekindle.deliver.transport import ConnectFailedError, LostClaimError, Transport
from rekindle.model.delivery import Outcome, OutcomeKind
from rekindle.model.error import RelayError

Serve = Callable[..., SmtpServer]
QUICK = Deadlines(connect=2, mail=5, rcpt=5, data=5, dot=5, goodbye=0.3)
IMPATIENT = Patience(at_first=0.6, later=1.0, at_stop=1.0, longest_pause=0.2)


class ListWork:
    """Items are local parts; a name that begins with `lost` is another worker's, with `bad` cannot be composed."""

    def __init__(self, items: Sequence[str], batch: int = 7, broken_after: int | None = None) -> None:
        self.waiting = list(items)
        self.batch = batch
        self.outcomes: dict[str, Outcome] = {}
        self.marks: list[str] = []
        self.in_hand = self.most_in_hand = 0
        self.broken_after = broken_after

    async def claim(self) -> Sequence[str]:
        await asyncio.sleep(0)
        batch, self.waiting = self.waiting[: self.batch], self.waiting[self.batch :]
        return batch

    async def compose(self, item: str) -> Envelope | None:
        if item.startswith("bad"):
            return None
        content = f"Message-ID: <{item}@x.test>\r\n\r\nhello\r\n".encode()
        return Envelope("b@shop.test", f"{item}@reader.test", content, f"<{item}@x.test>")

    async def mark(self, item: str, envelope: Envelope) -> None:
        await asyncio.sleep(0)
        if item.startswith("lost"):
            raise LostClaimError(item)
        if self.broken_after is not None and len(self.marks) >= self.broken_after:
            raise OSError("disk full")
        self.marks.append(item)
        self.in_hand += 1
        self.most_in_hand = max(self.most_in_hand, self.in_hand)

    def settle(self, item: str, outcome: Outcome) -> None:
        assert item not in self.outcomes, "settled twice"
        self.outcomes[item] = outcome
        self.in_hand -= 1


def transport(server: SmtpServer) -> Transport:
    return SmtpTransport(parse_relay_url(server.url, Path()), QUICK)


def pump(
    relay: Transport,
    work: ListWork,
    connections: int = 3,
    stop: threading.Event | None = None,
    patience: Patience = IMPATIENT,
) -> None:
    async def go() -> None:
        flag = stop or threading.Event()
        await Pump(relay, work, connections=connections, stop=flag, patience=patience).run()

    asyncio.run(go())


def test_every_item_leaves_once_over_the_connections_there_are(serve: Serve) -> None:
    server, work = serve(), ListWork([f"r{n}" for n in range(200)])
    pump(transport(server), work)
    assert Counter(recipient for recipient, _ in server.accepted()) == Counter(f"r{n}@reader.test" for n in range(200))
    assert {outcome.kind for outcome in work.outcomes.values()} == {OutcomeKind.ACCEPTED}
    assert (server.most_open, work.most_in_hand) == (3, 3)


def test_faults_of_single_letters_stay_with_them(serve: Serve) -> None:
    """One bad letter, a refused one, a dropped connection: all others go."""
    names = [
        "bad1",
        "a.rcpt-550-5.1.1",
        "b.drop-late",
        "c.rcpt-421",
        "d.dot-451",
        *(f"r{n}" for n in range(30)),
    ]
    server, work = serve(), ListWork(names)
    pump(transport(server), work)
    kinds = {name: work.outcomes[name].kind.value for name in names if name in work.outcomes and name[0] != "r"}
    assert kinds == {
        "a.rcpt-550-5.1.1": "refused",
        "b.drop-late": "unknown",
        "c.rcpt-421": "deferred",
        "d.dot-451": "deferred",
    }
    assert len([recipient for recipient, _ in server.accepted() if recipient.startswith("r")]) == 30


def test_when_another_process_has_taken_over_this_one_stops(serve: Serve) -> None:
    """Stopped past its lease and woken up: what is in hand is settled, nothing else leaves."""
    server, work = serve(), ListWork(["a", "b", "lost1", *(f"r{n}" for n in range(50))])
    with pytest.raises(LostClaimError):
        pump(transport(server), work, connections=1)
    assert [recipient for recipient, _ in server.accepted()] == ["a@reader.test", "b@reader.test"]


def test_a_relay_that_ends_connections_after_some_letters_costs_no_letter_a_try(serve: Serve) -> None:
    """`421` to the MAIL of an old connection is about the connection: the letter goes at once over a new one."""
    server, work = serve(letters_each=4), ListWork([f"r{n}" for n in range(40)])
    pump(transport(server), work)
    assert {outcome.kind for outcome in work.outcomes.values()} == {OutcomeKind.ACCEPTED}
    assert len(server.accepted()) == 40


def test_a_relay_that_refuses_everybody_is_told_within_seconds(serve: Serve) -> None:
    work, began = ListWork(["a", "b", "c", "d"]), time.monotonic()
    with pytest.raises(ConnectFailedError):
        pump(SmtpTransport(parse_relay_url("smtp://127.0.0.1:1", Path()), QUICK), work)
    assert time.monotonic() - began < 3
    assert (work.marks, work.outcomes) == ([], {})


def test_a_relay_that_dies_midway_loses_nothing(serve: Serve) -> None:
    """In doubt is only what was in hand; the rest was never begun."""
    server, work = serve(), ListWork([f"r{n}.slow-0.05" for n in range(400)])
    threading.Timer(0.5, server.refuse_connections).start()
    with pytest.raises(ConnectFailedError):
        pump(transport(server), work)
    kinds = Counter(outcome.kind for outcome in work.outcomes.values())
    assert kinds[OutcomeKind.ACCEPTED] + kinds[OutcomeKind.UNKNOWN] >= len(server.accepted()) > 0
    assert kinds[OutcomeKind.UNKNOWN] + kinds[OutcomeKind.DEFERRED] <= 3
    assert len(work.marks) == len(work.outcomes) < 400


def test_a_relay_that_comes_back_is_waited_for(serve: Serve) -> None:
    server = serve()
    port = server.port
    server.refuse_connections()
    timer = threading.Timer(0.5, lambda: serve(port=port))
    timer.start()
    work = ListWork(["a", "b"])
    pump(SmtpTransport(parse_relay_url(f"smtp://127.0.0.1:{port}", Path()), QUICK), work, patience=Patience(at_first=5))
    timer.join()
    assert {outcome.kind for outcome in work.outcomes.values()} == {OutcomeKind.ACCEPTED}


@pytest.mark.parametrize("letters_each", [0, 3], ids=["lasting sessions", "three letters each"])
def test_a_relay_that_allows_fewer_connections_than_ours_gets_every_letter_over_those(
    serve: Serve, letters_each: int
) -> None:
    """However slowly it answers: while it keeps one session, the refused ones wait their turn, their letters go on."""
    server = serve(most_connections=2, letters_each=letters_each)
    work = ListWork([f"r{n}.slow-0.4" for n in range(16)])
    pump(transport(server), work, connections=4, patience=Patience(at_first=0.3, later=0.3, longest_pause=0.4))
    assert (server.most_open, server.turned_away > 2) == (2, True)
    kinds = Counter(outcome.kind.value for outcome in work.outcomes.values())
    # a letter whose old session ended, while a waiting connection took its place, has its next try later
    assert kinds["accepted"] == len(server.accepted()) >= (10 if letters_each else 16)
    assert kinds["accepted"] + kinds["deferred"] == 16


def test_the_end_does_not_wait_for_a_connection_that_rests(serve: Serve) -> None:
    """Its next try may be far off, and nothing is left for it."""
    server, began = serve(most_connections=1), time.monotonic()
    patient = Patience(at_first=0.3, longest_pause=60.0)
    pump(transport(server), ListWork([f"r{n}.slow-0.3" for n in range(12)]), connections=2, patience=patient)
    assert len(server.accepted()) == 12
    assert time.monotonic() - began < 12 * 0.3 + 1.5


def test_a_relay_that_keeps_nobody_any_more_is_given_up(serve: Serve) -> None:
    """One session was enough to hope; without any the patience begins to run out."""
    server, work = serve(most_connections=1), ListWork([f"r{n}.slow-0.2" for n in range(100)])
    threading.Timer(1.0, server.refuse_connections).start()
    began = time.monotonic()
    with pytest.raises(ConnectFailedError):
        pump(transport(server), work, connections=3)
    assert 1.9 < time.monotonic() - began < 6
    assert len(work.marks) == len(work.outcomes) < 100


def test_stopping_does_not_wait_for_a_relay_that_is_slow_to_greet(serve: Serve) -> None:
    """It may take minutes (RFC 5321 4.5.3.2.1), and no letter is in hand by then."""
    server, work, stop = serve(greets_after=30.0), ListWork(["a", "b", "c"]), threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    pump(transport(server), work, stop=stop, patience=Patience(at_stop=20.0))
    assert time.monotonic() - began < 3
    assert (work.marks, work.outcomes) == ([], {})


def stopping_once_in_hand(work: ListWork, count: int, stop: threading.Event) -> Callable[[], float]:
    """Say stop as soon as so many letters are in hand, however slow the machine; gives the seconds since then."""
    said: list[float] = []

    def look() -> None:
        end = time.monotonic() + 10
        while len(work.marks) < count and time.monotonic() < end:
            time.sleep(0.005)
        said.append(time.monotonic())
        stop.set()

    watch = threading.Thread(target=look)
    watch.start()

    def since() -> float:
        watch.join()
        return time.monotonic() - said[0]

    return since


def test_stopping_lets_letters_in_hand_finish(serve: Serve) -> None:
    server, work, stop = serve(), ListWork([f"r{n}.slow-0.8" for n in range(50)]), threading.Event()
    stopping_once_in_hand(work, 3, stop)
    pump(transport(server), work, stop=stop)
    assert {outcome.kind for outcome in work.outcomes.values()} == {OutcomeKind.ACCEPTED}
    assert len(work.marks) == len(work.outcomes) == len(server.accepted()) == 3


def test_stopping_does_not_wait_for_a_silent_relay_for_ever(serve: Serve) -> None:
    """After its grace a letter whose answer was not seen is unknown, one that had not left is deferred."""
    server, work, stop = serve(), ListWork(["a.silent-dot", "b.silent-rcpt"]), threading.Event()
    since_stop = stopping_once_in_hand(work, 2, stop)
    pump(transport(server), work, connections=2, stop=stop)
    assert since_stop() < 3
    kinds = {name: outcome.kind.value for name, outcome in work.outcomes.items()}
    assert kinds == {"a.silent-dot": "unknown", "b.silent-rcpt": "deferred"}


def test_when_the_ledger_cannot_be_written_nothing_more_leaves(serve: Serve) -> None:
    """Fail closed: sending stops before the next letter."""
    server, work = serve(), ListWork([f"r{n}" for n in range(100)], broken_after=10)
    with pytest.raises(OSError, match="disk full"):
        pump(transport(server), work)
    assert len(server.accepted()) == 10 == len(work.outcomes)


def test_letters_as_files(tmp_path: Path) -> None:
    """One file a letter, whole or not at all; the same letter again is the same file."""
    for _ in range(2):
        pump(EmlTransport(tmp_path / "letters"), ListWork(["a", "../../b", "c"]))
    names = sorted(path.name for path in (tmp_path / "letters").iterdir())
    assert [name.partition("@")[0] for name in names] == ["_.._b", "a", "c"]
    assert all(name.endswith(".eml") for name in names)
    assert (tmp_path / "letters" / names[1]).read_bytes() == b"Message-ID: <a@x.test>\r\n\r\nhello\r\n"


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("a file", encoding="utf-8")
    with pytest.raises(RelayError, match="cannot be made"):
        pump(EmlTransport(tmp_path / "letters"), ListWork(["a"]))
