"""Sending a mailing: the lease, what an earlier sender left in hand, one or several senders at work, and the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..deliver.dkim import dkim_signer
from ..deliver.transport import LostClaimError, transport_for
from ..model.error import HeldError
from ..model.mailing import Mailing, MailingState, Tally
from ..settings import MissingSettingError, Settings
from ..store.claims import Claimant
from ..store.deliveries import cancel_waiting, count_waiting, recover, requeue_unknown
from ..store.engine import Connection, Store
from ..store.holder import Holder, this_process
from ..store.home import look_for_home, stride
from ..store.leases import (
    Lease,
    LeaseLostError,
    check_lease,
    helping_lease,
    lease_fence,
    leased,
    living_helpers,
    sending_lease,
)
from ..store.mailings import get_mailing, held_reason, step_mailing, tally
from .crew import Crew
from .progress import Progress, watched
from .sending import TAKEN_OVER

Clock = Callable[[], datetime]

CLOCKS_DIFFER = timedelta(days=1)
"""More than the clocks of two hosts, or a time given by hand, differ by mistake."""


class SentElsewhereError(HeldError):
    """Another process is sending this mailing: for `send` a refusal (6), for `run` nothing to do (LEDGER 4)."""

    def __init__(self, mailing_id: int, holder: Holder) -> None:
        super().__init__(f"mailing {mailing_id} is being sent by {holder}")
        self.holder = holder


def send_mailing(
    store: Store,
    settings: Settings,
    mailing_id: int,
    running_now: Clock,
    *,
    root: Path = Path(),
    workers: int = 1,
    limit: int | None = None,
    stop: threading.Event | None = None,
    resend_unknown: bool = False,
    tell: Callable[[Progress], None] | None = None,
) -> Tally:
    """Send what is due of a mailing, and its ledger afterwards. Safe to call at any time, after any interruption.

    `root` is the workspace (for eml:FOLDER); `limit` the most letters of this call; `stop`, once set, lets the letters
    in hand finish. Deliveries of unknown fate stay parked unless `resend_unknown`. `tell` hears of the progress once a
    second, in another thread. Raises HeldError where the mailing is held, paused or cancelled (SentElsewhereError:
    being sent by another process); RelayError when the relay refuses all connections (nothing is lost: what waits keeps
    waiting); StoreError when the ledger cannot be written; CopiedStoreError where the store is a copy.
    """
    look_for_home(store)
    with store.sparing(), leased(store, sending_lease(mailing_id), _real_now, beat=lambda: stride(store)) as lease:
        if isinstance(lease, Holder):
            raise SentElsewhereError(mailing_id, lease)
        mailing = _take_up(store, mailing_id, lease, running_now(), resend_unknown)
        crew = Crew(store, settings, mailing, Claimant(mailing_id, str(lease.holder), lease.fence), running_now, root)
        try:
            if _waits(store, mailing_id):
                with watched(store, mailing_id, tell):
                    crew.work(workers, limit, stop or threading.Event())
        finally:
            _tidy(store, mailing_id, lease, running_now())
        return _end(store, mailing_id, running_now(), lease)


def help_to_send(
    store: Store,
    settings: Settings,
    mailing_id: int,
    running_now: Clock,
    *,
    root: Path = Path(),
    stop: threading.Event | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> Tally:
    """Work at a mailing beside the process that sends it, on this host or another; the ledger afterwards.

    What this process has in hand is its own as long as it lives: a lease of its own says so. Raises as `send_mailing`.
    """
    look_for_home(store)
    helper = this_process()
    own_lease = helping_lease(mailing_id, helper)
    with store.sparing(), leased(store, own_lease, _real_now, beat=lambda: stride(store)) as own:
        assert isinstance(own, Lease), "no other process bears this name"
        with store.reading() as connection:
            mailing = get_mailing(connection, mailing_id)
            fence = lease_fence(connection, sending_lease(mailing_id))
        crew = Crew(store, settings, mailing, Claimant(mailing_id, own.name, fence), running_now, root)
        with watched(store, mailing_id, tell):
            crew.work(1, None, stop or threading.Event())
        return _end(store, mailing_id, running_now())


def _real_now() -> datetime:
    """Leases are held by the real clock, whatever `--now` says."""
    return datetime.now(UTC)


def look_at_settings(settings: Settings, root: Path) -> None:
    """Raise everything that is wrong with the settings that sending needs, before anything is made."""
    missing = []
    for need in (settings.need_secret, settings.need_public_url, settings.need_smtp):
        try:
            need()
        except MissingSettingError as error:
            missing.append(str(error))
    if missing:
        raise MissingSettingError("\nrekindle: ".join(missing))
    transport_for(settings.need_smtp(), root)
    dkim_signer(settings.dkim_key, settings.dkim_selector, settings.dkim_domain)


def _take_up(store: Store, mailing_id: int, lease: Lease, now: datetime, resend_unknown: bool) -> Mailing:
    """Settle what was left in hand, and let the mailing be in `sending`."""
    with store.writing() as connection:
        mailing = get_mailing(connection, mailing_id)
        if mailing.state in (MailingState.HELD, MailingState.PAUSED, MailingState.CANCELLED):
            raise HeldError(why_not_sent(mailing, held_reason(connection, mailing_id)))
        _look_at_clock(mailing, now)
        recover(connection, mailing_id, lease.fence, now, living_helpers(connection, mailing_id, _real_now()))
        if resend_unknown:
            requeue_unknown(connection, mailing_id)
        if mailing.state is MailingState.PLANNED or (mailing.state is MailingState.DONE and resend_unknown):
            return step_mailing(connection, mailing_id, MailingState.SENDING, now)
        return mailing


def _look_at_clock(mailing: Mailing, now: datetime) -> None:
    """A clock that was lost (a first boot, an empty battery) would find that nobody has consented yet."""
    if now < mailing.as_of - CLOCKS_DIFFER:
        raise HeldError(
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, but mailing {mailing.mailing_id} was planned at"
            f" {mailing.as_of:%Y-%m-%d %H:%M} UTC: nothing is sent until the clock (or --now) is right"
        )


def why_not_sent(mailing: Mailing, reason: str) -> str:
    """Why a mailing that is held, paused or cancelled is not sent, and what lets it go."""
    verb = {MailingState.HELD: "approve", MailingState.PAUSED: "resume"}.get(mailing.state)
    because = f": {reason}" if reason else ""
    ask = f"; `rekindle {verb} {mailing.mailing_id}` lets it go" if verb else ""
    return f"mailing {mailing.mailing_id} ({mailing.campaign} {mailing.period}) is {mailing.state}{because}{ask}"


def _waits(store: Store, mailing_id: int) -> bool:
    with store.reading() as connection:
        return count_waiting(connection, mailing_id) > 0


def _tidy(store: Store, mailing_id: int, lease: Lease, now: datetime) -> None:
    """Nobody of ours works any more: what is still in hand was left by one that died."""
    with store.writing() as connection:
        recover(connection, mailing_id, lease.fence + 1, now, living_helpers(connection, mailing_id, _real_now()))


def _look_at_lease(connection: Connection, lease: Lease) -> None:
    try:
        check_lease(connection, lease)
    except LeaseLostError as error:
        raise LostClaimError(TAKEN_OVER) from error


def _end(store: Store, mailing_id: int, now: datetime, lease: Lease | None = None) -> Tally:
    """The ledger at the end. The holder of `lease` who was stopped and comes back late says so, whatever it found."""
    with store.writing() as connection:
        if lease is not None:
            _look_at_lease(connection, lease)
        ledger, why = tally(connection, mailing_id), held_reason(connection, mailing_id)
        mailing = get_mailing(connection, mailing_id)
        if mailing.state is MailingState.CANCELLED and cancel_waiting(connection, mailing_id, now):
            ledger = tally(connection, mailing_id)  # what was put back unbegun
        if mailing.state is MailingState.PAUSED and why:
            raise HeldError(why_not_sent(mailing, why))
        if ledger.waiting == 0 and mailing.state is MailingState.SENDING:
            step_mailing(connection, mailing_id, MailingState.DONE, now)
        return ledger
