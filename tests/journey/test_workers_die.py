"""`send --workers 2` whose parent is killed: the workers die with it, and nobody gets a letter from them any more."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from mailing_rows import made_mailing
from sqlalchemy import select
from warm_command import started, workers_of

from rekindle.store.tables import delivery
from tests.journey.conftest import CONNECTIONS, SEND, Shop, is_alive, wait_until

SOON = 5.0
"""Seconds in which they have to be gone."""


@pytest.mark.parametrize("answers", ["slow-0.05", "held"])
def test_workers_die_with_their_parent(shop: Shop, tmp_path: Path, answers: str) -> None:
    """Gone within seconds; what the relay got of them was marked before, and is no more than they had in hand."""
    server, begun = shop.server, CONNECTIONS if answers == "held" else 3 * CONNECTIONS
    made_mailing(shop.store, [f"r{n}.{answers}@x.test" for n in range(400)])
    parent = started(shop.words(*SEND, "--workers", "2"), shop.environment, tmp_path / "said")
    # the second one may take longer to start than the first one for all of `begun`
    wait_until(lambda: len(server.accepted()) >= begun and server._open == CONNECTIONS, "letters of both workers")
    workers = workers_of(parent)
    assert [is_alive(pid) for pid in workers] == [True, True]
    parent.kill()
    parent.join()
    at_death, connections = len(server.accepted()), server.connections
    try:
        wait_until(lambda: not any(is_alive(pid) for pid in workers), "the end of the workers", SOON)
    finally:
        for pid in filter(is_alive, workers):
            os.kill(pid, signal.SIGKILL)
    server.release()  # the relay may look at its connections again
    wait_until(lambda: server._open == 0, "the end of their connections", SOON)
    taken = {to for to, _ in server.accepted()}
    assert len(taken) - at_death <= (0 if answers == "held" else CONNECTIONS), "a letter that was not in hand"
    assert server.connections == connections, "an orphan has gone on"
    with shop.store.reading() as connection:
        marked = delivery.c.state.in_(["handing", "sent"])
        assert taken <= set(connection.scalars(select(delivery.c.address).where(marked)))
