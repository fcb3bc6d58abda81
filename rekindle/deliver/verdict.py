"""What a reply means: by the verb that it answers, its code and enhanced code (RFC 5321 4.2, RFC 3463, RFC 5248)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ..model.delivery import Outcome, OutcomeKind
from . import phrases


class Phase(StrEnum):
    """Which word of ours the reply answers; DOT is the end of the body."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "."


class Fault(StrEnum):
    """Whose fault it is that a letter was not taken.

    Only RECIPIENT ever suppresses anybody, and only THROTTLE slows a domain.
    """

    RECIPIENT = "recipient"
    MAILBOX_FULL = "mailbox_full"
    POLICY = "policy"
    THROTTLE = "throttle"
    TEMPORARY = "temporary"
    CONNECTION = "connection"


class Reply(NamedTuple):
    """One answer of the server, the lines of a long one joined by spaces, the code and enhanced code taken off."""

    code: int
    text: str = ""
    enhanced: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; what is left empty matches anything. The first row that matches decides."""

    fault: Fault
    enhanced: str = ""
    codes: tuple[int, ...] = ()
    phases: tuple[Phase, ...] = ()
    words: str = ""

    def matches(self, phase: Phase, reply: Reply) -> bool:
        """Whether this row speaks about that reply."""
        return (
            (not self.phases or phase in self.phases)
            and (not self.codes or reply.code in self.codes)
            and (not self.enhanced or re.match(self.enhanced + r"\Z", reply.enhanced) is not None)
            and (not self.words or re.search(self.words, phrases.plain(reply.text), re.IGNORECASE) is not None)
        )


TEMPORARY_RULES = (
    # what is said before anybody is named, or when the server goes down, is about the server: no domain is to be slowed
    Rule(Fault.TEMPORARY, phases=(Phase.MAIL,)),
    Rule(Fault.TEMPORARY, enhanced=r"4\.3\.2"),
    Rule(Fault.TEMPORARY, words=r"gr[ae]y-?list"),
    Rule(Fault.THROTTLE, enhanced=r"4\.(7\.\d+|5\.3|4\.5)"),
    Rule(Fault.TEMPORARY, codes=(421,), words=phrases.GOING_DOWN),
    Rule(Fault.THROTTLE, codes=(421,)),
    Rule(Fault.MAILBOX_FULL, enhanced=r"4\.2\.2"),
    Rule(Fault.MAILBOX_FULL, codes=(452, 552), phases=(Phase.RCPT,), words=phrases.NO_ROOM),
    Rule(Fault.TEMPORARY),
)
"""4xx, and 552 to RCPT, which RFC 5321 4.5.3.1.10 wants taken as 452."""

PERMANENT_RULES = (
    Rule(Fault.POLICY, phases=(Phase.MAIL,)),
    Rule(Fault.POLICY, words=phrases.OF_THE_SENDER),
    # the rest of 5.1 is not about a mailbox that is gone: 5.1.7 and 5.1.8 are the sender's address, 5.1.20 its From
    Rule(Fault.RECIPIENT, enhanced=r"5\.(1\.([1-46]|10)|2\.1)"),
    Rule(Fault.MAILBOX_FULL, enhanced=r"5\.2\.2"),
    Rule(Fault.POLICY, words=phrases.OF_US),
    Rule(Fault.RECIPIENT, enhanced=r"5\.1\.0", phases=(Phase.RCPT,)),
    Rule(Fault.RECIPIENT, enhanced=r"(5\.7\.1)?", codes=(550, 554), words=phrases.UNMISTAKABLE),
    # every other enhanced code that says anything (x.0.0 and 5.5.0 do not) is about us, the content or the way
    Rule(Fault.POLICY, enhanced=r"5\.(?![05]\.0\Z)\d+\.\d+"),
    Rule(Fault.MAILBOX_FULL, words=phrases.FULL_MAILBOX),
    Rule(Fault.RECIPIENT, codes=(550, 551, 553), phases=(Phase.RCPT,), words=phrases.OF_NOBODY),
    # unexplained: nobody may be suppressed for it, and the breaker must count it
    Rule(Fault.POLICY),
)
"""5xx."""


def judge(phase: Phase, reply: Reply) -> Outcome:
    """What `reply` to `phase` makes of the delivery; the outcome's `reason` is the Fault (empty when accepted).

    DATA's 354 is no end of an attempt and must not be brought here; any other code that the verb does not expect is
    taken as a temporary failure of the connection.
    """
    if phase in (Phase.MAIL, Phase.RCPT, Phase.DOT) and 200 <= reply.code < 300:
        return _outcome(OutcomeKind.ACCEPTED, reply, None)
    if 400 <= reply.code < 500 or (reply.code == 552 and phase is Phase.RCPT):
        return _outcome(OutcomeKind.DEFERRED, reply, _first(TEMPORARY_RULES, phase, reply))
    if 500 <= reply.code < 600:
        return _outcome(OutcomeKind.REFUSED, reply, _first(PERMANENT_RULES, phase, reply))
    return _outcome(OutcomeKind.DEFERRED, reply, Fault.CONNECTION)


def lost(words: str, *, body_left: bool) -> Outcome:
    """The connection failed: deferred while nothing can have been accepted, unknown after the final dot (RFC 1047)."""
    kind = OutcomeKind.UNKNOWN if body_left else OutcomeKind.DEFERRED
    return Outcome(kind, words, about_recipient=False, reason=Fault.CONNECTION)


def refused_here(words: str, fault: Fault) -> Outcome:
    """A letter that we do not even offer: the relay has said in advance that it cannot take it."""
    return Outcome(OutcomeKind.REFUSED, words, about_recipient=fault is Fault.RECIPIENT, reason=fault)


def _first(rules: tuple[Rule, ...], phase: Phase, reply: Reply) -> Fault:
    return next(rule.fault for rule in rules if rule.matches(phase, reply))


def _outcome(kind: OutcomeKind, reply: Reply, fault: Fault | None) -> Outcome:
    about_recipient = fault in (None, Fault.RECIPIENT, Fault.MAILBOX_FULL)
    return Outcome(kind, str(reply), reply.code, reply.enhanced, about_recipient, fault or "")
