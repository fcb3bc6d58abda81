"""What an outcome makes of the row, and of the domain that the letter went to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rekindle.deliver.settling import settlement
from rekindle.deliver.verdict import Phase, judge
from rekindle.deliver.wire import parse_reply
from rekindle.model.delivery import Delivery, DeliveryState
from rekindle.store.claims import Claim

NOW = datetime(2026, 11, 2, tzinfo=UTC)
CLAIM = Claim(Delivery(1, 1, 1, "anna@reader.test", "a", DeliveryState.CLAIMED, 0, "<1@shop.test>"))


@pytest.mark.parametrize(
    ("phase", "line", "state", "hard_bounce", "throttled"),
    [
        (Phase.MAIL, "421 4.7.0 too many connections", DeliveryState.DEFERRED, False, False),
        (Phase.MAIL, "450 4.7.1 slow down", DeliveryState.DEFERRED, False, False),
        (Phase.RCPT, "421 4.3.2 shutting down", DeliveryState.DEFERRED, False, False),
        (Phase.RCPT, "450 4.7.1 slow down", DeliveryState.DEFERRED, False, True),
        (Phase.DOT, "421 4.7.28 unusual rate", DeliveryState.DEFERRED, False, True),
        (Phase.RCPT, "550 no such user", DeliveryState.FAILED, True, False),
        (Phase.RCPT, "550 access denied", DeliveryState.FAILED, False, False),
        (Phase.RCPT, "550 no", DeliveryState.FAILED, False, False),
    ],
)
def test_the_readers_domain_is_slowed_and_the_reader_suppressed_for_their_own_answers_only(
    phase: Phase, line: str, state: DeliveryState, hard_bounce: bool, throttled: bool
) -> None:
    """What the relay says of itself or of us costs neither the reader nor the reader's domain anything."""
    outcome = judge(phase, parse_reply(int(line[:3]), line[4:]))
    settled = settlement(CLAIM, outcome, NOW, 0.0)
    assert (settled.state, settled.hard_bounce, settled.throttled) == (state, hard_bounce, throttled)
