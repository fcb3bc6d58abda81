"""Machine or human, by the tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from rekindle.track.machines import bursts, machine_moment, machine_request
from tests.conftest import NOW

PEOPLE = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Thunderbird/131.0",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.5)",
    "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; arm_64; Android 14) AppleWebKit/537.36 Chrome/128 YaBrowser/24.10.1 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 YaBrowser/24.1 Safari/537.36",
    "Opera/9.80 (Windows NT 6.1; U; ru) Presto/2.10.289 Version/12.01",
]
MACHINES = {
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)": "gmail proxy",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html": "yahoo proxy",
    "Mozilla/5.0": "apple privacy",
    "Mozilla/5.0 (compatible; YandexImageResizer/2.0; +http://yandex.com/bots)": "yandex proxy",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)": "crawler",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": "crawler",
    "Mozilla/5.0 (compatible; Mail.RU_Bot/2.1; +http://go.mail.ru/help/robots)": "crawler",
    "Mozilla/5.0 (Windows NT 10.0) Barracuda Sentinel (EE)": "security scanner",
    "Microsoft Office Existence Discovery": "office discovery",
    "TelegramBot (like TwitterBot)": "link preview",
    "facebookexternalhit/1.1": "link preview",
    "python-requests/2.32.3": "script",
    "Python-urllib/3.11": "script",
    "curl/8.5.0": "script",
    "Go-http-client/2.0": "script",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/130.0 Safari/537.36": "headless browser",
    "": "no user agent",
    "   ": "no user agent",
}


@pytest.mark.parametrize("agent", PEOPLE)
def test_mail_readers_and_browsers_are_people(agent: str) -> None:
    assert machine_request("GET", {"user-agent": agent}) == ""


@pytest.mark.parametrize("agent", list(MACHINES))
def test_scanners_proxies_and_scripts_are_machines(agent: str) -> None:
    assert machine_request("GET", {"user-agent": agent}) == MACHINES[agent]


def test_no_agent_header_head_and_prefetch_are_machines() -> None:
    human = {"user-agent": PEOPLE[0]}
    assert machine_request("GET", {}) == "no user agent"
    assert machine_request("HEAD", human) == "head"
    assert machine_request("GET", human | {"sec-purpose": "prefetch;prerender"}) == "prefetch"
    assert machine_request("GET", human | {"x-moz": "Prefetch"}) == "prefetch"


def test_a_user_agent_without_end_is_judged_quickly() -> None:
    import time

    began = time.perf_counter()
    machine_request("GET", {"user-agent": "a" * 100_000 + "bot"})
    assert time.perf_counter() - began < 0.1


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [(-61_000, ""), (-59_000, "at once"), (0, "at once"), (999, "at once"), (1000, ""), (60_000, "")],
)
def test_nobody_opens_within_a_second_of_sending(milliseconds: int, expected: str) -> None:
    assert machine_moment(NOW + timedelta(milliseconds=milliseconds), NOW) == expected


def test_a_moment_tells_nothing_where_sending_is_not_known() -> None:
    assert machine_moment(NOW, None) == ""


@dataclass(frozen=True)
class Click:
    """A click, `seconds` after NOW."""

    event_id: int
    delivery_id: int
    link_id: int | None
    seconds: float

    @property
    def occurred_at(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)


@pytest.mark.parametrize(
    ("clicks", "expected"),
    [
        ([], set()),
        # three links in two seconds: the first is of the burst too
        ([(1, 7, 1, 0), (2, 7, 2, 0.5), (3, 7, 3, 2)], {1, 2, 3}),
        ([(1, 7, 1, 0), (2, 7, 2, 0.5), (3, 7, 3, 2.1)], set()),
        # one link pressed often is a person who is in a hurry
        ([(1, 7, 1, 0), (2, 7, 1, 0.5), (3, 7, 1, 1), (4, 7, 2, 1.5)], set()),
        # links of different letters
        ([(1, 7, 1, 0), (2, 7, 2, 0.5), (3, 8, 3, 1)], set()),
        # five in ten seconds, the slower scanner
        ([(n, 7, n, n * 2.4) for n in range(1, 6)], {1, 2, 3, 4, 5}),
        ([(n, 7, n, n * 2.6) for n in range(1, 6)], set()),
        # a person who comes an hour after the scanner stays a person
        ([(1, 7, 1, 0), (2, 7, 2, 0.1), (3, 7, 3, 0.2), (4, 7, 1, 3600)], {1, 2, 3}),
    ],
)
def test_many_links_of_one_letter_at_once_are_a_machines(
    clicks: list[tuple[int, int, int, float]], expected: set[int]
) -> None:
    assert bursts([Click(*click) for click in clicks]) == expected
