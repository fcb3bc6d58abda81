"""Connections to the relay: so many of all processes together, each one a lease that a dead process gives back.

Whoever works at a mailing has a part of them; the parts are even, and known to each process from the leases alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from .holder import Holder, this_process
from .leases import Lease, release_lease, renew_lease, standing_holder, take_lease
from .tables import lease

_CONNECTIONS = "connection/"
_SENDERS = "mailing:"
"""What the leases of those who send or help begin with (leases.sending_lease)."""


def fair_share(connection: Connection, most: int, now: datetime) -> int:
    """How many of `most` connections are this process's part, of all that send at this moment; 0 where there are more
    processes than connections and others come first.
    """
    held = connection.execute(select(lease).where(lease.c.name.startswith(_SENDERS)))
    senders = {holder for row in held if (holder := standing_holder(row.owner, row.leased_until, now)) is not None}
    ranked = sorted(senders | {this_process()}, key=_rank)
    return most // len(ranked) + (ranked.index(this_process()) < most % len(ranked))


def take_connections(
    connection: Connection, most: int, held: Sequence[Lease], wanted: int, now: datetime
) -> list[Lease]:
    """`held` and as many free ones of `most` as make it `wanted`. To be called in a writing transaction."""
    taken = list(held)
    ours = {one.name for one in held}
    for name in (f"{_CONNECTIONS}{number}" for number in range(1, most + 1)):
        if len(taken) >= wanted:
            break
        if name not in ours:
            found = take_lease(connection, name, now)
            if isinstance(found, Lease):
                taken.append(found)
    return taken


def keep_connections(connection: Connection, held: Sequence[Lease], now: datetime) -> None:
    """Hold on to them. Raises LeaseLostError where another process has one by now."""
    for one in held:
        renew_lease(connection, one, now)


def are_free(connection: Connection, most: int, now: datetime) -> bool:
    """Whether any of `most` connections is in nobody's hands."""
    held = connection.execute(select(lease).where(lease.c.name.startswith(_CONNECTIONS)))
    return most > sum(standing_holder(row.owner, row.leased_until, now) is not None for row in held)


def give_back(connection: Connection, held: Sequence[Lease], now: datetime) -> None:
    """They are free for others."""
    for one in held:
        release_lease(connection, one, now)


def _rank(holder: Holder) -> tuple[str, str, str, int]:
    return holder.host, holder.boot, holder.started, holder.pid
