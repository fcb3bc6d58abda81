"""The socket for transports: a relay's URL to something that letters can be handed to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from ..model.delivery import Outcome
from ..model.error import HeldError, RelayError
from .envelope import Envelope


class TransportUrlError(RelayError):
    """REKINDLE_SMTP_URL cannot be understood."""


class ConnectFailedError(RelayError):
    """The relay does not answer, or not now: worth another try after a while."""


class LostClaimError(HeldError):
    """The letter in hand is not ours any more: another process has taken over. It must not be written."""


Following = Callable[[], Envelope | None]
"""Gives the letter that will be handed over next, where there is one by now; it is asked at most once."""


def nobody() -> None:
    """No letter follows."""


class Session(Protocol):
    """One way to the relay, used by one letter at a time."""

    @property
    def usable(self) -> bool:
        """Whether another letter may be handed over; after any anomaly it may not."""

    @property
    def in_doubt(self) -> bool:
        """Whether the last letter's content has begun to leave and no answer was seen."""

    @property
    def stale(self) -> bool:
        """Whether the connection had ended before the relay said a word about the last letter."""

    async def hand_over(self, envelope: Envelope, marked: Awaitable[None], following: Following = nobody) -> Outcome:
        """Hand over one letter; no octet of its content leaves before `marked` is done.

        What `following` gives may be opened ahead, without a word of its content; it must be the next that is handed
        over, or the session be closed. Raises what `marked` raises (nothing was handed over then, and the session is
        closed). Every failure of the connection is an outcome, not an exception.
        """

    async def close(self) -> None:
        """Part politely."""


class Transport(Protocol):
    """A place that letters are handed to."""

    async def open(self) -> Session:
        """A new session. Raises ConnectFailedError when it is worth trying again, RelayError when it is not."""


Scheme = Callable[[str, Path], Transport]
SCHEMES: dict[str, Scheme] = {}
"""Scheme of the URL -> what makes the transport; the built-in ones register here like any other."""


def register(scheme: str, maker: Scheme) -> None:
    """Let URLs that begin with `scheme:` be served by `maker(url, workspace)`."""
    SCHEMES[scheme] = maker


def transport_for(url: str, root: Path) -> Transport:
    """The transport of `url`; relative folders lie in the workspace `root`. Raises TransportUrlError."""
    from . import eml, smtp

    for scheme, maker in (("smtp", smtp.smtp_transport), ("smtps", smtp.smtp_transport), ("eml", eml.eml_transport)):
        SCHEMES.setdefault(scheme, maker)
    scheme = url.partition(":")[0].lower()
    if scheme not in SCHEMES:
        raise TransportUrlError(
            f"REKINDLE_SMTP_URL begins with '{scheme[:20]}', which is no transport;"
            " write smtp://user:password@host:587, smtps://host or eml:FOLDER"
        )
    return SCHEMES[scheme](url, root)
