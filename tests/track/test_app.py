"""The tracker's addresses, through the whole application, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from rekindle.seal import Purpose, Sealer
from rekindle.store.tables import consent, contact, event, link, mailing
from rekindle.track.answers import PIXEL
from tests.track.conftest import BROWSER, ON_SQLITE, Ground, person

Fold = Callable[[], None]

ONE_CLICK = {
    "urlencoded": (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
    "multipart": (
        b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "empty": (b"", ""),
    "empty with a type": (b"", "application/x-www-form-urlencoded"),
    "json": (b'{"List-Unsubscribe": "One-Click"}', "application/json"),
    "not UTF-8": (b"\xff\xfe\x00%zz=%", "application/x-www-form-urlencoded"),
    "broken multipart": (b"--y\r\nnothing", "multipart/form-data"),
    "many fields": (b"&".join(b"a=%d" % number for number in range(500)), "application/x-www-form-urlencoded"),
}


def test_a_pixel_is_answered_and_becomes_a_human_open(ground: Ground, client: TestClient, folded: Fold) -> None:
    answer = client.get(f"/o/{ground.seal(Purpose.OPEN, ground.to_anna)}.gif")
    folded()
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "image/gif", PIXEL)
    assert (len(PIXEL), PIXEL[:6]) == (43, b"GIF89a")
    assert ground.events() == [("opened", ground.to_anna, False, "")]


def test_an_event_bears_the_moment_of_the_request(ground: Ground, client: TestClient, folded: Fold) -> None:
    before = ground.now()
    client.get(f"/o/{ground.seal(Purpose.OPEN, ground.to_anna)}.gif")
    folded()
    row = ground.rows(event)[0]
    assert row.occurred_at == before + timedelta(minutes=10)
    assert (row.contact_id, row.mailing_id, row.recorded_at > row.occurred_at) == (ground.anna, ground.mailing, True)


def test_a_click_goes_to_the_stored_link_and_nowhere_else(ground: Ground, client: TestClient, folded: Fold) -> None:
    word = ground.seal(Purpose.CLICK, ground.to_anna, ground.link)
    answer = client.get(f"/c/{word}?url=https://evil.example/&to=//evil.example")
    folded()
    assert answer.status_code == 302
    assert answer.headers["location"] == (
        "https://shop.example/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%BA%D0%B8?from=letter&x=a%20b"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert ground.events() == [("clicked", ground.to_anna, False, "")]
    assert ground.rows(event)[0].link_id == ground.link


@pytest.mark.parametrize(
    ("stored", "location"),
    [
        ("https://пример.рф/a b", "https://xn--e1afmkfd.xn--p1ai/a%20b"),
        ("http://shop.example:8080/#top", "http://shop.example:8080/#top"),
        ("https://shop.example/x\r\nSet-Cookie: a=b", "https://shop.example/xSet-Cookie:%20a=b"),
        ("javascript:alert(1)", None),
        ("data:text/html,<script>", None),
        ("//evil.example/", None),
        ("https:evil.example", None),
        ("https://", None),
        ("https://[broken/", None),
    ],
)
@ON_SQLITE
def test_only_web_addresses_are_gone_to(ground: Ground, client: TestClient, stored: str, location: str | None) -> None:
    link_id = ground.plant(link, mailing_id=ground.mailing, url=stored)
    answer = client.get(f"/c/{ground.seal(Purpose.CLICK, ground.to_anna, link_id)}")
    assert (answer.status_code, answer.headers.get("location")) == (302 if location else 404, location)


@ON_SQLITE
def test_get_and_head_of_the_unsubscribe_page_never_change_anything(
    ground: Ground, client: TestClient, folded: Fold
) -> None:
    """Scanners follow every link of a letter; a thousand of them must not unsubscribe anybody."""
    path = f"/u/{ground.seal(Purpose.UNSUBSCRIBE, ground.to_anna)}"
    ways = ("GET", "HEAD", "OPTIONS", "GET")
    agents = (BROWSER, "Mozilla/5.0", "Barracuda Sentinel (EE)", "")
    codes = [
        client.request(ways[turn % 4], path, headers={"user-agent": agents[turn // 4 % 4]}) for turn in range(1000)
    ]
    client.get(path + "?List-Unsubscribe=One-Click&scope=all")
    client.get(f"/p/{ground.seal(Purpose.PREFERENCES, ground.to_anna)}?topic=news")
    folded()
    assert {answer.status_code for answer in codes} == {200, 405}
    assert (ground.events(), ground.consents()) == ([], [])


@ON_SQLITE
@pytest.mark.parametrize("shape", list(ONE_CLICK))
def test_a_one_click_post_acts_at_once_whatever_its_body(ground: Ground, client: TestClient, shape: str) -> None:
    """RFC 8058: 200, no redirect, no cookie; no Origin or Referer needed. The store has it when the answer comes."""
    body, kind = ONE_CLICK[shape]
    word = ground.seal(Purpose.UNSUBSCRIBE, ground.to_anna)
    answer = client.post(f"/u/{word}", content=body, headers={"content-type": kind} if kind else {})
    assert (answer.status_code, "set-cookie" in answer.headers, "location" in answer.headers) == (200, False, False)
    assert ground.consents() == [(ground.anna, "offers", False), (ground.annas_double, "offers", False)]
    assert ground.events() == [("unsubscribed", ground.to_anna, False, "one-click")]


def test_unsubscribing_again_and_again_is_unsubscribing_once(ground: Ground, client: TestClient) -> None:
    word = ground.seal(Purpose.UNSUBSCRIBE, ground.to_anna)
    codes = [client.post(f"/u/{word}", data={"List-Unsubscribe": "One-Click"}).status_code for _ in range(5)]
    assert codes == [200] * 5
    assert len(ground.consents()) == 2
    assert len(ground.events()) == 1


def test_a_consent_given_again_can_be_taken_back_by_the_old_link(ground: Ground, client: TestClient) -> None:
    word = ground.seal(Purpose.UNSUBSCRIBE, ground.to_boris)
    client.post(f"/u/{word}")
    at = ground.now()
    ground.plant(consent, contact_id=ground.boris, topic="offers", given=True, occurred_at=at, recorded_at=at)
    client.post(f"/u/{word}")
    assert ground.consents() == [
        (ground.boris, "offers", False), (ground.boris, "offers", True), (ground.boris, "offers", False),
    ]  # fmt: skip
    assert len(ground.events()) == 2


def test_the_proof_of_a_withdrawal_says_how_and_by_which_letter(ground: Ground, client: TestClient) -> None:
    client.post(f"/u/{ground.seal(Purpose.UNSUBSCRIBE, ground.to_boris)}", data={"scope": "topic"})
    row = ground.rows(consent)[-1]
    assert (row.source, row.proof) == ("rekindle serve", f"page by the reader of delivery {ground.to_boris}")


def test_the_button_for_everything_withdraws_every_topic(ground: Ground, client: TestClient) -> None:
    answer = client.post(f"/u/{ground.seal(Purpose.UNSUBSCRIBE, ground.to_boris)}", data={"scope": "all"})
    assert answer.status_code == 200
    assert "No more letters" in answer.text
    assert ground.consents() == [(ground.boris, "*", False)]


def test_a_mailing_without_a_topic_is_left_altogether(ground: Ground, client: TestClient) -> None:
    with ground.store.writing() as connection:
        connection.execute(mailing.update().values(topic=""))
    assert client.post(f"/u/{ground.seal(Purpose.UNSUBSCRIBE, ground.to_boris)}").status_code == 200
    assert ground.consents() == [(ground.boris, "*", False)]


@ON_SQLITE
def test_the_page_is_in_the_readers_language_or_the_workspaces(ground: Ground, client: TestClient) -> None:
    without = ground.plant(contact, **person("vera@example.com"))
    to_vera = ground.deliver(without, "vera@example.com")
    pages = [
        client.get(f"/u/{ground.seal(Purpose.UNSUBSCRIBE, delivery_id)}").text
        for delivery_id in (ground.to_anna, ground.to_boris, to_vera)
    ]
    assert [re.search('<html lang="(..)">', text)[1] for text in pages] == ["ru", "en", "ru"]  # type: ignore[index]
    assert "Скидки и акции" in pages[0]
    assert "Отписаться от всех писем" in pages[0]
    assert "Stop all letters" in pages[1]


def test_who_has_left_is_told_so(ground: Ground, client: TestClient) -> None:
    path = f"/u/{ground.seal(Purpose.UNSUBSCRIBE, ground.to_boris)}"
    first = client.get(path).text
    client.post(path)
    second = client.get(path).text
    assert ('value="topic"' in first, 'value="topic"' in second) == (True, False)
    assert "You no longer get “Скидки и акции”" in second


def test_the_pages_lead_to_the_preferences(ground: Ground, client: TestClient) -> None:
    path = f"/u/{ground.seal(Purpose.UNSUBSCRIBE, ground.to_boris)}"
    for text in (client.get(path).text, client.post(path).text):
        target = re.search('href="([^"]+)"', text)
        assert target is not None
        assert target[1] == f"../p/{ground.seal(Purpose.PREFERENCES, ground.to_boris)}"
        assert client.get("/u/" + target[1]).status_code == 200


def test_preferences_show_what_the_reader_gets(ground: Ground, client: TestClient) -> None:
    client.post(f"/u/{ground.seal(Purpose.UNSUBSCRIBE, ground.to_boris)}")
    text = client.get(f"/p/{ground.seal(Purpose.PREFERENCES, ground.to_boris)}").text
    assert re.findall('name="topic" value="([a-z]+)"( checked)?', text) == [("offers", ""), ("news", " checked")]


def test_preferences_save_what_is_ticked(ground: Ground, client: TestClient) -> None:
    path = f"/p/{ground.seal(Purpose.PREFERENCES, ground.to_boris)}"
    answer = client.post(path, data={"topic": ["news", "no-such-topic"]})
    assert (answer.status_code, "Saved." in answer.text) == (200, True)
    assert ground.consents() == [(ground.boris, "offers", False)]
    assert ground.events() == [("unsubscribed", ground.to_boris, False, "preferences")]
    client.post(path, data={"topic": ["offers", "news"]})
    assert ground.consents()[1:] == [(ground.boris, "offers", True)]
    client.post(path, data={"topic": ["offers"]})
    assert ground.consents()[2:] == [(ground.boris, "news", False)]
    assert len(ground.events()) == 1, "this letter was about offers, which stay"


@pytest.mark.parametrize("form", [{}, {"scope": "all"}, {"scope": "all", "topic": ["news"]}])
def test_preferences_with_nothing_ticked_end_all_letters(
    ground: Ground, client: TestClient, form: dict[str, str | list[str]]
) -> None:
    answer = client.post(f"/p/{ground.seal(Purpose.PREFERENCES, ground.to_boris)}", data=form)
    assert "We will not write to you any more" in answer.text
    assert ground.consents() == [(ground.boris, "*", False)]


def forged(ground: Ground) -> list[str]:
    """Words that are no unsubscribe seals of this workspace."""
    good = ground.seal(Purpose.UNSUBSCRIBE, ground.to_anna)
    flipped = [
        good[:at] + letter + good[at + 1 :] for at in range(len(good)) for letter in "Aa-9" if good[at] != letter
    ]
    other = Sealer(b"another-key-of-16").seal(Purpose.UNSUBSCRIBE, ground.to_anna)
    purposes = [ground.seal(purpose, ground.to_anna) for purpose in Purpose if purpose is not Purpose.UNSUBSCRIBE]
    unknown = ground.seal(Purpose.UNSUBSCRIBE, 10**9)
    odd = ["1", "x" * 5000, good + "=", good + "A", good[:-1], good.swapcase(), "%00", "%F0%9F%92%8C", f"{good}%20"]
    return [*flipped, other, *purposes, unknown, *odd]


@ON_SQLITE
def test_every_word_that_is_no_seal_of_ours_gets_the_same_answer(ground: Ground, client: TestClient) -> None:
    """Forged, flipped, of another purpose, of another key, of no letter: one 404, and nothing is done."""
    words = forged(ground)
    answers = [client.request(way, f"/u/{word}") for word in words for way in ("GET", "POST")]
    answers += [client.get(f"/{room}/{word}") for word in words[:40] for room in ("p", "o", "c")]
    answers += [client.get(f"/o/{word}.gif") for word in words[:40]]
    answers += [client.get("/"), client.get("/u/"), client.get("/u/a/b"), client.get("/.env"), client.get("/v/x")]
    answers.append(client.get(f"/v/{ground.seal(Purpose.BROWSER, ground.to_anna)}"))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert (ground.events(), ground.consents()) == ([], [])


@ON_SQLITE
def test_the_good_word_among_the_forged_ones_works(ground: Ground, client: TestClient) -> None:
    """So that the test above cannot pass by refusing everything."""
    assert client.get(f"/u/{ground.seal(Purpose.UNSUBSCRIBE, ground.to_anna)}").status_code == 200


@pytest.mark.parametrize("room", ["u", "p"])
@ON_SQLITE
def test_a_large_body_is_refused_and_does_nothing(ground: Ground, client: TestClient, room: str) -> None:
    purpose = Purpose.UNSUBSCRIBE if room == "u" else Purpose.PREFERENCES
    path = f"/{room}/{ground.seal(purpose, ground.to_anna)}"
    declared = client.post(path, content=b"x" * 5000)
    streamed = client.post(path, content=iter([b"x" * 3000, b"y" * 3000]))
    assert (declared.status_code, streamed.status_code) == (413, 413)
    assert ground.consents() == []


@pytest.mark.parametrize("path", ["/health", "/robots.txt", "/nothing", "/o/x.gif", "/u/x", "/p/x"])
@ON_SQLITE
def test_every_answer_is_dressed(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "set-cookie" not in headers


@ON_SQLITE
def test_pages_bring_no_script_and_ask_nothing_of_anybody(ground: Ground, client: TestClient) -> None:
    text = client.get(f"/u/{ground.seal(Purpose.UNSUBSCRIBE, ground.to_anna)}").text
    assert re.findall(r"(?i)<script|javascript:|\son\w+=|src=|@import|url\(|https?://|cookie", text) == []


@pytest.mark.parametrize(("own", "default"), [(False, True), (None, False)])
def test_who_does_not_want_to_be_tracked_leaves_no_trace(ground: Ground, own: bool | None, default: bool) -> None:
    """Also for letters that went out earlier: the picture comes, the link leads on, nothing is kept."""
    with ground.store.writing() as connection:
        connection.execute(contact.update().where(contact.c.id == ground.anna).values(tracking=own))
    ground.configuration = replace(ground.configuration, tracking=default)
    with TestClient(ground.app(), follow_redirects=False, headers={"user-agent": BROWSER}) as client:
        pixel = client.get(f"/o/{ground.seal(Purpose.OPEN, ground.to_anna)}.gif")
        click = client.get(f"/c/{ground.seal(Purpose.CLICK, ground.to_anna, ground.link)}")
        client.post(f"/u/{ground.seal(Purpose.UNSUBSCRIBE, ground.to_anna)}")
    assert (pixel.status_code, click.status_code) == (200, 302)
    assert ground.events() == [("unsubscribed", ground.to_anna, False, "one-click")]
    assert ground.journal.read_bytes() == b""


@ON_SQLITE
def test_machines_are_kept_apart(ground: Ground, client: TestClient, folded: Fold) -> None:
    path = f"/o/{ground.seal(Purpose.OPEN, ground.to_anna)}.gif"
    client.head(path)
    client.get(path, headers={"user-agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"})
    client.get(path, headers={"purpose": "prefetch"})
    client.get(path)
    folded()
    assert [(machine, detail) for _, _, machine, detail in ground.events()] == [
        (True, "head"), (True, "gmail proxy"), (True, "prefetch"), (False, ""),
    ]  # fmt: skip


@ON_SQLITE
def test_one_address_gets_no_more_pages_than_its_allowance(ground: Ground) -> None:
    """Pixels, clicks and one-click POSTs go on: mail providers fetch them for many readers from few addresses."""
    from rekindle.track import app as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PAGES_AT_ONCE", 3)
        patch.setattr(module, "PAGES_PER_SECOND", 0.001)
        with TestClient(ground.app(), headers={"user-agent": BROWSER}) as client:
            word = ground.seal(Purpose.UNSUBSCRIBE, ground.to_anna)
            pages = [client.get(f"/u/{word}").status_code for _ in range(5)]
            posts = [client.post(f"/u/{word}").status_code for _ in range(5)]
            pixel = client.get(f"/o/{ground.seal(Purpose.OPEN, ground.to_anna)}.gif")
    assert (pages, posts, pixel.status_code) == ([200, 200, 200, 429, 429], [200] * 5, 200)


@ON_SQLITE
def test_everything_answers_under_the_path_of_the_public_url_too(ground: Ground) -> None:
    with TestClient(ground.app(prefix="/mail/")) as client:
        word = ground.seal(Purpose.UNSUBSCRIBE, ground.to_anna)
        codes = [client.get(path).status_code for path in (f"/mail/u/{word}", f"/u/{word}", "/mail/health", "/mail/no")]
    assert codes == [200, 200, 200, 404]


def test_health_says_whether_events_are_taken_in(ground: Ground, client: TestClient, folded: Fold) -> None:
    client.get(f"/o/{ground.seal(Purpose.OPEN, ground.to_anna)}.gif")
    folded()
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "waiting": 0})
