"""What servers write behind their codes: whom a sentence speaks of, where no enhanced code says it (RFC 3463).

To suppress a reader is for good, so a sentence must say plainly that the mailbox is not there, and nothing about us.
"""

from __future__ import annotations

import re

_QUOTED = re.compile(r"<[^<>\s]*>|\S+@\S+|\bhttps?://\S+", re.IGNORECASE)
_CURLY = str.maketrans("\u2018\u2019", "''")

OF_THE_SENDER = (
    # not "returned to the sender", "the sender should check the address": there the reader's mailbox is the matter
    r"(?<!to )(?<!to the )\bsender('s)?\b(?! (should|must|will|may|to)\b)|"
    r"\b(envelope|mail|rfc5321\.?mail|header) ?-?from\b|\breturn[ -]?path\b|\bverification failed for\b|"
    # Gmail and AOL say these with 5.2.1, which else is a disabled mailbox
    r"\breceiving mail (at a rate|too quickly)\b|\bwill not accept delivery\b"
)
"""Speaks of whoever sent the letter, whatever code stands before it."""

OF_US = (
    OF_THE_SENDER + r"|\b(sending|outbound|outgoing)\b|"
    r"\b(anti-?)?spam(mer|mers|ming|haus|cop)?\b|\bunsolicited\b|\bbulk\b|\bjunk\b|\bvirus\b|\bmalware\b|\bphishing\b|"
    r"\b(black|block|deny|grey|gray)[ -]?list(s|ed|ing)?\b|\blisted (in|on|by|at)\b|\b(dns|dnsr|r|x|s)?bl\b|"
    r"\bblock(s|ed|ing)?\b|\bbanned\b|\breputation\b|\bpolic(y|ies)\b|\babus(e|ive)\b|\bcomplaints?\b|"
    r"\b(spf|dkim|dmarc|arc|tls|starttls)\b|\bencrypt(ed|ion)\b|\bcertificate\b|"
    # "User unknown in relay recipient table" is Postfix about a reader
    r"\brelay(s|ed|ing)?\b(?! recipient)|"
    r"\bptr\b|\breverse\b|\brdns\b|\b(helo|ehlo)\b|\b(host ?|server ?)name\b|\bclient\b|\bconnect(ing|ion|ions)\b|"
    r"\bips?\b|\bip-address\b|\bdynamic\b|\byour (ip|host|domain|server|network|mail ?server|address|account)\b|"
    r"\brate\b|\b(rate|message|hourly|daily) ?limit(s|ed)?\b|\btoo (many|much|fast|quickly)\b|"
    r"\bauth\b|\b(un)?authenticat(e|ed|ion)\b|\b(un)?authori[sz](ed|ation)\b|\blog ?in\b|"
    r"\bdenied\b|\bforbidden\b|\bprohibited\b|(?<!name )\bnot (allowed|permitted)\b|\bpermission\b|"
    r"\badministrative(ly)?\b"
)
"""Speaks of our machine, our name, our manners or the letter: no word beside it makes it the reader's fault."""

_BOX = r"\b(user|mailbox|mail box|recipient|account|address|addressee|customer|subscriber)\b"
_WHOSE = r"(local |e-?mail |destination |known |valid |active )?"

OF_NOBODY = (
    rf"\bno such {_WHOSE}(user|mailbox|recipient|account|address|person|name|customer|subscriber)\b|"
    rf"\bunknown {_WHOSE}(user\b(?! agent)|mailbox|recipient|account|address|addressee|local[ -]?part|rcpt)|"
    rf"\b(invalid|bad) {_WHOSE}(recipient|mailbox|address|user|account)\b|"
    rf"\bnot (a |an |our )?{_WHOSE}(user|mailbox|recipient|account|customer)\b|"
    rf"{_BOX}[^.;]{{0,60}}\b(unknown|not known|not exist|doesn'?t exist|not found|not be found|not local|no longer)\b|"
    rf"{_BOX}[^.;]{{0,40}}\b(unavailable|not available|disabled|inactive|deactivated|closed|deleted|terminated)\b|"
    rf"{_BOX}[^.;]{{0,40}}\binvalid\b|"
    r"\brecip(ient)?(not|n)found\b|"
    r"\b(no|not have an?|doesn'?t have an?)( \S+)? (mailbox|user|account)\b.{0,20}\b(here|found|by that name|with)\b|"
    r"\bdoesn'?t have an? \S+ account\b|"
    r"\bundeliverable address\b|\baddress (is )?undeliverable\b|\bunrout(e)?able address\b|"
    r"\bmailbox name (is )?not allowed\b|"
    # the whole of what Cisco's and some others' gateways say of a reader whom their directory does not know
    r"\A(#?5\.1\.\d+ )?address rejected\W*\Z"
)
"""Says plainly that there is no such mailbox (any more)."""

UNMISTAKABLE = r"\bno such user\b|\bdoesn'?t have an? \S+ account\b|\bmailbox is disabled \(554"
"""Yandex says the first with 5.7.1, Yahoo the others with 554: codes that else speak of us."""

FULL_MAILBOX = (
    r"\b(mailbox|inbox|account)( is|'s)? (over)?full\b|"
    r"\bover ?-?quota\b|\bquota (is )?exceeded\b|\bexceeded .{0,20}quota\b"
)
"""One mailbox has no room; it may have some tomorrow."""

NO_ROOM = r"\bfull\b|quota|(?<!system )\bstorage\b"
"""Of one mailbox, behind a 452 or 552; "insufficient system storage" (RFC 5321 4.2.3) is the server's own."""

GOING_DOWN = (
    r"\bshutting down\b|\bservice (is )?(not available|unavailable)\b|\bclosing transmission\b|"
    r"\btime-?out\b|\btimed out\b"
)
"""A server that ends the conversation, for whomever the letter was."""


MOST = 1000
"""Characters of a reply that are looked at: what it says it says at first, and a long one must not cost us the loop."""


def plain(text: str) -> str:
    """`text` without addresses and links: what they are called says nothing about whose fault it is."""
    return " ".join(_QUOTED.sub(" ", text[:MOST].translate(_CURLY)).split())
