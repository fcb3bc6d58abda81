"""What each reply makes of a delivery: the table of LEDGER and RFC 3463."""

from __future__ import annotations

import pytest

from rekindle.deliver.verdict import Fault, Phase, Reply, judge
from rekindle.deliver.wire import parse_reply
from rekindle.model.delivery import OutcomeKind

A, D, R = OutcomeKind.ACCEPTED, OutcomeKind.DEFERRED, OutcomeKind.REFUSED


@pytest.mark.parametrize(
    ("phase", "line", "kind", "fault"),
    [
        (Phase.DOT, "250 2.0.0 queued as 123", A, ""),
        (Phase.RCPT, "251 will forward", A, ""),
        (Phase.RCPT, "252 cannot VRFY", A, ""),
        (Phase.RCPT, "421 4.3.2 closing", D, Fault.THROTTLE),
        (Phase.RCPT, "421 4.7.28 unusual rate of mail", D, Fault.THROTTLE),
        (Phase.RCPT, "450 4.7.1 try slower", D, Fault.THROTTLE),
        (Phase.RCPT, "450 4.7.1 greylisted, come back in 5 minutes", D, Fault.TEMPORARY),
        (Phase.RCPT, "450 4.2.0 Greylisting in action", D, Fault.TEMPORARY),
        (Phase.RCPT, "451 4.3.0 internal error", D, Fault.TEMPORARY),
        (Phase.RCPT, "452 4.2.2 over quota", D, Fault.MAILBOX_FULL),
        (Phase.RCPT, "452 4.5.3 too many recipients", D, Fault.THROTTLE),
        (Phase.RCPT, "552 5.2.2 mailbox full", D, Fault.MAILBOX_FULL),
        (Phase.RCPT, "552 too much", D, Fault.TEMPORARY),
        (Phase.DOT, "552 5.2.2 mailbox full", R, Fault.MAILBOX_FULL),
        (Phase.DOT, "552 5.3.4 too big", R, Fault.POLICY),
        (Phase.RCPT, "550 5.1.1 user unknown", R, Fault.RECIPIENT),
        (Phase.RCPT, "550 5.1.10 null MX", R, Fault.RECIPIENT),
        (Phase.DOT, "550 5.1.1 user unknown", R, Fault.RECIPIENT),
        (Phase.RCPT, "550 5.2.1 disabled", R, Fault.RECIPIENT),
        (Phase.RCPT, "550 No such user here", R, Fault.RECIPIENT),
        (Phase.RCPT, "550 no", R, Fault.RECIPIENT),
        (Phase.RCPT, "553 mailbox name not allowed", R, Fault.RECIPIENT),
        (Phase.RCPT, "550 5.7.1 blocked", R, Fault.POLICY),
        (Phase.DOT, "550 5.7.515 access denied", R, Fault.POLICY),
        (Phase.DOT, "550-5.7.26 unauthenticated", R, Fault.POLICY),
        (Phase.RCPT, "550 your IP is on a blocklist", R, Fault.POLICY),
        (Phase.RCPT, "550 relaying denied", R, Fault.POLICY),
        (Phase.RCPT, "550 5.1.8 bad sender system", R, Fault.POLICY),
        (Phase.MAIL, "550 5.1.1 who are you", R, Fault.POLICY),
        (Phase.MAIL, "530 5.7.0 log in first", R, Fault.POLICY),
        (Phase.RCPT, "554 transaction failed", R, Fault.POLICY),
        (Phase.DOT, "550 rejected", R, Fault.POLICY),
        (Phase.DOT, "571 delivery not authorized", R, Fault.POLICY),
        (Phase.RCPT, "354 what", D, Fault.CONNECTION),
    ],
)
def test_replies_are_judged_by_verb_code_and_enhanced_code(
    phase: Phase, line: str, kind: OutcomeKind, fault: str
) -> None:
    outcome = judge(phase, parse_reply(int(line[:3]), line[4:]))
    assert (outcome.kind, outcome.reason) == (kind, fault)


def test_only_a_recipient_fault_is_about_the_recipient_enough_to_suppress() -> None:
    """A refusal about us (policy, blocklist, authentication) never suppresses a reader."""
    about = {
        line: judge(Phase.RCPT, parse_reply(550, line)).reason == Fault.RECIPIENT
        for line in ("5.1.1 unknown", "5.7.1 blocked", "5.4.1 no route", "5.0.0 no", "5.2.2 full", "spam detected")
    }
    assert [line for line, is_recipient in about.items() if is_recipient] == ["5.1.1 unknown"]


def test_an_enhanced_code_counts_only_in_the_class_of_its_reply() -> None:
    """RFC 2034: `450 5.1.1` is no permanent failure; the first digit rules."""
    assert parse_reply(450, "5.1.1 hm") == Reply(450, "5.1.1 hm", "")


def test_a_long_reply_loses_the_code_of_every_line() -> None:
    assert parse_reply(550, "5.7.1 first 5.7.1 second") == Reply(550, "first second", "5.7.1")
