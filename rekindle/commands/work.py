"""`rekindle work`: a sender for every mailing that has begun, beside others, here or on another host."""

from __future__ import annotations

import threading

import click

from ..model.error import ExitCode
from .door import Door
from .ledger import ledger_line, ledger_row
from .progress import ProgressLine

LOOK_AGAIN = 5.0
"""Seconds between two looks with --forever."""

RELAY_RESTS = 30.0
"""Seconds until a relay that lets nobody in is tried again with --forever."""


@click.command("work")
@click.option("--forever", is_flag=True, help="Stay, and look for letters again every few seconds.")
@click.pass_obj
def command(door: Door, *, forever: bool) -> int:
    """Help to send every mailing that has begun, until nothing is due. Any number may work at once, on many hosts."""
    from ..line.crew import heeding_signals
    from ..line.send import look_at_settings
    from ..store.home import look_for_home

    look_at_settings(door.settings, door.root)
    look_for_home(door.store)
    stop = threading.Event()
    with heeding_signals(stop):  # between two rounds too: whoever is stopped tells what was done
        worked = _rounds(door, stop, forever=forever)
    return _tell(door, sorted(worked))


def _rounds(door: Door, stop: threading.Event, *, forever: bool) -> set[int]:
    """Round after round until nothing is due, or `stop` is set; the numbers of the mailings worked at."""
    from ..deliver.transport import ConnectFailedError
    from ..line.work import work_once

    progress = ProgressLine(door)
    worked: set[int] = set()
    before: object = None
    while not stop.is_set():
        try:
            round_ = work_once(
                door.store, door.settings, door.steady_clock(), root=door.root, stop=stop, tell=progress.teller
            )
        except ConnectFailedError as error:
            if not forever:
                raise
            progress.end()
            door.say(f"{error}; nothing is lost, the next try is in {RELAY_RESTS:.0f} s")
            stop.wait(RELAY_RESTS)
            continue
        finally:
            progress.end()
        worked.update(mailing.mailing_id for mailing, _ in round_)
        idle = not round_ or round_ == before  # nothing is due, or what is due is in others' hands
        if idle and not forever:
            break
        before = round_
        if idle:
            stop.wait(LOOK_AGAIN)
    return worked


def _tell(door: Door, numbers: list[int]) -> int:
    """The ledgers as they stand now: others may have gone on since this process last worked at them."""
    from ..store.mailings import get_mailing, tally

    with door.store.reading() as connection:
        worked = [(get_mailing(connection, number), tally(connection, number)) for number in numbers]
    if door.as_json:
        door.give_json([ledger_row(mailing, ledger) for mailing, ledger in worked])
    else:
        for mailing, ledger in worked:
            door.give(f"mailing {mailing.mailing_id} {mailing.campaign} {mailing.period}: {ledger_line(ledger)}")
    failed = any(ledger.failed or ledger.unknown for _, ledger in worked)
    return ExitCode.FAILURES if failed else ExitCode.DONE
