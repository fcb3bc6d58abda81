"""The pages in a real browser: what hostile texts may do (nothing), what a reader presses, what is asked of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rekindle.model.configuration import Sender
from rekindle.seal import Purpose
from rekindle.store.tables import mailing
from rekindle.track.serving import Tracker
from tests.track.conftest import Ground
from tests.track.test_markup import PAYLOADS

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists(), reason=f"NOT TESTED IN A BROWSER: {CHROMIUM} is not there (apt: chromium)"
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests here."""
    playwright = pytest.importorskip("playwright.sync_api", reason="NOT TESTED IN A BROWSER: playwright is missing")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


def tracker(ground: Ground) -> Tracker:
    """The real server over the ground."""
    return Tracker(ground.store, ground.sealer, ground.configuration, journal=ground.journal, now=ground.now)


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A page that keeps what it asked for, what was said on its console, and whether a dialog came up."""
    page = browser.new_context().new_page()
    page.asked, page.said, page.dialogs = [], [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("dialog", lambda dialog: (page.dialogs.append(dialog.message), dialog.dismiss()))
    yield page
    page.context.close()


def assert_harmless(tab: Any) -> None:
    """No element that we did not write, no handler, no dialog."""
    strange = tab.evaluate("document.querySelectorAll('script,img,svg,iframe,object,base,link').length")
    handlers = tab.evaluate(
        "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => /^on/.test(n))"
    )
    assert (strange, handlers, tab.dialogs, tab.locator("h1").count()) == (0, [], [], 1)


def test_hostile_names_are_text_on_every_page(on_sqlite: Ground, tab: Any) -> None:
    """As the firm, as a topic's name and label, as the mailing's topic: no element, no dialog, no request."""
    hostile = Sender(" ".join(PAYLOADS), " ".join(reversed(PAYLOADS)))
    topics = {payload: payload for payload in PAYLOADS}
    on_sqlite.configuration = replace(on_sqlite.configuration, organisation=hostile, topics=topics)
    with tracker(on_sqlite) as serving:
        for payload in PAYLOADS:
            with on_sqlite.store.writing() as connection:
                connection.execute(mailing.update().values(topic=payload))
            tab.goto(f"{serving.url}/u/{on_sqlite.seal(Purpose.UNSUBSCRIBE, on_sqlite.to_boris)}")
            assert_harmless(tab)
        tab.locator("button").first.click()
        assert_harmless(tab)
        tab.goto(f"{serving.url}/p/{on_sqlite.seal(Purpose.PREFERENCES, on_sqlite.to_boris)}")
        assert_harmless(tab)
        tab.locator("button").first.click()
        assert_harmless(tab)
        ours = (f"{serving.url}/u/", f"{serving.url}/p/", f"{serving.url}/favicon.ico")
        assert [url for url in tab.asked if not url.startswith(ours)] == []


def test_a_reader_leaves_by_the_button_and_comes_back_by_the_preferences(on_sqlite: Ground, tab: Any) -> None:
    with tracker(on_sqlite) as serving:
        tab.goto(f"{serving.url}/u/{on_sqlite.seal(Purpose.UNSUBSCRIBE, on_sqlite.to_boris)}")
        assert on_sqlite.consents() == []
        tab.get_by_role("button", name="Unsubscribe").click()
        assert tab.get_by_role("heading").inner_text() == "You are unsubscribed"
        assert on_sqlite.consents() == [(on_sqlite.boris, "offers", False)]
        tab.get_by_role("link").click()
        boxes = tab.get_by_role("checkbox")
        assert [boxes.nth(number).is_checked() for number in range(boxes.count())] == [False, True]
        boxes.first.check()
        tab.get_by_role("button", name="Save").click()
        assert tab.get_by_role("status").inner_text().startswith("Saved.")
        assert on_sqlite.consents()[1:] == [(on_sqlite.boris, "offers", True)]
        tab.get_by_role("button", name="Stop all letters").click()
        assert on_sqlite.consents()[2:] == [(on_sqlite.boris, "*", False)]
        assert {url for url in tab.asked if not url.startswith(serving.url)} == set()


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize("contact", ["to_anna", "to_boris"])
def test_a_page_fits_its_screen_and_its_style_is_let_in(on_sqlite: Ground, tab: Any, width: int, contact: str) -> None:
    """No sideways scrolling, buttons large enough for a thumb (44 px), and the policy does not refuse our own style."""
    tab.set_viewport_size({"width": width, "height": 800})
    with tracker(on_sqlite) as serving:
        for room, purpose in (("u", Purpose.UNSUBSCRIBE), ("p", Purpose.PREFERENCES)):
            tab.goto(f"{serving.url}/{room}/{on_sqlite.seal(purpose, getattr(on_sqlite, contact))}")
            assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            heights = tab.evaluate("[...document.querySelectorAll('button')].map(e => e.offsetHeight)")
            assert (len(heights) > 0, min(heights) >= 44) == (True, True)
            background = tab.evaluate("getComputedStyle(document.querySelector('.main')).backgroundColor")
            assert background == "rgb(31, 95, 86)"
    assert [words for words in tab.said if "Content Security Policy" in words] == []
