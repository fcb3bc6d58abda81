"""`eml:FOLDER`: every letter a file, for looking at before anything is sent."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable
from pathlib import Path

from ..model.delivery import Outcome, OutcomeKind
from ..model.error import RelayError
from .envelope import Envelope
from .transport import Following, Session, TransportUrlError, nobody


def eml_transport(url: str, root: Path) -> EmlTransport:
    """The transport of `eml:FOLDER` (`eml://FOLDER` too); a relative folder lies in the workspace."""
    folder = url.partition(":")[2].removeprefix("//")
    if not folder:
        raise TransportUrlError("REKINDLE_SMTP_URL: eml: names no folder; write eml:letters")
    return EmlTransport(root / folder)


class EmlTransport:
    """A folder of .eml files; one file per Message-ID, so a letter handed over twice is still one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def open(self) -> Session:
        """Make the folder. Raises RelayError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RelayError(f"the folder {self.folder} cannot be made: {error.strerror}") from error
        return EmlSession(self.folder)


class EmlSession:
    """Writes one letter after the other."""

    usable = True
    in_doubt = False
    stale = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def hand_over(self, envelope: Envelope, marked: Awaitable[None], following: Following = nobody) -> Outcome:
        """Write the letter beside its place, then move it there: a reader never sees half a letter."""
        await marked
        path = self._folder / file_name(envelope)
        try:
            await asyncio.to_thread(_write, path, envelope.content)
        except OSError as error:
            raise RelayError(f"the letter {path} cannot be written: {error.strerror}") from error
        return Outcome(OutcomeKind.ACCEPTED, f"250 written to {path.name}", 250)

    async def close(self) -> None:
        """Nothing is open between letters."""


def file_name(envelope: Envelope) -> str:
    """A name that sorts by recipient and cannot leave the folder."""
    readable = "".join(sign if sign.isalnum() or sign in "@.-_+" else "_" for sign in envelope.recipient)[:80]
    mark = hashlib.blake2b((envelope.message_id or envelope.recipient).encode(), digest_size=6).hexdigest()
    return f"{readable.lstrip('.')}-{mark}.eml"


def _write(path: Path, content: bytes) -> None:
    beside = path.with_suffix(f".{os.getpid()}.part")
    beside.write_bytes(content)
    os.replace(beside, path)
