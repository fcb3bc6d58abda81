"""test-send: one real letter to oneself, marked, and nothing of it in the ledger."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

FILES = {
    ".env": "REKINDLE_SMTP_URL=eml:letters\nREKINDLE_SECRET_KEY=0123456789abcdef\n"
    "REKINDLE_PUBLIC_URL=https://mail.example.com\n",
    "rekindle.yml": 'organisation: {name: Shop, address: "1 High Street", url: https://shop.example}\n'
    "from: Shop <hello@shop.example>\ntimezone: UTC\ncurrency: EUR\ntopics: {offers: Offers}\n",
    "segments/all.yml": "where: {city: Paris}\n",
    "campaigns/winback.yml": 'topic: offers\nsegment: all\nsubject: "Hello {{ contact.first_name }}"\n'
    "template: winback.txt\nholdout: 0\n"
    "variants: [{name: a}, {name: b, subject: Short}]\n"
    "steps: [{}, {after: 7 days, template: last.txt}]\n"
    "offers: [{when: {city: Paris}, code: PARIS}, {code: BACK}]\n",
    "templates/winback.txt": "{{ contact.first_name }}, {{ offer.code }}! https://shop.example {{ links.unsubscribe }}",
    "templates/last.txt": "Last word. {{ links.unsubscribe }}\n",
}


@pytest.fixture
def shop(workspace: Callable[[Mapping[str, str]], Path], rekindle: Callable[..., Any], tmp_path: Path) -> Path:
    root = workspace(FILES)
    people = tmp_path / "people.csv"
    people.write_text(
        "external_id,email,first_name,city\n1,nameless@post.example,,Paris\n2,ann@post.example,Ann,Paris\n"
        "3,me@shop.example,Me,Rome\n"
    )
    assert rekindle("-C", root, "import", "contacts", people).code == 0
    return root


def letter(root: Path) -> Any:
    (file,) = (root / "letters").glob("*.eml")
    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def test_a_member_s_letter_goes_to_the_address_and_into_no_ledger(shop: Path, rekindle: Callable[..., Any]) -> None:
    """Consent is not asked for: it is ours. The first member whose letter can be made lends the values."""
    ran = rekindle("-C", shop, "test-send", "winback", "--to", "boss@shop.example")
    assert (ran.code, ran.out) == (
        0, "sent to boss@shop.example, as contact #2 (ann@post.example) would get it: [test] Hello Ann\n",
    )  # fmt: skip
    sent = letter(shop)
    assert sent["Subject"] == "[test] Hello Ann"
    assert sent["To"].addresses[0].addr_spec == "boss@shop.example"
    text = sent.get_body(("plain",)).get_content()
    assert "Ann, PARIS! https://shop.example" in text
    assert "mail.example.com/o/" not in sent.as_string()
    assert json.loads(rekindle("-C", shop, "--json", "mailing", "list").out) == []


@pytest.mark.parametrize(
    ("more", "subject", "words"),
    [
        (["--to", "me@shop.example"], "[test] Hello Me", "Me, BACK!"),
        (["--to", "x@shop.example", "--contact", "me@shop.example"], "[test] Hello Me", "Me, BACK!"),
        (["--to", "x@shop.example", "--variant", "b"], "[test] Short", "Ann, PARIS!"),
        (["--to", "me@shop.example", "--step", "2"], "[test] Hello Me", "Last word."),
    ],
)
def test_which_letter(shop: Path, rekindle: Callable[..., Any], more: list[str], subject: str, words: str) -> None:
    """By contact, variant and step."""
    assert rekindle("-C", shop, "test-send", "winback", *more).code == 0
    sent = letter(shop)
    assert sent["Subject"] == subject
    assert words in sent.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (["winbak", "--to", "a@b.example"], 2, "did you mean 'winback'"),
        (["winback", "--to", "nobody"], 2, "not an address"),
        (["winback", "--to", "a@b.example", "--variant", "c"], 2, "no variant 'c'"),
        (["winback", "--to", "a@b.example", "--step", "3"], 2, "no step 3; its last is 2"),
        (["winback", "--to", "a@b.example", "--contact", "no@no.example"], 1, "no contact 'no@no.example'"),
        (["winback", "--to", "a@b.example", "--contact", "nameless@post.example"], 1, "first_name"),
        (["winback"], 2, "--to"),
    ],
)
def test_bad_input(shop: Path, rekindle: Callable[..., Any], more: list[str], code: int, words: str) -> None:
    """Each in words, and nothing leaves."""
    ran = rekindle("-C", shop, "test-send", *more)
    assert (ran.code, words in ran.err) == (code, True), ran.err
    assert not (shop / "letters").exists()


def test_a_relay_that_is_not_there_is_4(
    shop: Path, rekindle: Callable[..., Any], workspace: Callable[[Mapping[str, str]], Path]
) -> None:
    """As for every letter."""
    workspace({".env": FILES[".env"].replace("eml:letters", "smtp://127.0.0.1:9")})
    assert rekindle("-C", shop, "test-send", "winback", "--to", "a@b.example").code == 4
