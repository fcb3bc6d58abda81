"""Written links that make one doubt are warned of, where they stand; senders whom the world will not believe too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rekindle.workspace.links import link_problems
from rekindle.workspace.load import Workspace
from rekindle.workspace.senders import sender_problems

Files = Callable[..., dict[str, str]]
Sound = Callable[[dict[str, str]], Workspace]

LINKS = {
    '<a href="">x</a>': ["1:4: warning: this link leads nowhere (write an address such as https://example.com)"],
    "<p>\n  <a class='b' href='#'>x</a>": [
        "2:16: warning: this link leads nowhere (write an address such as https://example.com)"
    ],
    '<mj-button href="http://shop.example/a">x</mj-button>': [
        "1:12: warning: 'http://shop.example/a' is not encrypted (write https:// where the site has it)"
    ],
    '<a href="https://shop.example">x</a><a href="#place">y</a><a href="{{ offer.url }}">z</a>': [],
    '<!-- <a href="http://a.example">x</a> --> {# <a href="#"> #} <p data-href="#">': [],
}


@pytest.mark.parametrize(("text", "expected"), LINKS.items())
def test_doubtful_links_are_warned_of(text: str, expected: list[str]) -> None:
    """With the line and column of the attribute; comments are no links."""
    assert [f"templates/a.mjml:{line}" for line in expected] == [
        str(problem) for problem in link_problems({"a.mjml": text, "a.txt": "http://shop.example"})
    ]


def test_a_sound_sender_is_not_doubted(files: Files, sound: Sound) -> None:
    """From and bounces in one house."""
    configuration = files()["rekindle.yml"] + "return_path: bounces@mail.faktura.example\n"
    assert list(sender_problems(sound(files(configuration=configuration)))) == []


def test_doubtful_senders_are_warned_of(files: Files, sound: Sound) -> None:
    """A public mailbox, bounces in a stranger's house, a missing postal address: warnings, at their places."""
    text = "from: a@shop.example\nreturn_path: b@relay.example\ntopics: {offers: O}\n"
    campaign = files()["campaigns/back.yml"] + "from: Shop <shop@MAIL.ru>\n"
    found = list(sender_problems(sound(files(configuration=text, campaign=campaign))))
    expected = [
        "rekindle.yml:1:1: warning: the firm's postal address is missing"
        " (organisation: {address: ..}; many countries want it in every letter)",
        "rekindle.yml:1:7: warning: bounces go to relay.example and letters come from shop.example; DMARC wants them"
        " alike (give return_path an address at shop.example)",
        "campaigns/back.yml:5:7: warning: letters from mail.ru that its own servers did not send are refused"
        " (send from a domain of your own)",
    ]
    assert expected == [str(problem) for problem in found]
