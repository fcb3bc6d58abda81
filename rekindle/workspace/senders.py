"""Whether the world will believe the sender: warnings about addresses, from what the files say alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..model.address import Mailbox, ascii_domain
from ..model.problem import Problem
from .files import CAMPAIGNS, CONFIGURATION
from .places import place_of

if TYPE_CHECKING:
    from .load import Workspace

PUBLIC_DOMAINS = frozenset(
    [
        "gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "aol.com",
        "mail.ru", "bk.ru", "list.ru", "inbox.ru", "yandex.ru", "ya.ru", "rambler.ru", "gmx.de", "web.de",
    ]
)  # fmt: skip
"""Mailbox providers whose policies have letters in their name refused that come from elsewhere (RFC 9989)."""


def sender_problems(workspace: Workspace) -> Iterator[Problem]:
    """Warnings about rekindle.yml's and every campaign's own sender."""
    configuration, files = workspace.configuration, workspace.files
    if workspace.campaigns and not configuration.organisation.address:
        at = place_of(files, CONFIGURATION, "organisation")
        hint = "organisation: {address: ..}; many countries want it in every letter"
        yield Problem(at, "the firm's postal address is missing", hint, warning=True)
    senders = {CONFIGURATION: configuration.sender}
    senders |= {f"{CAMPAIGNS}{name}.yml": one.sender for name, one in workspace.campaigns.items()}
    for file, sender in senders.items():
        if sender.address and (file == CONFIGURATION or sender != configuration.sender):
            for message, hint in _doubts(sender, configuration.return_path):
                yield Problem(place_of(files, file, "from"), message, hint, warning=True)


def _doubts(sender: Mailbox, return_path: str) -> Iterator[tuple[str, str]]:
    if sender.domain in PUBLIC_DOMAINS:
        message = f"letters from {sender.domain} that its own servers did not send are refused"
        yield message, "send from a domain of your own"
        return
    bounces = ascii_domain(return_path.rpartition("@")[2])
    if return_path and not _same_house(sender.domain, bounces):
        message = f"bounces go to {bounces} and letters come from {sender.domain}; DMARC wants them alike"
        yield message, f"give return_path an address at {sender.domain}"


def _same_house(one: str, other: str) -> bool:
    """Whether one domain is the other or lies below it: relaxed alignment as far as can be told without the DNS."""
    return one == other or one.endswith("." + other) or other.endswith("." + one)
