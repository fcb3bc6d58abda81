"""The embedded SMTP server: takes every letter on loopback and lays it into a folder as .eml."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope, Session

from ..model.error import RelayError


class Mailroom:
    """An aiosmtpd handler; `letters` maps each recipient to the files that came for it, in order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.letters: dict[str, list[Path]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:
        """Keep the letter, then say 250: the order that every server promises (RFC 5321 section 6.1)."""
        content = envelope.content
        assert isinstance(content, bytes)
        for recipient in envelope.rcpt_tos:
            name = f"{recipient.partition('@')[0]}-{len(self.letters.get(recipient, [])) + 1}.eml"
            path = self._folder / name
            path.write_bytes(content)
            self.letters.setdefault(recipient, []).append(path)
        return "250 2.0.0 kept"


@contextmanager
def open_mailroom(folder: Path) -> Iterator[tuple[Mailroom, str]]:
    """The server in a thread, on a free port of loopback; yields it and its URL for `REKINDLE_SMTP_URL`."""
    mailroom = Mailroom(folder)
    controller = Controller(mailroom, hostname="127.0.0.1", port=_free_port(), ready_timeout=10)
    try:
        controller.start()
    except (OSError, TimeoutError) as error:
        raise RelayError(f"the demo's SMTP server could not start: {error}") from error
    try:
        yield mailroom, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
