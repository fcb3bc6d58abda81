"""Links: every address in a letter is a hole, cut once, into which a delivery's sealed address is put."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urlsplit

from ..model.address import ascii_domain
from ..seal import Purpose, Sealer
from .environment import LetterError
from .values import LINK_FIELDS, MARK, Given, Record

PIXEL, UNSUBSCRIBE, PREFERENCES, BROWSER, FIRST_LINK = range(5)
"""What the number in a hole means; a link's number is its index plus FIRST_LINK."""

TRACKED_SCHEMES = frozenset(["http", "https"])
OTHER_SCHEMES = frozenset(["mailto", "tel"])
MAX_URL = 2000

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\<>\"]")
_ORDINARY = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
    r"(?:[/?][A-Za-z0-9!$&'()*+,/:;=?@~._-]{0,1800})?"
)
"""What needs no thought: a lower-case host by name, and nothing behind it that RFC 3986 wants encoded."""
_SAFE = "!#$%&'()*+,/:;=?@[]~-._"
_OWN = {"unsubscribe": UNSUBSCRIBE, "preferences": PREFERENCES, "browser": BROWSER}


_PIXEL_HOLE = f"{MARK}{PIXEL}"
"""The piece that becomes a picture, which is HTML already."""
_PIXEL_STYLE = "display:block;width:1px;height:1px;border:0"


def hole(number: int) -> str:
    """The hole with this number, as it stands in a filled letter."""
    return f"{MARK}{number}{MARK}"


OWN_LINKS = Record("links", Given((name, hole(number)) for name, number in _OWN.items()), LINK_FIELDS)
"""`links` as a template sees it."""


class LinkError(LetterError):
    """An address that may not stand in a letter."""


def checked_url(written: str) -> str:
    """The address of a link as it will be stored: IDN host as A-label, what RFC 3986 does not allow percent-encoded.

    mailto:, tel: and `#place` come back as they are. Raises LinkError for other schemes, relative addresses, user
    names, backslashes and control characters: what a browser reads otherwise than a person does.
    """
    if _ORDINARY.fullmatch(written):
        return written
    url = written.strip()
    if url.startswith("#"):
        return url
    scheme = _SCHEME.match(url)
    if scheme is None:
        raise LinkError(f"the link '{_short(url)}' is not a whole address; write https://..")
    if scheme[1].lower() in OTHER_SCHEMES:
        return _other_url(url)
    if scheme[1].lower() not in TRACKED_SCHEMES:
        raise LinkError(f"a link may not begin with '{scheme[1]}:'; use https, http, mailto or tel")
    return _web_url(url, scheme[1].lower())


def _other_url(url: str) -> str:
    if re.search(r"[\x00-\x1f\x7f\"<>]", url):
        raise LinkError(f"the link '{_short(url)}' has characters that may not stand in an address")
    return url


def _web_url(url: str, scheme: str) -> str:
    authority = re.match(r"[A-Za-z]+://([^/?#]*)", url)
    if authority is None or not authority[1]:
        raise LinkError(f"the link '{_short(url)}' names no host")
    if "@" in authority[1] or _FORBIDDEN.search(authority[1]) or "\\" in url:
        raise LinkError(f"the link '{_short(url)}' hides where it leads")
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise LinkError(f"the link '{_short(url)}' is no address: {error}") from error
    host = ascii_domain(parts.hostname or "")
    if not host.isascii() or not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:]+", host):
        raise LinkError(f"the link '{_short(url)}' names no host")
    host = f"[{host}]" if ":" in host else host
    whole = f"{scheme}://{host}{port}" + quote(url[authority.end() :], safe=_SAFE)
    if len(whole) > MAX_URL:
        raise LinkError(f"a link of more than {MAX_URL} characters: '{_short(url)}'")
    return whole


def _short(url: str) -> str:
    shown = url if url.isprintable() else ascii(url)[1:-1]
    return shown if len(shown) <= 60 else shown[:57] + "..."


def is_tracked(url: str) -> bool:
    """Whether clicks on `url` are counted: web addresses only."""
    return url.startswith(("http://", "https://"))


class LinkBook:
    """The addresses of a letter in order of appearance, each once; `fixed` ones are known before any contact is."""

    __slots__ = ("_holes", "_in_html", "_numbers", "urls")

    def __init__(self, fixed: Iterable[str] = ()) -> None:
        self.urls = list(fixed)
        self._numbers = {url: number for number, url in enumerate(self.urls)}
        self._holes: dict[str, str] = {}
        self._in_html: dict[str, str] = {}

    def copy(self) -> LinkBook:
        """A book for one letter, which begins with what is known."""
        book = LinkBook.__new__(LinkBook)
        book.urls = self.urls.copy()
        book._numbers = self._numbers.copy()
        book._holes = {}
        book._in_html = {}
        return book

    def hole_for(self, written: str) -> str:
        """The hole for an address, or the address itself where it is not tracked. Raises LinkError."""
        known = self._holes.get(written)
        if known is None:
            known = self._holes[written] = self._hole_of(written)
        return known

    def hole_in_html(self, written: str) -> str:
        """The same for an address as it stands in HTML, to be put there again."""
        known = self._in_html.get(written)
        if known is None:
            known = self._in_html[written] = html.escape(self.hole_for(html.unescape(written)))
        return known

    def _hole_of(self, written: str) -> str:
        if MARK in written:
            return written.strip()
        url = checked_url(written)
        if not is_tracked(url):
            return url
        number = self._numbers.get(url)
        if number is None:
            number = self._numbers[url] = len(self.urls)
            self.urls.append(url)
        return hole(number + FIRST_LINK)


class DeliverySeals:
    """What marks one delivery's letter. `public_url` is where `rekindle serve` is reached, without a slash at the end;
    `tracked` False: plain links and no pixel; the links to unsubscribe and to preferences are sealed all the same.
    """

    __slots__ = ("_delivery_id", "_public_url", "_sealer", "_way_out", "tracked")

    def __init__(self, sealer: Sealer, public_url: str, delivery_id: int, tracked: bool = True) -> None:
        self._sealer = sealer
        self._public_url = public_url
        self._delivery_id = delivery_id
        self._way_out = ""
        self.tracked = tracked

    def unsubscribe_url(self) -> str:
        """The page to leave by; a POST to it is the one-click of RFC 8058."""
        if not self._way_out:  # it stands in the letter and in its header
            self._way_out = f"{self._public_url}/u/{self._sealer.seal(Purpose.UNSUBSCRIBE, self._delivery_id)}"
        return self._way_out

    def preferences_url(self) -> str:
        """The page where topics are chosen."""
        return f"{self._public_url}/p/{self._sealer.seal(Purpose.PREFERENCES, self._delivery_id)}"

    def browser_url(self) -> str:
        """The letter as a web page."""
        return f"{self._public_url}/v/{self._sealer.seal(Purpose.BROWSER, self._delivery_id)}"

    def pixel_url(self) -> str:
        """The picture that tells of an open."""
        return f"{self._public_url}/o/{self._sealer.seal(Purpose.OPEN, self._delivery_id)}.gif"

    def click_urls(self, link_ids: Iterable[int]) -> list[str]:
        """The addresses that lead through the tracker to stored links."""
        before = self._public_url + "/c/"
        return [before + word for word in self._sealer.clicks(self._delivery_id, link_ids)]


class Addresses(dict[str, str]):
    """What goes into the holes of one delivery's letter, by hole as pieces have it; our own made when first wanted."""

    __slots__ = ("_seals",)

    def __init__(self, seals: DeliverySeals, urls: Sequence[str], link_ids: Mapping[str, int]) -> None:
        self._seals = seals
        links = seals.click_urls([link_ids[url] for url in urls]) if seals.tracked else urls
        for number, address in enumerate(links, FIRST_LINK):
            self[f"{MARK}{number}"] = address

    def __missing__(self, hole: str) -> str:
        number, seals = int(hole[1:]), self._seals
        if number == PIXEL:
            address = _pixel(seals.pixel_url()) if seals.tracked else ""
        elif number == UNSUBSCRIBE:
            address = seals.unsubscribe_url()
        elif number == PREFERENCES:
            address = seals.preferences_url()
        elif number == BROWSER:
            address = seals.browser_url()
        else:
            raise KeyError(hole)
        self[hole] = address
        return address

    def fill(self, pieces: Sequence[str]) -> list[str]:
        """The text of `pieces`, plain."""
        return [self[piece] if piece[:1] == MARK else piece for piece in pieces]

    def fill_html(self, pieces: Sequence[str]) -> list[str]:
        """The HTML of `pieces`, the addresses in it escaped."""
        filled = self.fill(pieces)
        if "&" in "".join(self.values()):
            for place, piece in enumerate(pieces):
                if piece[:1] == MARK and piece != _PIXEL_HOLE:
                    filled[place] = html.escape(filled[place])
        return filled


def _pixel(url: str) -> str:
    return f'<img src="{html.escape(url)}" width="1" height="1" alt="" style="{_PIXEL_STYLE}">'
