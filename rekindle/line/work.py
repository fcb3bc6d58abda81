"""Helping: whatever mailing has begun and has letters that are due, beside whoever else sends it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ..model.error import HeldError
from ..model.mailing import Mailing, Tally
from ..settings import Settings
from ..store.engine import Store
from ..store.mailings import get_mailing, mailings_to_help
from .progress import Progress
from .send import SentElsewhereError, help_to_send, send_mailing


def work_once(
    store: Store,
    settings: Settings,
    running_now: Callable[[], datetime],
    *,
    root: Path = Path(),
    stop: threading.Event,
    tell: Callable[[Progress], None] | None = None,
) -> list[tuple[Mailing, Tally]]:
    """Send what is due of every mailing in `sending`, once around; those worked at, as they stand afterwards.

    One that nobody sends is taken up, one that is sent by another process is helped with. A mailing that is paused
    meanwhile is left. Raises RelayError and StoreError as `send_mailing`.
    """
    with store.reading() as connection:
        begun = mailings_to_help(connection, running_now())
    worked = []
    for mailing in begun:
        if stop.is_set():
            break
        asked = (store, settings, mailing.mailing_id, running_now)
        try:
            try:
                ledger = send_mailing(*asked, root=root, stop=stop, tell=tell)
            except SentElsewhereError:
                ledger = help_to_send(*asked, root=root, stop=stop, tell=tell)
        except HeldError:
            continue
        with store.reading() as connection:
            worked.append((get_mailing(connection, mailing.mailing_id), ledger))
    return worked
