"""An allowance: bursts are fine, loops are not, and the table of addresses stays small."""

from __future__ import annotations

from rekindle.track.allowance import MOST_ADDRESSES, Allowance


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_then_a_trickle() -> None:
    clock = Clock()
    allowance = Allowance(per_second=2, burst=3, clock=clock)
    assert [allowance.take("192.0.2.1") for _ in range(5)] == [True, True, True, False, False]
    clock.now = 0.5
    assert [allowance.take("192.0.2.1") for _ in range(2)] == [True, False]
    clock.now = 100
    assert [allowance.take("192.0.2.1") for _ in range(4)] == [True, True, True, False]


def test_addresses_do_not_share_but_one_ipv6_network_does() -> None:
    allowance = Allowance(per_second=0, burst=1, clock=Clock())
    asked = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "", "unix:"]
    assert [allowance.take(address) for address in asked] == [True, True, True, False, True, True, True]


def test_a_flood_of_addresses_does_not_grow_the_table() -> None:
    allowance = Allowance(per_second=0, burst=1, clock=Clock())
    for number in range(MOST_ADDRESSES + 500):
        allowance.take(f"host-{number}")
    assert len(allowance._buckets) == MOST_ADDRESSES
