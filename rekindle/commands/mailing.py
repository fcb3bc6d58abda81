"""`rekindle mailing`: the ledger: mailings, their deliveries, and whether it all adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..model.error import ExitCode, UsageError
from .csv_lines import csv_line
from .door import Door
from .ledger import ledger_line, ledger_row, ledger_table, reason_words
from .row_format import row_format

if TYPE_CHECKING:
    from datetime import datetime

    from ..model.mailing import Mailing, Tally
    from ..store.engine import Connection


@click.group("mailing")
def command() -> None:
    """The ledger: mailings and their deliveries."""


@command.command("list")
@row_format
@click.pass_obj
def list_(door: Door) -> None:
    """Every mailing with its numbers, newest first."""
    from ..store.mailings import list_mailings

    with door.store.reading() as connection:
        rows = [ledger_row(mailing, tally) for mailing, tally in list_mailings(connection)]
    if door.as_json:
        door.give_json(rows)
    elif rows:
        door.give("\n".join(ledger_table(rows)))
    else:
        door.say("there is no mailing yet; `rekindle send CAMPAIGN` makes one")


@command.command(short_help="One mailing: numbers, reasons, deliveries.")
@click.argument("mailing", type=int)
@click.option("--deliveries", type=click.Choice(["csv"]), help="Every delivery instead, as CSV.")
@click.pass_obj
def show(door: Door, mailing: int, deliveries: str | None) -> None:
    """One MAILING: its numbers and the reasons behind them; or all its deliveries."""
    from ..store.deliveries import next_due
    from ..store.delivery_list import reason_counts, replies
    from ..store.mailings import get_mailing, held_reason, tally

    with door.store.reading() as connection:
        found = get_mailing(connection, mailing)
        if deliveries:
            _give_deliveries(door, connection, mailing)
            return
        ledger, reasons, said = (
            tally(connection, mailing),
            reason_counts(connection, mailing),
            replies(connection, mailing),
        )
        due, why = next_due(connection, mailing), held_reason(connection, mailing)
    if door.as_json:
        moments = {name: _iso(getattr(found, name)) for name in ("as_of", "started_at", "finished_at")}
        nested: dict[str, dict[str, int]] = {}
        for (state, reason), count in reasons.items():
            nested.setdefault(state, {})[reason] = count
        door.give_json({**ledger_row(found, ledger), **moments, "reasons": nested})
        return
    door.give(f"mailing {mailing} {found.campaign} {found.period} (step {found.step}), {found.state}")
    door.give(f"  {ledger_line(ledger)}; held out {ledger.held_out}")
    for (state, reason), count in reasons.items():
        door.give(f"  {state:<10}{count:>9,}  {reason_words(state, reason)}")
        if said.get((state, reason)):
            door.give(f"  {'':<21}{said[state, reason][:120]}")
    _say_what_next(door, found, ledger, due, why)


def _say_what_next(door: Door, mailing: Mailing, ledger: Tally, due: datetime | None, why: str) -> None:
    number, resting = mailing.mailing_id, mailing.state in ("paused", "held")
    if resting:
        verb = {"paused": "resume", "held": "approve"}[mailing.state]
        door.say(f"{mailing.state}{f': {why}' if why else ''}; `rekindle {verb} {number}` lets it go on")
    elif ledger.waiting and due is not None:
        door.say(f"the next is due at {door.local(due)}; `rekindle run` takes it up")
    if ledger.unknown:
        door.say(
            f"{ledger.unknown:,} unknown: `rekindle mailing reconcile {number}` looks for evidence, or takes your word"
        )


def _iso(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()


def _give_deliveries(door: Door, connection: Connection, mailing_id: int) -> None:
    from ..store.delivery_list import DELIVERY_COLUMNS, delivery_rows

    door.give(csv_line(DELIVERY_COLUMNS))
    for row in delivery_rows(connection, mailing_id):
        door.give(csv_line((*row[:-1], _iso(row[-1]) or "")))


@command.command(short_help="Whether the ledger of a mailing adds up.")
@click.argument("mailing", type=int)
@click.pass_obj
def verify(door: Door, mailing: int) -> int:
    """Whether the ledger of MAILING adds up: every chosen one has one delivery, and each row says what it must."""
    from ..store.mailings import get_mailing, tally
    from ..store.verify import ledger_faults

    with door.store.reading() as connection:
        get_mailing(connection, mailing)
        ledger, faults = tally(connection, mailing), ledger_faults(connection, mailing)
    if door.as_json:
        door.give_json({"id": mailing, "ok": not faults, "faults": faults})
    else:
        door.give(f"mailing {mailing}: {ledger_line(ledger)}")
        door.give("\n".join(faults) if faults else "it adds up")
    return ExitCode.FAILURES if faults else ExitCode.DONE


@command.command()
@click.argument("mailing", type=int)
@click.option("--as", "word", type=click.Choice(["sent", "failed", "queued"]), help="What became of the rest.")
@click.option("--email", "addresses", metavar="ADDRESS", multiple=True, help="Only of this one (may be repeated).")
@click.pass_obj
def reconcile(door: Door, mailing: int, word: str | None, addresses: tuple[str, ...]) -> int:
    """Settle the letters of MAILING whose answer nobody saw: by opens, clicks and bounces, the rest by your word."""
    from ..model.delivery import DeliveryState
    from ..model.mailing import MailingState
    from ..store.mailings import get_mailing, step_mailing, tally
    from ..store.reconcile import settle_by_evidence, settle_by_word

    if addresses and word is None:
        raise UsageError("--email needs --as: say what became of these letters, sent, failed or queued")
    now = door.now
    with door.store.writing() as connection:
        found = get_mailing(connection, mailing)
        seen = settle_by_evidence(connection, mailing, now)
        told = settle_by_word(connection, mailing, DeliveryState(word), addresses, now) if word else 0
        if word == "queued" and told and found.state is MailingState.DONE:
            found = step_mailing(connection, mailing, MailingState.SENDING, now)
        ledger = tally(connection, mailing)
    if door.as_json:
        door.give_json({**ledger_row(found, ledger), "by_evidence": seen, "by_word": told})
    else:
        door.give(f"mailing {mailing}: {seen:,} settled by evidence, {told:,} by your word; {ledger_line(ledger)}")
    if ledger.unknown:
        door.say(f"{ledger.unknown:,} are still unknown; --as sent, failed or queued (to send them again) settles them")
    return ExitCode.FAILURES if ledger.unknown else ExitCode.DONE
