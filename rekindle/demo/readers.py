"""The readers: they open the .eml files, fetch pixels and click links on the real tracker. Who does what is simulated.

Every draw belongs to the reader's address, so the story is the same at each telling.
"""

from __future__ import annotations

import hashlib
import http.client
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlsplit

from ..model.error import RelayError

OPENS = 0.46
CLICKS_OF_OPENED = 0.30
LEAVES_OF_OPENED = 0.02
SCANNED = 0.05
"""The simulated habits: shares of all readers, of those who opened, and of mailboxes behind a scanner."""

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SCANNER = "Barracuda Sentinel (EE)"
AT_ONCE = 6

_PIXEL = re.compile(r'src="([^"]+/o/[^"]+\.gif)"')
_LINK = re.compile(r'href="([^"]+/c/[^"]+)"')


def chance(address: str, what: str) -> float:
    """A number from 0 to 1 that belongs to this reader and this question."""
    return int(hashlib.sha256(f"{what}:{address}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Mail:
    """What a reader's mail program finds in a letter."""

    pixel: str
    links: Sequence[str]
    unsubscribe: str


@dataclass
class Deeds:
    """Who did what, by address."""

    opened: set[str] = field(default_factory=set)
    clicked: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    scanned: set[str] = field(default_factory=set)


def read_mail(path: Path) -> Mail:
    """Parse one .eml as a mail program would (stdlib email)."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(preferencelist=("html",))
    html = body.get_content() if body is not None else ""
    pixel = _PIXEL.search(html)
    offered = re.search(r"<(https?://[^>]+)>", str(message["List-Unsubscribe"] or ""))
    return Mail(pixel[1] if pixel else "", _LINK.findall(html), offered[1] if offered else "")


def scan(letters: Mapping[str, Sequence[Path]], deeds: Deeds) -> None:
    """The security scanners: within seconds they fetch every link of the letters that pass them."""
    behind = [address for address in letters if chance(address, "scanned") < SCANNED]

    def look(address: str) -> None:
        mail = read_mail(letters[address][-1])
        for url in (mail.pixel, *mail.links):
            fetch("GET", url, SCANNER)

    _all_of(behind, look)
    deeds.scanned.update(behind)


def read(letters: Mapping[str, Sequence[Path]], deeds: Deeds) -> None:
    """The people: some open, of these some click, and a few leave by their mail program's one click (RFC 8058)."""

    def sit_down(address: str) -> None:
        mail = read_mail(letters[address][-1])
        fetch("GET", mail.pixel, BROWSER)
        deeds.opened.add(address)
        if mail.links and chance(address, "clicks") < CLICKS_OF_OPENED:
            fetch("GET", mail.links[0], BROWSER)
            deeds.clicked.add(address)
        elif chance(address, "leaves") < LEAVES_OF_OPENED:
            fetch("POST", mail.unsubscribe, BROWSER, b"List-Unsubscribe=One-Click")
            deeds.left.add(address)

    _all_of([address for address in letters if chance(address, "opens") < OPENS], sit_down)


def fetch(method: str, url: str, agent: str, body: bytes | None = None) -> int:
    """One request to the tracker, redirects not followed; the status. Raises RelayError unless it is 200 or 302."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=20)
    headers = {"User-Agent": agent}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, parts.path, body=body, headers=headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status not in (200, 302):
        raise RelayError(f"the tracker answered {status} to {method} {parts.path[:4]}")
    return status


def _all_of(addresses: Iterable[str], do: Callable[[str], None]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(do, addresses))
