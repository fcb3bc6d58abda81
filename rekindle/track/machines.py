"""Machine or human: what tells a scanner's or proxy's open or click from a person's, as tables.

A rule gives its name, which is kept with the event, so that a report may count differently later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol

AGENTS: tuple[tuple[str, str], ...] = (
    # name, what stands in the User-Agent (regular expression, case ignored)
    ("gmail proxy", r"googleimageproxy|ggpht\.com"),
    ("yahoo proxy", r"yahoomailproxy|yahoocachesystem"),
    ("yandex proxy", r"yandeximageresizer"),
    ("apple privacy", r"^mozilla/5\.0$"),
    ("security scanner", r"barracuda|proofpoint|mimecast|symantec|messagelabs|forcepoint|websense|fireeye|trellix|"
     r"trend ?micro|bitdefender|kaspersky|drweb|sophos|cloudmark|cisco|ironport|zscaler|fortinet|paloalto|safebrowsing|"
     r"virustotal|urlscan|urlquery|phishtank|checkpoint|avanan|abnormal|sandbox"),
    ("office discovery", r"microsoft office existence discovery|ms-office preview|bingpreview|skypeuripreview"),
    ("link preview", r"facebookexternalhit|facebot|whatsapp|telegrambot|slackbot|slack-imgproxy|twitterbot|linkedinbot|"
     r"discordbot|vkshare|viber|embedly|iframely|pinterest|google-read-aloud|feedfetcher|googleother"),
    ("crawler", r"(?:^|[^a-z])bots?(?:[^a-z]|$)|(?<!cu)bot[/;)]|bot$|crawler|spider|slurp|archiver|mail\.ru_bot|scrapy|"
     r"yandex\.com/bots|ahrefs|semrush|censys|zgrab|masscan|nmap|dataprovider|monitor|uptime|pingdom|validator"),
    ("script", r"^(?:curl|wget|python|java|perl|ruby|php|node|go-http-client|axios|got|guzzle|okhttp|libwww|lwp|httpie|"
     r"postman|insomnia|undici|deno|bun|dart|winhttp|powershell|apache-httpclient|aiohttp|httpx|http_request|testclient)"
     r"|python-requests|python-urllib|aiohttp/|httpx/|node-fetch|apache-httpclient"),
    ("headless browser", r"headless|phantomjs|puppeteer|playwright|selenium|electron/|prerender|lighthouse"),
)  # fmt: skip

_AGENTS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in AGENTS)

HEADERS: tuple[tuple[str, str, str], ...] = (
    # name, header, what stands in it
    ("prefetch", "purpose", "prefetch"),
    ("prefetch", "sec-purpose", "prefetch"),
    ("prefetch", "x-purpose", "preview"),
    ("prefetch", "x-moz", "prefetch"),
)

TOO_SOON = timedelta(seconds=1)
"""Nobody opens a letter within a second of its being sent."""

CLOCKS_APART = timedelta(minutes=1)
"""How much earlier than `sent` an open may come: the server is faster than our mark."""

BURSTS: tuple[tuple[int, timedelta], ...] = ((3, timedelta(seconds=2)), (5, timedelta(seconds=10)))
"""So many different links of one delivery fetched within so long were not fetched by a person."""


class Click(Protocol):
    """What a burst is seen by."""

    @property
    def event_id(self) -> int: ...  # noqa: D102
    @property
    def delivery_id(self) -> int: ...  # noqa: D102
    @property
    def link_id(self) -> int | None: ...  # noqa: D102
    @property
    def occurred_at(self) -> datetime: ...  # noqa: D102


def machine_request(method: str, headers: Mapping[str, str]) -> str:
    """The rule by which a request is a machine's, or empty. `headers` by lower-case name."""
    if method == "HEAD":
        return "head"
    for name, header, word in HEADERS:
        if word in headers.get(header, "").lower():
            return name
    agent = headers.get("user-agent", "").strip()[:1000]
    if not agent:
        return "no user agent"
    return next((name for name, pattern in _AGENTS if pattern.search(agent)), "")


def machine_moment(occurred_at: datetime, sent_at: datetime | None) -> str:
    """The rule by which the moment tells a machine, or empty. `sent_at` None: not known, so nothing is told."""
    if sent_at is not None and -CLOCKS_APART < occurred_at - sent_at < TOO_SOON:
        return "at once"
    return ""


def bursts(clicks: Iterable[Click]) -> set[int]:
    """The ids of those clicks that belong to a burst; `clicks` sorted by delivery and moment."""
    found: set[int] = set()
    for _, group in groupby(clicks, key=lambda click: click.delivery_id):
        of_delivery = list(group)
        for links, within in BURSTS:
            found.update(_burst(of_delivery, links, within))
    return found


def _burst(clicks: Sequence[Click], links: int, within: timedelta) -> Iterable[int]:
    start = 0
    for end, click in enumerate(clicks):
        while click.occurred_at - clicks[start].occurred_at > within:
            start += 1
        window = clicks[start : end + 1]
        if len({each.link_id for each in window}) >= links:
            yield from (each.event_id for each in window)
