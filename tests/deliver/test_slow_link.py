"""The link of the benchmarks: every octet arrives, in order, and none before its time."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from slow_link import slow_link
from smtp_server import SmtpServer

Serve = Callable[..., SmtpServer]


def test_a_round_trip_takes_twice_the_way_and_order_is_kept(serve: Serve) -> None:
    server = serve()
    with slow_link(server.port, 20) as port, socket.create_connection(("127.0.0.1", port)) as relay:
        replies = relay.makefile("rb")
        assert replies.readline().startswith(b"220")
        began = time.monotonic()
        relay.sendall(b"NOOP\r\nRSET\r\nBOGUS\r\nNOOP\r\n")
        codes = [replies.readline()[:3] for _ in range(4)]
        took = time.monotonic() - began
    assert codes == [b"250", b"250", b"502", b"250"]
    assert took >= 0.039
    assert server.commands == ["NOOP", "RSET", "BOGUS", "NOOP"]
