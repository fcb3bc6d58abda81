"""What a letter asks for, by whatever route a template reaches it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rekindle.compose.letter import CompiledLetter, LetterSource, compile_letter
from rekindle.compose.values import Asked, LetterFacts

from .anna import FACTS, STYLE, finished

NOTHING = Asked(tags=False, attributes=False, orders=False, items=False, popular=False)
END = "\n{{ links.unsubscribe }}"
ROUTES = (
    "{{ contact.tags | join }}",
    "{{ contact['tags'] | join }}",
    "{% set field = 'tags' %}{{ contact[field] | join }}",
    "{% set one = contact %}{{ one.tags | join }}",
    "{% with one = contact %}{{ one.tags | join }}{% endwith %}",
    "{% macro all(who) %}{{ who.tags | join }}{% endmacro %}{{ all(contact) }}",
    "{% for one in [contact] %}{{ one.tags | join }}{% endfor %}",
    "{{ [contact] | map(attribute='tags') | map('join') | join }}",
    "{{ ([contact] | first).tags | join }}",
    "{% set ns = namespace(one=contact) %}{{ ns.one.tags | join }}",
    "{{ (contact if contact.city else contact).tags | join }}",
    "{% include 'named.txt' %}",
    "{% set file = 'named.txt' %}{% include file %}",
    "{% import 'macro.txt' as m with context %}{{ m.all() }}",
    "{% from 'macro.txt' import of %}{{ of(contact) }}",
    "{% extends 'frame.txt' %}{% block inside %}{{ contact.tags | join }}{% endblock %}",
    "{% filter upper %}{{ contact.tags | join }}{% endfilter %}",
    "{% if 'vip' in contact.tags %}yes{% endif %}",
    "{{ contact.brands | join }}",
    "{{ contact.shop_area }}",
    "{{ contact | by_gender('m', 'f') }} {{ contact.tags | join }}",
    "{{ contact.gender | by_gender(contact.city, contact.tags | join) }}",
    "{{ contact.orders }}",
    "{{ contact.silent_days }}",
    "{{ (orders | first).number }}",
    "{% for one in orders %}{{ one['items'] | join }}{% endfor %}",
    "{{ orders | map(attribute='items') | map('join') | join }}",
    "{{ popular | join }}",
)
FILES = {
    "named.txt": "{{ contact.tags | join }}",
    "macro.txt": "{% macro all() %}{{ contact.tags | join }}{% endmacro %}"
    "{% macro of(who) %}{{ who.brands | join }}{% endmacro %}",
    "frame.txt": "{% block inside %}{% endblock %}" + END,
}


def letter_of(body: str, subject: str = "x", preheader: str = "") -> CompiledLetter:
    """A letter of plain text."""
    return compile_letter(LetterSource(subject, preheader, "x.txt", {**FILES, "x.txt": body + END}), STYLE)


def only_asked(letter: CompiledLetter) -> LetterFacts:
    """Anna's facts as the store gives them when what the letter does not ask for is not read."""
    asked, contact = letter.asked, FACTS.contact
    if not asked.tags:
        contact = contact._replace(tags=())
    if not asked.attributes:
        contact = contact._replace(attributes={})
    orders = FACTS.orders if asked.orders else ()
    if not asked.items:
        orders = [replace(one, items=()) for one in orders]
    return FACTS._replace(contact=contact, orders=orders, popular=FACTS.popular if asked.popular else ())


@pytest.mark.parametrize("part", ["body", "subject", "preheader"])
@pytest.mark.parametrize("route", ROUTES)
def test_whatever_a_letter_reaches_is_asked_for(route: str, part: str) -> None:
    """The same letter from what is asked for as from everything, and it does ask for something."""
    if part != "body" and any(word in route for word in ("extends", "import", "'named.txt'")):
        route = "{% include 'named.txt' ignore missing %}"
    letter = letter_of("x", **{part: route}) if part != "body" else letter_of(route)
    assert letter.asked != NOTHING
    assert finished(letter, only_asked(letter)) == finished(letter, FACTS)


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ("{{ contact.first_name }} {{ offer.discount }} {{ campaign.name }} {{ as_of | date }}", NOTHING),
        ("{{ contact | by_gender('m', 'f') }} {{ contact['city'] }}", NOTHING),
        ("{% raw %}{{ contact.tags }}{% endraw %}{# orders #}", NOTHING),
        ("{{ contact.last_order_at | date }}", Asked(False, False, True, False, False)),
        ("{{ contact.brands | join }}", Asked(False, True, False, False, False)),
        ("{{ contact.tags | join }}{{ popular | join }}", Asked(True, False, False, False, True)),
    ],
)
def test_a_letter_asks_for_no_more_than_it_says(body: str, asked: Asked) -> None:
    """Orders, tags and the rest are read only for letters that may say them."""
    assert letter_of(body).asked == asked
