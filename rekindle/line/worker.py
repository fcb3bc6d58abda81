"""One sending process of a crew: makes letters and hands them over; the ledger is kept by the process that began it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..deliver.transport import transport_for
from ..model.error import RekindleError
from ..settings import Settings
from ..store.engine import Store, open_engine
from ..store.mailings import frozen_files, get_mailing
from .crew import collecting_seldom, run_on_the_wire
from .exchange import first_message
from .lent_ledger import LentLedger
from .press import Press
from .sending import Sending, hand_over_all

ORPHANED = 1.0
"""Seconds that letters in hand get once whoever keeps the ledger has gone."""


def main() -> int:
    """Read the order and obey it until nothing is due, or the socket says that we are to stop, or ends."""
    end, stop = socket.socket(fileno=os.dup(sys.stdin.fileno())), threading.Event()
    message = first_message(end)
    if message is None:  # whoever began us has gone already
        return 0
    order = message[1]
    store = open_engine(order["database"])
    with store.sparing():
        run_on_the_wire(_obey(order, store, end, stop), stop)
    store.close()
    return 0


async def _obey(order: dict[str, Any], store: Store, end: socket.socket, stop: threading.Event) -> None:
    ledger = LentLedger(stop)
    await ledger.connect(end)
    sending = asyncio.create_task(_send(order, store, ledger, stop))
    orphaned = asyncio.create_task(ledger.ended())
    try:
        await asyncio.wait((sending, orphaned), return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():  # nothing that is answered from now on can be written down
            await asyncio.wait((sending,), timeout=ORPHANED)
            sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
    except RekindleError as error:
        ledger.tell_error(error.exit_code, str(error))
    await ledger.part()
    await orphaned


async def _send(order: dict[str, Any], store: Store, ledger: LentLedger, stop: threading.Event) -> None:
    settings, ahead = Settings(**order["settings"]), timedelta(seconds=order["ahead"])
    with store.reading() as connection:
        mailing = get_mailing(connection, order["mailing"])
        press = Press(mailing, frozen_files(connection, mailing.mailing_id), settings)
    work = Sending(store, ledger, press, lambda: datetime.now(UTC) + ahead)
    transport = transport_for(settings.need_smtp(), Path(order["root"]))
    with collecting_seldom():
        await hand_over_all(work, transport, connections=order["connections"], stop=stop)


if __name__ == "__main__":
    sys.exit(main())
