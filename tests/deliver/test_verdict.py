"""What each reply makes of a delivery: the table of LEDGER and RFC 3463."""

from __future__ import annotations

import time

import pytest

from rekindle.deliver.verdict import Fault, Phase, Reply, judge
from rekindle.deliver.wire import MAX_REPLY, parse_reply
from rekindle.model.delivery import OutcomeKind

A, D, R = OutcomeKind.ACCEPTED, OutcomeKind.DEFERRED, OutcomeKind.REFUSED


@pytest.mark.parametrize(
    ("phase", "line", "kind", "fault"),
    [
        (Phase.DOT, "250 2.0.0 queued as 123", A, ""),
        (Phase.RCPT, "251 will forward", A, ""),
        (Phase.RCPT, "252 cannot VRFY", A, ""),
        (Phase.RCPT, "421 too many letters for this domain", D, Fault.THROTTLE),
        (Phase.RCPT, "421 4.7.28 unusual rate of mail", D, Fault.THROTTLE),
        (Phase.RCPT, "450 4.7.1 try slower", D, Fault.THROTTLE),
        (Phase.RCPT, "450 4.7.1 greylisted, come back in 5 minutes", D, Fault.TEMPORARY),
        (Phase.RCPT, "450 4.2.0 Greylisting in action", D, Fault.TEMPORARY),
        (Phase.RCPT, "451 4.3.0 internal error", D, Fault.TEMPORARY),
        (Phase.RCPT, "452 4.2.2 over quota", D, Fault.MAILBOX_FULL),
        (Phase.RCPT, "452 4.5.3 too many recipients", D, Fault.THROTTLE),
        (Phase.RCPT, "552 5.2.2 mailbox full", D, Fault.MAILBOX_FULL),
        (Phase.RCPT, "552 too much", D, Fault.TEMPORARY),
        (Phase.RCPT, "452 mailbox full", D, Fault.MAILBOX_FULL),
        (Phase.RCPT, "452 Requested action not taken: insufficient system storage", D, Fault.TEMPORARY),
        (Phase.DOT, "552 5.2.2 mailbox full", R, Fault.MAILBOX_FULL),
        (Phase.DOT, "552 5.3.4 too big", R, Fault.POLICY),
        (Phase.RCPT, "550 5.1.1 user unknown", R, Fault.RECIPIENT),
        (Phase.RCPT, "550 5.1.10 null MX", R, Fault.RECIPIENT),
        (Phase.DOT, "550 5.1.1 user unknown", R, Fault.RECIPIENT),
        (Phase.RCPT, "550 5.2.1 disabled", R, Fault.RECIPIENT),
        (Phase.RCPT, "550 No such user here", R, Fault.RECIPIENT),
        (Phase.RCPT, "550 no", R, Fault.POLICY),
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


ABOUT_US = """
    550 Access denied
    550 Access denied - Invalid HELO name, account disabled by policy
    550 You are not allowed to send mail
    550 Message refused
    550 Client host rejected: cannot find your hostname
    550 Reverse DNS not found for 192.0.2.1
    550 Sender domain does not exist
    550 Sender verify failed: unknown user
    550-Verification failed for <bounces@shop.test> No such user here Sender verify failed
    550 Verification failed for <bounces@shop.test> No Such Domain
    550 Unrouteable sender address
    550 invalid sender address: mailbox unavailable
    550 Recipient rejected: the mailbox of the return path does not exist
    550 SPF record not found for shop.test
    550 Your host is listed in RBL
    550 Your account is disabled
    550 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; user not found
    550 rejected: invalid user reputation, unknown sender IP
    550 Too much mail from you, domain not found
    550 domain not found
    550 this account may send no more: daily sending quota exceeded
    550 not authenticated: unknown user
    550 authorization required, no such user
    550 relay not permitted, unknown user
    550 rate of mail too high, mailbox unavailable
    550 Mailbox unavailable or access denied
    550 Requested action not taken: mailbox unavailable (or command rejected for policy reasons)
    550 spam message rejected. Please visit http://help.mail.ru/notspam-support or report to abuse@corp.mail.ru
    550 unknown user agent
    550 <no.such.user@reader.test>: message refused
    550 refused, see https://relay.test/invalid-mailbox
    550
    551 not our customer; mail from dynamic IP refused
    553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)
    553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)
    550 5.0.0 rejected
    550 5.5.0 Sender rejected: mailbox unavailable
    550 5.1.0 sender rejected
    550 5.1.0 <b@shop.test>: Sender address rejected: User unknown in local recipient table
    550 5.1.1 <b@shop.test>: Sender address rejected: undeliverable address
    550 5.1.2 Sender domain must resolve
    550 5.1.8 Access denied, bad outbound sender
    550 5.1.20 Multiple From addresses
    550 5.1.90 You have reached your daily limit for message recipients
    550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages
    550 5.2.1 :AOL will not accept delivery of this message
    550 5.4.1 Recipient address rejected: Access denied.
    550 5.7.1 Unverified sender: no such user
    550 5.7.1 Recipient address rejected: user unknown
    554 5.7.1 Relay access denied, no such user
"""
"""Answers to RCPT that speak of our machine, our name or the letter, or that explain nothing."""

ABOUT_THE_READER = """
    550 No such user here
    550 No such recipient
    551 User not local
    551 User not local; please try <forward@other.test>
    550 Mailbox unavailable
    550 Requested action not taken: mailbox unavailable
    550 User unknown
    550 Unknown user
    550 unknown local-part "anna" in domain "reader.test"
    550 <spam.policy@reader.test>: Recipient address rejected: User unknown in local recipient table
    550 <anna@reader.test>: Recipient address rejected: User unknown in relay recipient table
    550 <anna@reader.test>... User unknown
    550 RCPT TO:<anna@reader.test> User unknown
    550 User corporate@reader.test is unknown to us
    550 the author's mailbox does not exist
    550 corporate mailbox is closed
    550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&no=1000728
    550 User not found: anna@163.com
    550 sorry, no mailbox here by that name. (#5.1.1)
    553 sorry, no mailbox here by that name. (#5.7.1)
    553 Requested action not taken: mailbox name not allowed
    550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550
    550 #5.1.0 Address rejected.
    550 Unrouteable address
    550 Not our Customer
    550 this address is no longer in use
    550 This mailbox doesn’t exist
    550 Message was not accepted -- invalid mailbox.  Local mailbox anna@mail.ru is unavailable: user not found
    550 Message was not accepted -- invalid mailbox.  Local mailbox anna@mail.ru is unavailable: user is terminated
    550 Message was not accepted -- invalid mailbox.  Local mailbox anna@mail.ru is unavailable: account is disabled
    550 5.7.1 No such user!
    550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [AM5EUR03FT013.eop-EUR03.prod]
    550 5.0.0 <anna@reader.test>... User unknown
    550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking - gsmtp
    550-5.2.1 The email account that you tried to reach is disabled. - gsmtp
    550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
    550 5.1.1 RESOLVER.ADR.RecipNotFound; not found
    550 5.1.1 User unknown in relay recipient table
    550 5.1.1 unknown, returned to sender
    550 5.1.0 Address rejected
    554 delivery error: dd This user doesn't have a yahoo.com account (anna@yahoo.com) [0] - mta1.mail.ne1.yahoo.com
    554 30 Sorry, your message to anna@yahoo.com cannot be delivered. This mailbox is disabled (554.30).
"""
"""Answers to RCPT of servers and providers whose reader is not there."""


def judged(phase: Phase, lines: str) -> dict[str, str]:
    told = [line.strip() for line in lines.strip().splitlines()]
    return {line: judge(phase, parse_reply(int(line[:3]), line[4:])).reason for line in told}


def test_a_refusal_that_is_about_us_or_explains_nothing_never_suppresses_a_reader() -> None:
    """Words about us win over words about nobody, and both are words: `rate` is no part of `corporate`.

    The fault is one that the breaker counts: a list or a sender that is refused so often must stop.
    """
    assert {line: fault for line, fault in judged(Phase.RCPT, ABOUT_US).items() if fault != Fault.POLICY} == {}


def test_a_mailbox_that_is_said_not_to_be_there_is_the_readers() -> None:
    """With an enhanced code that says so, or without one in the words of the great providers and servers."""
    assert {line: why for line, why in judged(Phase.RCPT, ABOUT_THE_READER).items() if why != Fault.RECIPIENT} == {}


def test_whatever_answers_mail_is_not_about_the_reader() -> None:
    """Nobody has been named by then."""
    assert set((judged(Phase.MAIL, ABOUT_US) | judged(Phase.MAIL, ABOUT_THE_READER)).values()) == {Fault.POLICY}


@pytest.mark.parametrize(
    ("phase", "line", "fault"),
    [
        (Phase.MAIL, "421 4.7.0 too many connections from you", Fault.TEMPORARY),
        (Phase.MAIL, "421 closing", Fault.TEMPORARY),
        (Phase.MAIL, "450 4.7.1 too much", Fault.TEMPORARY),
        (Phase.MAIL, "452 4.5.3 too much", Fault.TEMPORARY),
        (Phase.RCPT, "421 4.3.2 shutting down", Fault.TEMPORARY),
        (Phase.DOT, "421 4.3.2 shutting down", Fault.TEMPORARY),
        (Phase.DOT, "450 4.3.2 not now", Fault.TEMPORARY),
        (Phase.RCPT, "421 relay.test Service not available, closing transmission channel", Fault.TEMPORARY),
        (Phase.DATA, "421 relay.test Error: timeout exceeded", Fault.TEMPORARY),
        (Phase.RCPT, "421 4.7.0 Service not available for this domain, slow down", Fault.THROTTLE),
        (Phase.RCPT, "421 try again later", Fault.THROTTLE),
        (Phase.DATA, "421 4.7.0 try again later", Fault.THROTTLE),
        (Phase.DOT, "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail", Fault.THROTTLE),
        (Phase.DOT, "451 4.7.650 The mail server has been temporarily rate limited", Fault.THROTTLE),
    ],
)
def test_a_domain_is_slowed_only_by_an_answer_that_may_be_its_own(phase: Phase, line: str, fault: str) -> None:
    """LEDGER: `421, or 4.7.x from a domain`. Before the recipient is named, or when the relay goes down, it is not."""
    outcome = judge(phase, parse_reply(int(line[:3]), line[4:]))
    assert (outcome.kind, outcome.reason) == (D, fault)


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


def test_a_reply_as_long_as_the_wire_allows_is_judged_at_once() -> None:
    """All connections wait for it: no pattern may look at each part of a long reply again and again."""
    began = time.process_time()
    for piece in ("x", "<", "no ", "user ", "address x ", "a@", "the sender "):
        judge(Phase.RCPT, Reply(550, piece * (MAX_REPLY // len(piece))))
    assert time.process_time() - began < 0.5
