"""Leases: who works at something, for how long, and the fencing number that a late worker is refused by (LEDGER 4)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ..model.error import HeldError, StoreError
from .engine import Store
from .holder import Holder, boot_id, is_gone, monotonic, read_holder, this_process
from .tables import lease

SPAN = timedelta(seconds=60)
"""How long a lease holds without being renewed: a process that was stopped loses it after that."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Lease:
    """A right to work at `name`; every taking has a higher `fence` than the one before."""

    name: str
    fence: int
    holder: Holder


def sending_lease(mailing_id: int) -> str:
    """The name of the lease of whoever sends this mailing."""
    return f"mailing:{mailing_id}"


def helping_lease(mailing_id: int, helper: Holder) -> str:
    """The name of the lease of a process that helps whoever sends this mailing."""
    return f"{sending_lease(mailing_id)}/{helper.host}/{helper.pid}/{helper.started}"


class LeaseLostError(HeldError):
    """Another process has taken over what this one was working at: nothing more may be written by it."""


def take_lease(
    connection: Connection, name: str, now: datetime, holder: Holder | None = None, span: timedelta = SPAN
) -> Lease | Holder:
    """The lease `name` for `holder` (None: this process), or the one who holds it now.

    `now` is the real clock, and only counts between hosts: a lease of this boot ends by the monotonic clock, and one
    of a process of this host that is gone ends at once. To be called in a writing transaction.
    """
    holder = holder or this_process()
    _ensure_row(connection, name)
    row = connection.execute(select(lease).where(lease.c.name == name).with_for_update()).one()
    standing = standing_holder(row.owner, row.leased_until, now)
    if standing is not None:
        return standing
    taken = Lease(name, row.fence + 1, holder)
    _write(connection, taken, now, span)
    return taken


def lease_holder(connection: Connection, name: str, now: datetime) -> Holder | None:
    """Who holds the lease `name` at this moment; None where it is free, has run out or its holder is gone."""
    row = connection.execute(select(lease).where(lease.c.name == name)).first()
    return None if row is None else standing_holder(row.owner, row.leased_until, now)


def living_helpers(connection: Connection, mailing_id: int, now: datetime) -> list[str]:
    """The leases of the processes that help with this mailing at this moment."""
    found = connection.execute(select(lease).where(lease.c.name.startswith(f"{sending_lease(mailing_id)}/")))
    return [row.name for row in found if standing_holder(row.owner, row.leased_until, now) is not None]


def dead_claimants(connection: Connection, now: datetime) -> frozenset[str]:
    """Names under which processes claimed letters that certainly send no more: their lease is over, or they are gone.

    A helper claims under its lease's name, the sender of a mailing under its own as a process.
    """
    living: set[str] = set()
    dead: set[str] = set()
    for row in connection.execute(select(lease).where(lease.c.name.startswith("mailing:"))):
        holder = read_holder(row.owner)
        names = {row.name} if holder is None else {row.name, str(holder[0])}
        (dead if standing_holder(row.owner, row.leased_until, now) is None else living).update(names)
    return frozenset(dead - living)


def lease_fence(connection: Connection, name: str) -> int:
    """The number of the latest taking of this lease; 0 where nobody ever took it."""
    return connection.execute(select(lease.c.fence).where(lease.c.name == name)).scalar() or 0


def renew_lease(connection: Connection, held: Lease, now: datetime, span: timedelta = SPAN) -> None:
    """Hold on for another `span`. Raises LeaseLostError where somebody else has it by now."""
    check_lease(connection, held)
    _write(connection, held, now, span)


def check_lease(connection: Connection, held: Lease) -> None:
    """Raise LeaseLostError where `held` was taken over: to be called in the transaction that writes."""
    fence = connection.execute(select(lease.c.fence).where(lease.c.name == held.name).with_for_update()).scalar()
    if fence != held.fence:
        raise LeaseLostError(f"another process has taken over '{held.name}'; this one stops, nothing is lost")


def release_lease(connection: Connection, held: Lease, now: datetime) -> None:
    """Give it back; nothing happens where it was taken over. The row stays, so that fences only grow."""
    mine = update(lease).where(lease.c.name == held.name, lease.c.fence == held.fence)
    connection.execute(mine.values(owner="", leased_until=now))


@contextmanager
def leased(
    store: Store, name: str, clock: Clock, span: timedelta = SPAN, beat: Callable[[], None] | None = None
) -> Iterator[Lease | Holder]:
    """The lease `name`, renewed in the background as long as the block runs; or who holds it (then nothing is held).

    `beat` is called once it is taken, with every renewal, and before it is given back.
    """
    with store.writing() as connection:
        taken = take_lease(connection, name, clock(), span=span)
    if isinstance(taken, Holder):
        yield taken
        return
    stop, beat = threading.Event(), beat or (lambda: None)
    keeper = threading.Thread(target=_keep, args=(store, taken, clock, span, stop, beat), daemon=True)
    if store.engine.url.database not in (None, "", ":memory:"):  # a store in memory has no other process to fear
        keeper.start()
    try:
        beat()
        yield taken
    finally:
        stop.set()
        if keeper.is_alive():
            keeper.join()
        try:
            beat()
        finally:
            with store.writing() as connection:
                release_lease(connection, taken, clock())


def _keep(  # noqa: PLR0917
    store: Store, held: Lease, clock: Clock, span: timedelta, stop: threading.Event, beat: Callable[[], None]
) -> None:
    while not stop.wait(span.total_seconds() / 4):
        try:
            with store.writing() as connection:
                renew_lease(connection, held, clock(), span)
            beat()
        except LeaseLostError:
            return
        except StoreError:
            continue  # busy or away for a moment: the writer's own check decides whether work may go on


def _ensure_row(connection: Connection, name: str) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    free = {"name": name, "fence": 0, "owner": "", "leased_until": datetime.fromisoformat("1970-01-01T00:00+00:00")}
    connection.execute(dialect.insert(lease).values(**free).on_conflict_do_nothing())


def standing_holder(owner: str, leased_until: datetime, now: datetime) -> Holder | None:
    """Who holds, or None where the lease is free, has run out, or its holder is gone."""
    read = read_holder(owner)
    if read is None:
        return None
    holder, until = read
    if is_gone(holder):
        return None
    same_boot = bool(holder.boot) and holder.boot == boot_id()
    runs = monotonic() < until if same_boot else now < leased_until
    return holder if runs else None


def _write(connection: Connection, held: Lease, now: datetime, span: timedelta) -> None:
    owner = held.holder.as_text(monotonic() + span.total_seconds())
    mine = update(lease).where(lease.c.name == held.name)
    connection.execute(mine.values(fence=held.fence, owner=owner, leased_until=now + span))
