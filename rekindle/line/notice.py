"""`notify`: a letter to the firm itself when an unattended run is held or fails, the same words once a day."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from ..deliver.envelope import Envelope
from ..model.address import ascii_domain
from ..model.configuration import Configuration
from ..settings import Settings
from ..store.engine import Store
from ..store.remembered import recall_moment, remember_later
from ..workspace.files import read_files
from ..workspace.load import salvage_workspace
from .one_letter import hand_over_one

QUIET = timedelta(days=1)
"""The same words are not sent again sooner: cron may run every minute."""


def firm_of(root: Path) -> Configuration:
    """Who is told, as far as rekindle.yml can be read: a fault in any other file is itself worth a letter.

    Raises InputError for files that cannot be read at all.
    """
    return salvage_workspace(read_files(root), root)[0].configuration


def notify(  # noqa: PLR0917
    store: Store, settings: Settings, configuration: Configuration, words: str, now: datetime, root: Path
) -> bool:
    """Send `words` to the `notify` address; False where there is none, or the same was sent within a day.

    Raises RelayError where the relay does not take the letter: then nobody was told, and the next run tries again.
    """
    mark = hashlib.blake2b(words.encode(), digest_size=8).hexdigest()
    key = f"notified:{mark}"
    with store.reading() as connection:
        told = recall_moment(connection, key)
    someone = configuration.notify and configuration.sender.address
    if not someone or (told is not None and now - told < QUIET):
        return False
    hand_over_one(settings.need_smtp(), root, _envelope(configuration, words, now, mark))
    with store.writing() as connection:
        remember_later(connection, key, now)
    return True


def _envelope(configuration: Configuration, words: str, now: datetime, mark: str) -> Envelope:
    sender = configuration.sender
    domain = ascii_domain(sender.domain)
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = Address(sender.name, sender.address.rpartition("@")[0], domain)
    message["To"] = configuration.notify
    message["Subject"] = f"rekindle: {words.splitlines()[0][:120]}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<notice.{mark}.{int(now.timestamp())}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words + "\n")
    return Envelope(configuration.return_path, configuration.notify, message.as_bytes(), message["Message-ID"])
